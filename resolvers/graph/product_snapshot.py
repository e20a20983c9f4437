"""The product snapshot: the fields that lists show, stored together in one property of a product.

Neo4j looks up each property of a node by itself, which is most of the cost of a long list or a large lineage. So every
write of a product also stores its short fields as one JSON list in the property `snapshot`, and a read that wants some
of them reads that property instead. The list ends with the product's revision: a snapshot of another revision, left by
a writer that does not maintain snapshots, is ignored and the properties themselves are read.

Policies never judge by a snapshot.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.graph import partial_records
from resolvers.model.records import Product

KEY = "snapshot"
# In the order of the list. A change of this tuple needs another property name, so that no reader takes one layout for
# another, and a migration that fills it.
SNAPSHOT_FIELDS = ("id", "urn", "name", "domain", "domain_id", "owner_team", "type", "status", "version", "revision")
# Reading fewer of the fields than this costs less than reading the snapshot.
FEWEST_FIELDS = 3


def snapshot_of(product: Product) -> str:
    """The value of the property `snapshot`."""
    return orjson.dumps([getattr(product, field) for field in SNAPSHOT_FIELDS]).decode()


class Reading(NamedTuple):
    """How some fields of products are read: `keys` names the properties, `fields` what a decoded row holds, in order.

    With `from_snapshot` the first key is the snapshot.
    """

    keys: list[str]
    fields: tuple[str, ...]
    from_snapshot: bool

    @property
    def alone(self) -> bool:
        """Whether nothing but the snapshot is read."""
        return self.from_snapshot and len(self.keys) == 1

    def decode(self, rows: list[list[Any]], place: int = 0) -> list[list[Any]]:
        """Replaces the snapshot column, at `place` of each row, with its fields. May change the rows in place."""
        if not self.from_snapshot:
            return rows
        snapshots = decode_snapshots(map(itemgetter(place), rows))
        if place == 0 and self.alone:
            return snapshots
        for row, snapshot in zip(rows, snapshots, strict=True):
            row[place : place + 1] = snapshot
        return rows

    def products(self, rows: list[list[Any]]) -> list[Product]:
        """The products of rows that hold the values of `keys`, as partial records unless all fields are read."""
        return self._records(self.decode(rows))

    def selected_products(self, rows: list[Any]) -> list[Product]:
        """The products of what a query returns by `selected`."""
        return self._records(decode_snapshots(rows) if self.alone else self.decode(rows))

    def _records(self, decoded: list[list[Any]]) -> list[Product]:
        return list(map(partial_records.maker(Product, self.fields), decoded))


def decode_snapshots(snapshots: Iterable[str | list[Any]]) -> list[list[Any]]:
    """The fields of each snapshot; a list holds them already, read as properties."""
    found = list(snapshots)
    try:
        return orjson.loads("[" + ",".join(found) + "]")  # type: ignore[arg-type]
    except TypeError:
        return [orjson.loads(one) if isinstance(one, str) else one for one in found]


def current_snapshot(node: LiteralString) -> LiteralString:
    """Cypher for the snapshot of `node`, or a list of the same fields where the snapshot is not of its revision.

    The fields are read by names from a list: those written out in the text would be read for every row.
    """
    fields: LiteralString = "[name IN " + _PROPERTIES + " | " + node + "[name]]"
    return (
        "CASE WHEN " + node + ".snapshot ENDS WITH ',' + " + node + ".revision + ']' THEN " + node + ".snapshot "
        "ELSE " + fields + " END"
    )  # fmt: skip


# Written out, since Cypher is made of literals alone.
_PROPERTIES: LiteralString = (
    "['id', 'urn', 'name', 'domain', 'domainId', 'ownerTeam', 'type', 'status', 'version', 'revision']"
)


def keyed(node: LiteralString, keys: LiteralString) -> LiteralString:
    """Cypher for the values of a `Reading`'s keys, which the parameter `keys` holds, of `node`."""
    return (
        "[key IN "
        + keys
        + " | CASE key WHEN 'snapshot' THEN "
        + current_snapshot(node)
        + " ELSE "
        + node
        + "[key] END]"
    )


@cache
def selected(alone: bool, keys: LiteralString) -> LiteralString:
    """Cypher for what a query returns of the product `p`: the values of `keys`, or the snapshot by itself when it is
    `alone`, which costs less than a list of one."""
    return current_snapshot("p") if alone else keyed("p", keys)


@lru_cache(maxsize=partial_records.KEPT)
def reading(fields: tuple[str, ...]) -> Reading:
    """How to read at least `fields` of `Product`. A whole record is read by its properties."""
    others = tuple(field for field in fields if field not in SNAPSHOT_FIELDS)
    if fields == Product._fields or len(fields) - len(others) < FEWEST_FIELDS:
        return by_properties(fields)
    return Reading([KEY, *partial_records.keys_of(others)], (*SNAPSHOT_FIELDS, *others), from_snapshot=True)


def by_properties(fields: tuple[str, ...]) -> Reading:
    """Reads `fields` of `Product` by their own properties, as everything that decides does."""
    return Reading(partial_records.keys_of(fields), fields, from_snapshot=False)
