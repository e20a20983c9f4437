"""Makes the lineage answer from the rows of a walk: nodes, edges, hidden neighbours, and truncation with its reason.

An answer may have a hundred thousand nodes. Work on nodes and edges is therefore done column by column, with functions
that run in C where possible, and a record is created only when one is accessed (`resolvers.graph.columnar`). Other
requests run between columns, and between portions of the work in Python.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice
from operator import add, itemgetter, sub
from typing import Any, NamedTuple

from resolvers.graph.columnar import Columns
from resolvers.lineage.projection import edges_of, products_of
from resolvers.lineage.ranks import find_ranks
from resolvers.lineage.records import Absence, Direction, LineageGraph, LineageNode, Reason, Truncation
from resolvers.lineage.request import Question
from resolvers.model.ids import snapshot_id
from resolvers.model.portions import Steps, each, mapped, pause
from resolvers.model.records import Product

PLACES = 100
# Of a row of `cypher`: the node's number, its distance each way, its consumers, those that are providers too, its id.
NUMBER, UP, DOWN, CONSUMERS, MUTUAL, ID = range(6)


class Walk(NamedTuple):
    """`rows`, `consumers`, `providers` and `edge_rows` as `cypher` describes them, with snapshots decoded; `row_fields`
    names the product's values in a row. `depth` is how deep the walk went; `out_of_time` when that is less than was
    requested.
    """

    rows: list[list[Any]]
    row_fields: tuple[str, ...]
    consumers: list[int]
    providers: list[int]
    edge_rows: Sequence[Sequence[Any]]
    depth: int
    out_of_time: bool


class Flow(NamedTuple):
    """The edges of the answer. `beyond` are the consumers, by number, of edges whose provider is not in it, each once
    for each such edge."""

    edges: Columns[Any]
    beyond: list[int]


class Hidden(NamedTuple):
    """How many neighbours of each row are not in the answer: providers, consumers, and both, each neighbour once."""

    up: Sequence[int]
    down: Sequence[int]
    each: Sequence[int]


def build(question: Question, walk: Walk, as_of: str, absent: Sequence[Absence] = ()) -> Steps[LineageGraph]:
    """`absent` are the roots that `walk` did not find."""
    rows = walk.rows
    if question.marks and question.as_of is not None:
        question = yield from mark_as_past(question, rows, question.as_of)
    rows.sort(key=itemgetter(ID))
    yield from pause(rows)
    distances = yield from sort_by_distance(question.direction, rows)
    products = yield from products_of(question, rows, walk.row_fields)
    flow = flow_of(question, walk, products)
    yield from pause(rows)
    hidden = hidden_of(question.direction, walk, flow.beyond) if question.counts else None
    yield from pause(rows)
    counted = hidden.each if hidden else [None] * len(rows)
    directions = yield from directions_of(question.direction, rows)
    ranks = yield from ranks_of(question, rows, flow.edges)
    roots = {product.id: product for product in products[: len(question.roots) - len(absent)]}
    return LineageGraph(
        roots=[roots[root] for root in question.roots if root in roots],
        nodes=Columns(LineageNode, [products, directions, distances, counted, ranks]),
        edges=flow.edges,
        depth_reached=distances[-1] if distances else 0,
        truncated=any(hidden.each) if hidden else None,
        truncation=list(islice(truncation(walk, hidden), PLACES)) if hidden else None,
        as_of=as_of,
        absent=absent,
    )


def mark_as_past(question: Question, rows: Sequence[list[Any]], as_of: str) -> Steps[Question]:
    """Gives each product an id of its own, since a client's cache keeps products by id."""

    def mark(some: Iterable[list[Any]]) -> None:
        for row in some:
            row[ID] = snapshot_id(row[ID], as_of)

    yield from each(mark, rows)
    return question._replace(roots=tuple(snapshot_id(root, as_of) for root in question.roots))


def ranks_of(question: Question, rows: Sequence[list[Any]], edges: Columns[Any]) -> Steps[Sequence[int | None]]:
    if not question.ranks:
        return [None] * len(rows)
    ids = list(map(itemgetter(ID), rows))
    ranks = yield from find_ranks(ids, edges.column("source"), edges.column("target"))
    return list(map(ranks.__getitem__, ids))


