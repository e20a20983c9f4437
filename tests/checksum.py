"""One number for the whole graph, to prove that a refused write left no trace."""

import json
from hashlib import sha256

from resolvers.graph.store import Store

NODES = "MATCH (n) RETURN collect([labels(n), properties(n)])"
EDGES = "MATCH (a)-[r]->(b) RETURN collect([properties(a), type(r), properties(r), properties(b)])"


async def checksum(store: Store) -> str:
    """SHA-256 of every node and relationship with all properties, in an order that doesn't depend on internal ids."""
    found = [*await store.read(NODES), *await store.read(EDGES)]
    lines = sorted(json.dumps(one, sort_keys=True, default=str) for one in found)
    return sha256("\n".join(lines).encode()).hexdigest()
