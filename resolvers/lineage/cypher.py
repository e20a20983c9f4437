"""The lineage queries: constant texts, one for each bound of depth, planned once and kept by the database.

Each walks with `VarLengthExpand(Pruning,BFS,All)`, which visits a product once however many paths lead to it; the
tests hold every text to that plan. That operator wants its depth as a literal, hence a table of texts. Everything else
is asked by one map parameter, `$ask`: a list parameter of its own would be planned again for each order of its size.

`$ask` has `walks`, each with its `place` and the roots to go `up` and `down` from (none in a direction not asked), and
for all of them `depth`, `limit` (of nodes), `asOf`, and the property names to read: `keys` of products, `edgeKeys` of
edges. The one value returned lists, in any order, for each walk

    [ place,
      [ [product id, up distance|null, down distance|null, providers, consumers, those that are both, payload], … ],
      [ [provider id, consumer id, *edge properties], … ] ]

Reading a property by its name from a list costs less than `n.name` in the text: the planner copies the latter into
every row. An edge is tested by `m IN reached`, which Neo4j answers from a hash set.
"""

from typing import LiteralString

NOW_EDGE: LiteralString = "DEPENDS_ON"
NOW_CONDITION: LiteralString = ""
NOW_COUNTS: LiteralString = """
  COUNT { (n)-[:DEPENDS_ON]->() },
  COUNT { (n)<-[:DEPENDS_ON]-() },
  CASE WHEN up IS NULL OR down IS NULL THEN 0
       ELSE COUNT { MATCH (n)-[:DEPENDS_ON]->(m)-[:DEPENDS_ON]->(n) WHERE m <> n } END,
  [key IN $ask.keys | n[key]]"""
NOW_EDGES: LiteralString = "MATCH (n)-[r:DEPENDS_ON]->(m) WHERE m IN reached"

# What was true at an instant: an edge in force still, or retired only later, between products that were there.
THEN_EDGE: LiteralString = "DEPENDS_ON|DEPENDED_ON"
THEN: LiteralString = "r.since <= $ask.asOf AND (r.validTo IS NULL OR r.validTo > $ask.asOf)"
THEN_CONDITION: LiteralString = (
    "\n    WHERE all(r IN relationships(path) WHERE " + THEN + ")"
    "\n      AND all(x IN nodes(path) WHERE x.createdAt <= $ask.asOf)"
)
THEN_COUNTS: LiteralString = (
    """
  COUNT { MATCH (n)-[r:DEPENDS_ON|DEPENDED_ON]->(m) WHERE m.createdAt <= $ask.asOf AND """
    + THEN
    + """ },
  COUNT { MATCH (n)<-[r:DEPENDS_ON|DEPENDED_ON]-(m) WHERE m.createdAt <= $ask.asOf AND """
    + THEN
    + """ },
  CASE WHEN up IS NULL OR down IS NULL THEN 0
       ELSE COUNT { MATCH (n)-[r:DEPENDS_ON|DEPENDED_ON]->(m)-[q:DEPENDS_ON|DEPENDED_ON]->(n)
                    WHERE m <> n AND m.createdAt <= $ask.asOf AND """
    + THEN
    + """
                      AND q.since <= $ask.asOf AND (q.validTo IS NULL OR q.validTo > $ask.asOf) } END,
  CASE WHEN $ask.keys = ['id'] THEN [n.id]
       ELSE COLLECT { MATCH (n)-[:HAS_REVISION]->(v)
                      WHERE v.validFrom <= $ask.asOf AND (v.validTo IS NULL OR v.validTo > $ask.asOf)
                      RETURN v.documentJson ORDER BY v.revision DESC LIMIT 1 } END"""
)
THEN_EDGES: LiteralString = "MATCH (n)-[r:DEPENDS_ON|DEPENDED_ON]->(m) WHERE m IN reached AND " + THEN


def lineage(
    bound: LiteralString, edge: LiteralString, condition: LiteralString, counts: LiteralString, edges: LiteralString
) -> LiteralString:
    return (
        """
UNWIND $ask.walks AS walk
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
    WHERE distance <= $ask.depth
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
    WHERE distance <= $ask.depth
    RETURN n, null AS up, distance AS down
  }
  WITH n, min(up) AS up, min(down) AS down
  WITH n, up, down, CASE WHEN up IS NULL OR down < up THEN down ELSE up END AS distance
  ORDER BY distance, n.id LIMIT $ask.limit
  WITH collect(n) AS reached, collect([n.id, up, down,"""
        + counts
        + """
  ]) AS rows
  RETURN rows, COLLECT {
    UNWIND reached AS n
    """
        + edges
        + """
    RETURN [m['id'], n['id']] + [key IN $ask.edgeKeys | r[key]]
  } AS edges
}
RETURN collect([walk.place, rows, edges]) AS lineages
"""
    )


def now(bound: LiteralString) -> LiteralString:
    return lineage(bound, NOW_EDGE, NOW_CONDITION, NOW_COUNTS, NOW_EDGES)


def then(bound: LiteralString) -> LiteralString:
    return lineage(bound, THEN_EDGE, THEN_CONDITION, THEN_COUNTS, THEN_EDGES)


UNBOUNDED = 1 << 30
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