def sort_by_distance(direction: Direction, rows: list[list[Any]]) -> Steps[list[int]]:
    """Puts the nearest first and leaves those equally far as they stand; returns the distances."""
    distance = {Direction.UPSTREAM: itemgetter(UP), Direction.DOWNSTREAM: itemgetter(DOWN)}.get(direction, nearest)
    distances = yield from mapped(lambda some: list(map(distance, some)), rows)
    order = sorted(range(len(rows)), key=distances.__getitem__)
    rows[:] = map(rows.__getitem__, order)
    yield from pause(rows)
    return list(map(distances.__getitem__, order))


def directions_of(direction: Direction, rows: Sequence[list[Any]]) -> Steps[list[Direction]]:
    if direction is not Direction.BOTH:
        return [direction] * len(rows)
    return (yield from mapped(lambda some: list(map(direction_of, some)), rows))


def nearest(row: list[Any]) -> int:
    return min(distance for distance in (row[UP], row[DOWN]) if distance is not None)


def direction_of(row: list[Any]) -> Direction:
    if row[DOWN] is None:
        return Direction.UPSTREAM
    return Direction.DOWNSTREAM if row[UP] is None else Direction.BOTH


def flow_of(question: Question, walk: Walk, products: Sequence[Product]) -> Flow:
    id_of = dict(zip(map(itemgetter(NUMBER), walk.rows), map(itemgetter(ID), walk.rows), strict=True))
    sources: list[Any] = list(map(id_of.get, walk.providers))
    targets = list(map(id_of.__getitem__, walk.consumers))
    edge_rows, beyond = walk.edge_rows, list[int]()
    if None in sources:
        beyond = [taker for taker, source in zip(walk.consumers, sources, strict=True) if source is None]
        targets = list(compress(targets, sources))
        edge_rows = list(compress(edge_rows, sources))
        sources = list(compress(sources, sources))
    return Flow(edges_of(question, [sources, targets], edge_rows, products), beyond)


def hidden_of(direction: Direction, walk: Walk, beyond: list[int]) -> Hidden:
    none: Sequence[int] = [0] * len(walk.rows)
    up = hidden_providers(walk, beyond) if beyond and direction is not Direction.DOWNSTREAM else none
    down = hidden_consumers(walk) if direction is not Direction.UPSTREAM else none
    if direction is not Direction.BOTH:
        return Hidden(up, down, down if up is none else up)
    return Hidden(up, down, list(map(sub, map(add, up, down), hidden_mutual(walk, up, down))))


def hidden_providers(walk: Walk, beyond: list[int]) -> list[int]:
    outside = Counter(beyond).get
    return [0 if row[UP] is None else outside(row[NUMBER], 0) for row in walk.rows]


def hidden_consumers(walk: Walk) -> list[int]:
    inside = Counter(walk.providers).get
    # An edge that came while the database answered may be among the edges and not yet in the count.
    return [0 if row[DOWN] is None else max(0, row[CONSUMERS] - inside(row[NUMBER], 0)) for row in walk.rows]


def hidden_mutual(walk: Walk, up: Sequence[int], down: Sequence[int]) -> list[int]:
    """How many of the hidden neighbours count on both ways, since the product feeds them and is fed by them."""
    if not any(row[MUTUAL] for row in walk.rows):
        return [0] * len(walk.rows)
    pairs = {(taker, giver) for taker, giver in zip(walk.consumers, walk.providers, strict=True) if taker != giver}
    inside = Counter(taker for taker, giver in pairs if (giver, taker) in pairs)
    return [
        row[MUTUAL] - inside[row[NUMBER]] if above and below else 0
        for row, above, below in zip(walk.rows, up, down, strict=True)
    ]


def truncation(walk: Walk, hidden: Hidden) -> Iterator[Truncation]:
    """Short of its end a walk visits every neighbour: one that is missing there was left out by the budget of nodes."""
    at_end = Reason.TIME if walk.out_of_time else Reason.DEPTH
    for row, above, below in compress(zip(walk.rows, hidden.up, hidden.down, strict=True), hidden.each):
        walks = ((row[UP], above), (row[DOWN], below))
        reasons = {at_end if distance == walk.depth else Reason.NODES for distance, count in walks if count}
        for reason in sorted(reasons):
            yield Truncation(reason, row[ID])
