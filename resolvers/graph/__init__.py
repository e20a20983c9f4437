"""Access to the graph: the store protocol, Cypher projections, partial and columnar records, request coalescing."""
