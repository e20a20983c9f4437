"""Data loaders of one request, and lookups of nodes by global id."""
