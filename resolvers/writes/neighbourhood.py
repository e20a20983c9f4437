"""Products around some products, found by the database inside the statement that locks or judges them."""

from typing import LiteralString, NamedTuple


class Around(NamedTuple):
    """Which neighbours of `touched` are meant; `mesh`: the node that stands for the whole mesh is meant too."""

    touched: tuple[str, ...] = ()
    consumers: bool = False
    providers: bool = False
    downstream: bool = False
    mesh: bool = False


NOBODY = Around()

# `$around` is an `Around`, without any of whose flags no relationship is looked at.
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
