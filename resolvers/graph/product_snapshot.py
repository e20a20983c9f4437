"""What lists show of a product, kept together in one of its properties: its card.

Neo4j looks every property of a node up by itself, which is most of what a long list or a large lineage costs. So each
write of a product writes what is short and mostly asked for a second time, as a JSON list in the property `card`, and
who asks for some of that reads this one property instead.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.graph import partial_records
from resolvers.model.errors import StoreError
from resolvers.model.records import Product

KEY = "card"
# In the order of the list. Whatever is added here has to be added by a migration to the cards that there are.
CARD = ("id", "urn", "name", "domain", "domain_id", "owner_team", "type", "status", "version")
REST = tuple(field for field in Product._fields if field not in CARD)
WORTH = 3  # fields of it from which on a card costs less than they do


def card_of(product: Product) -> str:
    return orjson.dumps([getattr(product, field) for field in CARD]).decode()


class Reading(NamedTuple):
    """How some fields of products are read: the properties `keys` of each, and the `fields` that these hold, in the
    order that they have in an opened row."""

    keys: list[str]
    fields: tuple[str, ...]
    carded: bool

    @property
    def alone(self) -> bool:
        """Whether the card is all that is read."""
        return self.carded and len(self.keys) == 1

    def opened(self, rows: list[list[Any]], place: int = 0) -> list[list[Any]]:
        """The rows, whose values from `place` on are those of `keys`, with the values of `fields` there instead; they
        may be changed in place."""
        if not self.carded:
            return rows
        cards = opened_cards(map(itemgetter(place), rows))
        if place == 0 and self.alone:
            return cards
        for row, card in zip(rows, cards, strict=True):
            row[place : place + 1] = card
        return rows

    def products(self, rows: list[list[Any]]) -> list[Product]:
        """What is read of each product, as a part of its record, or as the record where that is all of it."""
        return self._made(self.opened(rows))

    def told(self, rows: list[Any]) -> list[Product]:
        """The same of what a text returns by `telling`."""
        return self._made(opened_cards(rows) if self.alone else self.opened(rows))

    def _made(self, opened: list[list[Any]]) -> list[Product]:
        if self.carded and len(self.fields) == len(Product._fields):
            return list(map(Product._make, map(_IN_ORDER, opened)))
        return list(map(partial_records.maker(Product, self.fields), opened))


def opened_cards(cards: Iterable[str]) -> list[list[Any]]:
    try:
        return orjson.loads("[" + ",".join(cards) + "]")
    except TypeError as error:
        raise StoreError(
            "A data product has no card, so another version wrote it: after a restore, start the service again.",
            "INCONSISTENT",
        ) from error


@cache
def telling(alone: bool, keys: LiteralString) -> LiteralString:
    """What a text returns of the product `p`, whose properties `keys` names: a list of them, or a card that is `alone`
    by itself, which costs less than in a list and by its name less than by one in a parameter. A product without one
    is no null, which `collect` would drop."""
    return "coalesce(p.card, false)" if alone else "[key IN " + keys + " | p[key]]"


@lru_cache(maxsize=partial_records.KEPT)
def reading(fields: tuple[str, ...]) -> Reading:
    """Of those fields of `Product` at least. A whole record is read as it is."""
    others = tuple(field for field in fields if field not in CARD)
    if fields == Product._fields or len(fields) - len(others) < WORTH:
        return Reading(partial_records.keys_of(fields), fields, carded=False)
    return Reading([KEY, *partial_records.keys_of(others)], (*CARD, *others), carded=True)


WHOLE = reading((*CARD, *REST))
_IN_ORDER = itemgetter(*map(WHOLE.fields.index, Product._fields))
