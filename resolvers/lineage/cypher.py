"""The lineage queries: constant texts, one for each bound of depth, planned once and cached by the database.

Each walks with `VarLengthExpand(Pruning,BFS,All)`, which visits a product once however many paths lead to it; the
tests check the plan of every text. That operator needs its depth as a literal, hence a table of texts. All other
values come in one map parameter, `$arguments`: a list parameter of its own would be planned again for each order of
magnitude of its size.

`$arguments` has `walks`, each with its `place` and the roots to walk `up` and `down` from (an empty list for a
direction that is not requested), and for all of them `depth`, `limit` (of nodes), `asOf`, the property names to read
(`keys` of products, `edgeKeys` of edges), and whether to read `counts` and `edges`. The value returned lists, in any
order, for each walk

    [ place,
      [ [n, up distance|null, down distance|null, consumers, those that are providers too, *properties], … ],
      [ n of an edge's consumer, … ], [ n of its provider, … ], [ [*edge properties], … ] ]

with the nearest products first. `keys` begin with the id, or with the snapshot that begins with it. For the past they
are the id and, unless only the id is requested, the document of the revision. `n` is the database's own number of a
node, which is valid within one answer: ids of the ends of an edge would be two properties to read and two long texts
to send for each edge. The edges are all that go from the products to their providers, with `counts` also to those that
are not in the answer; the last list is empty when no property is requested.

Reading a property by its name from a list costs less than `n.name` in the text: the planner copies the latter into
every row.
"""

from typing import LiteralString

from resolvers.graph.product_snapshot import keyed
from resolvers.lineage.request import UNBOUNDED
from resolvers.writes.revisions import held

NOW_EDGE: LiteralString = "DEPENDS_ON"
NOW_CONDITION: LiteralString = ""
NOW_CONSUMERS: LiteralString = "COUNT { (n)<-[:DEPENDS_ON]-() }"
NOW_MUTUAL: LiteralString = "COUNT { MATCH (n)-[:DEPENDS_ON]->(m)-[:DEPENDS_ON]->(n) WHERE m <> n }"
NOW_PAYLOAD: LiteralString = keyed("n", "$arguments.keys")
NOW_EDGES: LiteralString = "MATCH (n)-[r:DEPENDS_ON]->(m) WHERE ($arguments.counts OR m IN reached)"

# What was true at an instant: an edge in force still, or retired only later, between products that were there.
THEN_EDGE: LiteralString = "DEPENDS_ON|DEPENDED_ON"
THEN: LiteralString = "r.since <= $arguments.asOf AND (r.validTo IS NULL OR r.validTo > $arguments.asOf)"
THEN_CONDITION: LiteralString = (
    "\n    WHERE all(r IN relationships(path) WHERE " + THEN + ")"
    "\n      AND all(x IN nodes(path) WHERE x.createdAt <= $arguments.asOf)"
)
THEN_CONSUMERS: LiteralString = (
    "COUNT { MATCH (n)<-[r:DEPENDS_ON|DEPENDED_ON]-(m) WHERE m.createdAt <= $arguments.asOf AND " + THEN + " }"
)
THEN_MUTUAL: LiteralString = (
    """COUNT { MATCH (n)-[r:DEPENDS_ON|DEPENDED_ON]->(m)-[q:DEPENDS_ON|DEPENDED_ON]->(n)
               WHERE m <> n AND m.createdAt <= $arguments.asOf AND """
    + THEN
    + """
                 AND q.since <= $arguments.asOf AND (q.validTo IS NULL OR q.validTo > $arguments.asOf) }"""
)
THEN_PAYLOAD: LiteralString = (
    "[n.id] +\n    CASE WHEN $arguments.keys = ['id'] THEN []\n         ELSE COLLECT { "
    + held("n.id", "$arguments.asOf")
    + " RETURN v.documentJson } END"
)
THEN_EDGES: LiteralString = (
    "MATCH (n)-[r:DEPENDS_ON|DEPENDED_ON]->(m)"
    " WHERE ($arguments.counts OR m IN reached) AND m.createdAt <= $arguments.asOf AND " + THEN
)


