"""The present mesh in memory: of each product its card, and the edges both ways.

Products go by numbers, their places in the lists. What there is for each product is a tuple of texts or numbers alone,
which the garbage collector need not look at again.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from resolvers.graph.product_snapshot import CARD

Told = tuple[str, str, str]
# What is kept of an edge, in the order of `Told`; of a product it is what is in its card.
TOLD = ("kind", "origin", "since")
ID = CARD.index("id")


class Provider(NamedTuple):
    """An edge, seen from its consumer."""

    id: str
    told: Told


class Found(NamedTuple):
    """A product as the database has it: the values of its card, and all its providers."""

    card: tuple[str | None, ...]
    providers: Sequence[Provider]


class Graph:
    """`providers` are the numbers of each product's providers, `told` what is said of those edges, in the same order,
    and `consumers` the numbers of those that name the product; `numbers` are by id. `edges` is how many there are."""

    def __init__(self, found: Sequence[Found] = ()) -> None:
        self.numbers: dict[str, int] = {}
        self.cards: list[tuple[str | None, ...]] = []
        self.providers: list[tuple[int, ...]] = []
        self.told: list[tuple[Told, ...]] = []
        self.consumers: list[tuple[int, ...]] = []
        self.edges = 0
        self.put(found)

    def __len__(self) -> int:
        return len(self.cards)

    def put(self, found: Sequence[Found]) -> None:
        """Each product as it is now, new or not. An edge to one that is not here is left out."""
        numbers = [self._put_card(one.card) for one in found]
        gone, come = list[tuple[int, int]](), list[tuple[int, int]]()
        for number, one in zip(numbers, found, strict=True):
            gone += ((provider, number) for provider in self.providers[number])
            self._put_providers(number, one.providers)
            come += ((provider, number) for provider in self.providers[number])
        self.edges += len(come) - len(gone)
        self._put_consumers(grouped(gone), grouped(come))

    def _put_card(self, card: tuple[str | None, ...]) -> int:
        number = self.numbers.setdefault(str(card[ID]), len(self.cards))
        if number < len(self.cards):
            self.cards[number] = card
            return number
        self.cards.append(card)
        self.providers.append(())
        self.told.append(())
        self.consumers.append(())
        return number

    def _put_providers(self, number: int, providers: Sequence[Provider]) -> None:
        here = [one for one in providers if one.id in self.numbers]
        self.providers[number] = tuple(self.numbers[one.id] for one in here)
        self.told[number] = tuple(one.told for one in here)

    def _put_consumers(self, gone: dict[int, list[int]], come: dict[int, list[int]]) -> None:
        """By provider, the consumers that it had and those that it has, of the products that were put."""
        for provider in {**gone, **come}:
            before, now = gone.get(provider, []), come.get(provider, [])
            if before != now:
                left = set(before)
                self.consumers[provider] = (*(one for one in self.consumers[provider] if one not in left), *now)


def grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """By the first of each pair, the second ones."""
    groups: dict[int, list[int]] = {}
    for first, second in pairs:
        groups.setdefault(first, []).append(second)
    return groups
