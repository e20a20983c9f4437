"""Built-in policy rules, one file each, and their registry."""