def lineage(
    bound: LiteralString,
    edge: LiteralString,
    condition: LiteralString,
    consumers: LiteralString,
    mutual: LiteralString,
    payload: LiteralString,
    edges: LiteralString,
) -> LiteralString:
    """The query of one bound. A walk that reached more products than `limit` sorts them by id, to return the first."""
    return (
        """
UNWIND $arguments.walks AS walk
CALL (walk) {
  CALL (walk) {
    UNWIND walk.up AS root
    MATCH path = (s:DataProduct {id: root})-[:"""
        + edge
        + bound
        + """]->(n)"""
        + condition
        + """
    WITH s, n, min(length(path)) AS distance
    WHERE distance <= $arguments.depth
    RETURN n, distance AS up, null AS down
  UNION ALL
    UNWIND walk.down AS root
    MATCH path = (s:DataProduct {id: root})<-[:"""
        + edge
        + bound
        + """]-(n)"""
        + condition
        + """
    WITH s, n, min(length(path)) AS distance
    WHERE distance <= $arguments.depth
    RETURN n, null AS up, distance AS down
  }
  WITH collect([n, up, down]) AS met
  WITH met, size(met) > $arguments.limit AS many
  UNWIND met AS one
  WITH one[0] AS n, min(one[1]) AS up, min(one[2]) AS down, many
  WITH n, up, down, CASE WHEN up IS NULL OR down < up THEN down ELSE up END AS distance, many
  ORDER BY distance, CASE WHEN many THEN n.id END LIMIT $arguments.limit
  WITH collect(n) AS reached, collect(
    [id(n), up, down,
     CASE WHEN down IS NULL OR NOT $arguments.counts THEN 0 ELSE """
        + consumers
        + """ END,
     CASE WHEN up IS NULL OR down IS NULL OR NOT $arguments.counts THEN 0 ELSE """
        + mutual
        + """ END] + """
        + payload
        + """) AS rows
  CALL (reached) {
    UNWIND CASE WHEN $arguments.edges THEN reached ELSE [] END AS n
    """
        + edges
        + """
    RETURN collect(id(n)) AS consumers, collect(id(m)) AS providers,
           collect(CASE WHEN $arguments.edgeKeys = [] THEN null ELSE [key IN $arguments.edgeKeys | r[key]] END)
             AS edge_rows
  }
  RETURN rows, consumers, providers, edge_rows
}
RETURN collect([walk.place, rows, consumers, providers, edge_rows]) AS lineages
"""
    )


def now(bound: LiteralString) -> LiteralString:
    return lineage(bound, NOW_EDGE, NOW_CONDITION, NOW_CONSUMERS, NOW_MUTUAL, NOW_PAYLOAD, NOW_EDGES)


def then(bound: LiteralString) -> LiteralString:
    return lineage(bound, THEN_EDGE, THEN_CONDITION, THEN_CONSUMERS, THEN_MUTUAL, THEN_PAYLOAD, THEN_EDGES)


# A depth between two of these walks to the next one and keeps what is near enough: right, and few texts to plan.
PRESENT: dict[int, LiteralString] = {
    1: now("*0..1"),
    2: now("*0..2"),
    3: now("*0..3"),
    4: now("*0..4"),
    5: now("*0..5"),
    6: now("*0..6"),
    8: now("*0..8"),
    10: now("*0..10"),
    15: now("*0..15"),
    20: now("*0..20"),
    UNBOUNDED: now("*0.."),
}
PAST: dict[int, LiteralString] = {
    1: then("*0..1"),
    2: then("*0..2"),
    3: then("*0..3"),
    4: then("*0..4"),
    5: then("*0..5"),
    6: then("*0..6"),
    8: then("*0..8"),
    10: then("*0..10"),
    15: then("*0..15"),
    20: then("*0..20"),
    UNBOUNDED: then("*0.."),
}


def text_for(depth: int, past: bool) -> LiteralString:
    table = PAST if past else PRESENT
    return table[next(bound for bound in table if bound >= depth)]
