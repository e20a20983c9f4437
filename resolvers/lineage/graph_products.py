"""Products of the mesh in memory, with what their cards have."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from resolvers.graph import partial_records
from resolvers.graph.product_snapshot import CARD, reading
from resolvers.lineage.graph import Graph
from resolvers.model.records import Product

Pick = Callable[[Sequence[Any]], Sequence[Any]]


def on_cards(fields: tuple[str, ...]) -> bool:
    return set(CARD).issuperset(fields)


def products_in(graph: Graph, ids: Sequence[str], fields: tuple[str, ...]) -> list[Product | None]:
    """As `resolvers.catalog.products.by_ids` finds them."""
    wanted = reading(fields).fields
    pick, make = picking(CARD, wanted) or tuple, partial_records.maker(Product, wanted)
    numbers, cards = graph.numbers, graph.cards
    return [None if (number := numbers.get(id)) is None else make(pick(cards[number])) for id in ids]


@lru_cache(maxsize=partial_records.KEPT)
def picking(there: tuple[str, ...], wanted: tuple[str, ...]) -> Pick | None:
    """Makes of values in the order of `there` those that are wanted; None where these are the same."""
    if there == wanted:
        return None
    places = tuple(map(there.index, wanted))
    return lambda values: [values[place] for place in places]
