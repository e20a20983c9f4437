"""The plain walk that the graph's answer is compared with, over (consumer, provider) pairs of product ids."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

Pair = tuple[str, str]


class Expected(NamedTuple):
    """Of each node (direction, distance, hidden neighbours), then the edges as (source, target)."""

    nodes: dict[str, tuple[str, int, int]]
    edges: set[Pair]


def distances(pairs: Iterable[Pair], roots: Iterable[str], depth: int | None) -> dict[str, int]:
    following = defaultdict(set)
    for here, there in pairs:
        following[here].add(there)
    found = dict.fromkeys(roots, 0)
    ring, away = set(found), 0
    while ring and (depth is None or away < depth):
        away += 1
        ring = {there for here in ring for there in following[here]} - found.keys()
        found |= dict.fromkeys(ring, away)
    return found


def expected(pairs: set[Pair], roots: list[str], direction: str, depth: int | None, max_nodes: int) -> Expected:
    flipped = {(provider, consumer) for consumer, provider in pairs}
    up = distances(pairs, roots, depth) if direction != "DOWNSTREAM" else {}
    down = distances(flipped, roots, depth) if direction != "UPSTREAM" else {}
    nearest = {node: min(walk[node] for walk in (up, down) if node in walk) for node in up.keys() | down.keys()}
    kept = sorted(nearest, key=lambda node: (nearest[node], node))[:max_nodes]
    inside = set(kept)

    def hidden(node: str) -> int:
        providers = {there for here, there in pairs if here == node} if node in up else set()
        consumers = {there for here, there in flipped if here == node} if node in down else set()
        return len((providers | consumers) - inside)

    side = {
        node: "BOTH" if node in up and node in down else "UPSTREAM" if node in up else "DOWNSTREAM" for node in kept
    }
    edges = {(provider, consumer) for consumer, provider in pairs if consumer in inside and provider in inside}
    return Expected({node: (side[node], nearest[node], hidden(node)) for node in kept}, edges)
