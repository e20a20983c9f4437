"""The product snapshot: the fields that lists show, stored together in one property of a product.

Neo4j looks up each property of a node by itself, which is most of the cost of a long list or a large lineage. So every
write of a product also stores its short fields as one JSON list in the property `snapshot`, and a read that needs some
of them reads that property instead. The list ends with the product's revision, and a read of the snapshot reads the
revision too: when they differ, a writer that does not maintain snapshots has changed the product, and the read is
repeated by the properties themselves.

Policies never judge by a snapshot.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Any, LiteralString, NamedTuple, TypeVar

import orjson

from resolvers.graph import partial_records
from resolvers.model.records import Product

T = TypeVar("T")

KEY = "snapshot"
# In the order of the list. A change of this tuple needs another property name, so that no reader takes one layout for
# another, and a migration that fills it.
SNAPSHOT_FIELDS = ("id", "urn", "name", "domain", "domain_id", "owner_team", "type", "status", "version", "revision")
# Of the fields of a decoded snapshot.
REVISION = itemgetter(-1)
# Reading fewer of the fields than this costs less than reading the snapshot.
FEWEST_FIELDS = 3


class StaleSnapshot(Exception):
    """A snapshot is missing or of another revision than its product."""


def snapshot_of(product: Product) -> str:
    """The value of the property `snapshot`."""
    return orjson.dumps([getattr(product, field) for field in SNAPSHOT_FIELDS]).decode()


class Reading(NamedTuple):
    """How some fields of products are read: `keys` names the properties, `fields` what a decoded row holds, in order.

    With `from_snapshot` the first two keys are the snapshot and the revision.
    """

    keys: list[str]
    fields: tuple[str, ...]
    from_snapshot: bool

    def decode(self, rows: list[list[Any]], place: int = 0) -> list[list[Any]]:
        """Replaces the snapshot and the revision, at `place` of each row, with the snapshot's fields. May change the
        rows in place.

        Raises:
            StaleSnapshot: a snapshot is not of its product's revision.
        """
        if not self.from_snapshot:
            return rows
        snapshots = decode_snapshots(map(itemgetter(place), rows), map(itemgetter(place + 1), rows))
        if place == 0 and len(self.keys) == 2:
            return snapshots
        for row, snapshot in zip(rows, snapshots, strict=True):
            row[place : place + 2] = snapshot
        return rows

    def products(self, rows: list[list[Any]]) -> list[Product]:
        """The products of rows that hold the values of `keys`, as partial records unless all fields are read.

        Raises:
            StaleSnapshot: see `decode`.
        """
        return list(map(partial_records.maker(Product, self.fields), self.decode(rows)))


# `reading` or `by_properties`.
ReadingOf = Callable[[tuple[str, ...]], Reading]


async def read_products(read: Callable[[ReadingOf], Awaitable[T]]) -> T:
    """Reads by snapshots, and once more by properties when one of the snapshots is stale."""
    try:
        return await read(reading)
    except StaleSnapshot:
        return await read(by_properties)


def decode_snapshots(snapshots: Iterable[str | None], revisions: Iterable[int]) -> list[list[Any]]:
    """The fields of each snapshot.

    Raises:
        StaleSnapshot: a snapshot does not end with its revision.
    """
    texts = list(snapshots)
    if None in texts:
        raise StaleSnapshot
    fields = orjson.loads("[" + ",".join(texts) + "]")  # type: ignore[arg-type]
    if list(map(REVISION, fields)) != list(revisions):
        raise StaleSnapshot
    return fields


def keyed(node: LiteralString, keys: LiteralString) -> LiteralString:
    """Cypher for the values of a `Reading`'s keys, which the parameter `keys` holds, of `node`."""
    return "[key IN " + keys + " | " + node + "[key]]"


@lru_cache(maxsize=partial_records.KEPT)
def reading(fields: tuple[str, ...]) -> Reading:
    """How to read at least `fields` of `Product`. A whole record is read by its properties."""
    others = tuple(field for field in fields if field not in SNAPSHOT_FIELDS)
    if fields == Product._fields or len(fields) - len(others) < FEWEST_FIELDS:
        return by_properties(fields)
    keys = [KEY, "revision", *partial_records.keys_of(others)]
    return Reading(keys, (*SNAPSHOT_FIELDS, *others), from_snapshot=True)


def by_properties(fields: tuple[str, ...]) -> Reading:
    """Reads `fields` of `Product` by their own properties, as everything that decides does."""
    return Reading(partial_records.keys_of(fields), fields, from_snapshot=False)
