"""Search, filters and facets over data products."""
