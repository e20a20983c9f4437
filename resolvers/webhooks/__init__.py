"""Signed webhooks: who is told of which events, and how far each has been told."""
