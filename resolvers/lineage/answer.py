"""Turns what a walk brought into the answer: who is hidden, where it was cut, and why."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from resolvers.lineage.payload import edge_fields, maker, product_maker
from resolvers.lineage.question import Question
from resolvers.lineage.records import Direction, LineageEdge, LineageGraph, LineageNode, Reason, Truncation

PLACES = 100


class Walk(NamedTuple):
    """`rows` and `edges` as `cypher` describes them; `depth` is how deep the walk went. `out_of_time` when that is less
    than was asked."""

    rows: list[list[Any]]
    edges: list[list[Any]]
    depth: int
    out_of_time: bool


class Cut(NamedTuple):
    """A product with hidden neighbours: its distance on each walk, and how many are hidden there."""

    product_id: str
    up: int | None
    hidden_up: int
    down: int | None
    hidden_down: int


class Inside(NamedTuple):
    """How many neighbours a product has in the answer: providers, consumers, and those that are both."""

    providers: Counter[str]
    consumers: Counter[str]
    both: Counter[str]


def build(question: Question, walk: Walk, as_of: str) -> LineageGraph:
    make_product = product_maker(question.product_fields, question.as_of is not None)
    make_edge = maker(LineageEdge, edge_fields(question.edge_fields))
    inside = count_inside(walk)
    nodes: list[LineageNode] = []
    cuts: list[Cut] = []
    providers_of, consumers_of = inside.providers.get, inside.consumers.get
    for identifier, up, down, providers, consumers, both, payload in walk.rows:
        # An edge that came while the database answered may be in the edges and not yet in the count.
        hidden_up = 0 if up is None else max(0, providers - providers_of(identifier, 0))
        hidden_down = 0 if down is None else max(0, consumers - consumers_of(identifier, 0))
        hidden = hidden_up + hidden_down
        if hidden:
            cuts.append(Cut(identifier, up, hidden_up, down, hidden_down))
            if up is not None and down is not None:
                hidden -= both - inside.both[identifier]
        nodes.append(LineageNode(make_product(payload), *met(up, down), hidden))
    products = {node.product.id: node.product for node in islice(nodes, len(question.roots))}
    return LineageGraph(
        roots=[products[root] for root in question.roots],
        nodes=nodes,
        edges=list(map(make_edge, walk.edges)),
        depth_reached=nodes[-1].distance,
        truncated=bool(cuts),
        truncation=list(islice(truncation(cuts, walk), PLACES)),
        as_of=as_of,
    )


def count_inside(walk: Walk) -> Inside:
    both: Counter[str] = Counter()
    if any(row[5] for row in walk.rows):
        pairs = {(source, target) for source, target, *_ in walk.edges if source != target}
        both.update(source for source, target in pairs if (target, source) in pairs)
    return Inside(Counter(map(itemgetter(1), walk.edges)), Counter(map(itemgetter(0), walk.edges)), both)


def met(up: int | None, down: int | None) -> tuple[Direction, int]:
    if down is None:
        return Direction.UPSTREAM, up or 0
    if up is None:
        return Direction.DOWNSTREAM, down
    return Direction.BOTH, min(up, down)


def truncation(cuts: list[Cut], walk: Walk) -> Iterator[Truncation]:
    """Short of its end a walk visits every neighbour: one that is missing there was left out by the budget of nodes."""
    at_end = Reason.TIME if walk.out_of_time else Reason.DEPTH
    for cut in cuts:
        walks = ((cut.up, cut.hidden_up), (cut.down, cut.hidden_down))
        reasons = {at_end if distance == walk.depth else Reason.NODES for distance, hidden in walks if hidden}
        for reason in sorted(reasons):
            yield Truncation(reason, cut.product_id)
