"""Compliance over time: recorded when something changes, read without evaluating products again."""
