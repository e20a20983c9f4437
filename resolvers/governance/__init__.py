"""Policies: built-in rules, the engine that evaluates them, compliance reports and their history."""
