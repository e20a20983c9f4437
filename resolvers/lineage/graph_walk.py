"""Walks the mesh in memory, with the answer that `cypher` gives for the present."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, compress, filterfalse, repeat
from typing import Any

from resolvers.graph.product_snapshot import CARD
from resolvers.lineage.graph import ID, TOLD, Graph
from resolvers.lineage.graph_products import on_cards, picking
from resolvers.lineage.projection import edge_fields, product_reading
from resolvers.lineage.records import Direction
from resolvers.lineage.request import UNBOUNDED, Question
from resolvers.lineage.result import Walk

Distances = Mapping[int, int]
NOBODY: Distances = {}
# Products met for one request: some 50 milliseconds in which no other is answered.
VISITS = 20_000


def answers(question: Question) -> bool:
    """Whether all that is asked for is in memory: the past is not, nor what no card has."""
    return question.as_of is None and on_cards(product_reading(question).fields)


def walk_each(graph: Graph, questions: Sequence[Question]) -> list[Walk] | None:
    """Roots that are not there are in no row. None when it would take so long that other requests had to wait: the
    database walks beside them."""
    walks, left = list[Walk](), VISITS
    for question in questions:
        up, down = both_ways(graph, question, left)
        left -= len(up) + len(down)
        if left < 0:
            return None
        walks.append(walk(graph, question, up, down))
    return walks


def both_ways(graph: Graph, question: Question, most: int) -> tuple[Distances, Distances]:
    """How far products are up and down from the roots, where that is asked. It ends when more than `most` are met."""
    depth = question.farthest
    roots = [graph.numbers[root] for root in question.roots if root in graph.numbers]
    # One way, who is farther than the nodes that there is room for is in no answer; both ways, how it was met is told.
    enough = most if question.direction is Direction.BOTH else min(most, question.max_nodes)
    downstream, upstream = question.direction is Direction.DOWNSTREAM, question.direction is Direction.UPSTREAM
    return (
        NOBODY if downstream else distances(graph.providers, roots, depth, enough),
        NOBODY if upstream else distances(graph.consumers, roots, depth, enough),
    )


def walk(graph: Graph, question: Question, up: Distances, down: Distances) -> Walk:
    reached = nearest(graph, nearer(up, down) if up and down else up or down, question.max_nodes)
    flow = edges_between(graph, question, reached) if question.edges or question.counts else ([], [], [])
    return Walk(rows_of(graph, question, reached, up, down), *flow, depth=question.farthest, out_of_time=False)


def distances(following: Sequence[Sequence[int]], roots: Sequence[int], depth: int, enough: int) -> dict[int, int]:
    """Of all within `depth`, the nearest first; when more than `enough` are near, none farther away."""
    found = dict.fromkeys(roots, 0)
    ring: Sequence[int] = roots
    away = 0
    while ring and away < depth and len(found) <= enough:
        away += 1
        met = set(chain.from_iterable(map(following.__getitem__, ring)))
        ring = list(filterfalse(found.__contains__, met))
        found.update(zip(ring, repeat(away)))
    return found


def nearer(up: Distances, down: Distances) -> Distances:
    return {number: min(up.get(number, UNBOUNDED), down.get(number, UNBOUNDED)) for number in {**up, **down}}


def nearest(graph: Graph, away: Distances, most: int) -> Sequence[int]:
    """The nearest first when there are more than `most`, those equally far by their ids."""
    if len(away) <= most:
        return list(away)
    return sorted(away, key=lambda number: (away[number], graph.cards[number][ID]))[:most]


def rows_of(
    graph: Graph, question: Question, reached: Sequence[int], up: Distances, down: Distances
) -> list[list[Any]]:
    pick = picking(CARD, product_reading(question).fields)
    cards = map(graph.cards.__getitem__, reached)
    walked = zip(  # those that are the same for each have no end
        reached,
        map(up.get, reached),
        map(down.get, reached),
        *counted(graph, question, reached, up, down),
        map(pick, cards) if pick else cards,
        strict=False,
    )
    return [[number, above, below, takers, also, *card] for number, above, below, takers, also, card in walked]


def counted(
    graph: Graph, question: Question, reached: Sequence[int], up: Distances, down: Distances
) -> tuple[Iterable[int], Iterable[int]]:
    """How many consumers each has, and how many of these are providers too, where the way it was met asks for it."""
    if not question.counts or not down:
        return repeat(0), repeat(0)
    consumers = [len(graph.consumers[number]) if number in down else 0 for number in reached]
    if not up:
        return consumers, repeat(0)
    return consumers, [mutual(graph, number) if number in up and number in down else 0 for number in reached]


def mutual(graph: Graph, number: int) -> int:
    return len({*graph.providers[number]}.intersection(graph.consumers[number]) - {number})


def edges_between(
    graph: Graph, question: Question, reached: Sequence[int]
) -> tuple[list[int], list[int], list[Sequence[str]]]:
    """`Walk.takers`, `.givers` and `.told`."""
    providers = list(map(graph.providers.__getitem__, reached))
    takers = list(chain.from_iterable(map(repeat, reached, map(len, providers))))
    givers = list(chain.from_iterable(providers))
    told = told_of(graph, question, reached)
    if question.counts:
        return takers, givers, told
    inside = list(map(set(reached).__contains__, givers))
    return list(compress(takers, inside)), list(compress(givers, inside)), list(compress(told, inside))


def told_of(graph: Graph, question: Question, reached: Sequence[int]) -> list[Sequence[str]]:
    fields = tuple(field for field in edge_fields(question) if field in TOLD)
    if not fields:
        return []
    pick = picking(TOLD, fields)
    told = chain.from_iterable(map(graph.told.__getitem__, reached))
    return list(map(pick, told)) if pick else list(told)
