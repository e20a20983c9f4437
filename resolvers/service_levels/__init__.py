"""Service levels: promised against measured values."""
