"""Selects the neighbours of products within the Cypher statement that locks or judges them."""

from typing import LiteralString, NamedTuple


class Neighbourhood(NamedTuple):
    """Which neighbours of `touched` are selected. `mesh` also selects the node that stands for the whole mesh."""

    touched: tuple[str, ...] = ()
    consumers: bool = False
    providers: bool = False
    downstream: bool = False
    mesh: bool = False


NOBODY = Neighbourhood()

# `$around` is a `Neighbourhood`; without any of its flags no relationship is read.
NEIGHBOURS: LiteralString = """
CALL () { MATCH (p:DataProduct)<-[:DEPENDS_ON]-(n:DataProduct) WHERE $around.consumers AND p.id IN $around.touched
  RETURN collect(DISTINCT n.id) AS consumers }
CALL () { MATCH (p:DataProduct)-[:DEPENDS_ON]->(n:DataProduct) WHERE $around.providers AND p.id IN $around.touched
  RETURN collect(DISTINCT n.id) AS providers }
CALL () { MATCH (p:DataProduct)<-[:DEPENDS_ON*0..]-(n:DataProduct)
  WHERE $around.downstream AND p.id IN $around.touched
  WITH DISTINCT n RETURN collect(n.id) AS downstream }
"""
# The oldest policy node is never deleted and never younger than a write that finds it, so all writes agree on it.
MESH: LiteralString = """
CALL () { MATCH (y:Policy) WHERE $around.mesh WITH y ORDER BY y.since, y.id LIMIT 1 RETURN collect(y.id) AS mesh }
"""
