"""Signed webhooks: registration records, event kinds, messages and delivery state."""
