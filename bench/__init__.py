"""Measures Meshweave against the Bolt driver and the peer, on one Neo4j and one seeded mesh: `python -m bench`."""
