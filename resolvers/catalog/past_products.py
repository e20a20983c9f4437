"""Data products as of a past time, read from their revisions."""

from collections.abc import Sequence
from typing import LiteralString

from resolvers.catalog.products import by_urns
from resolvers.graph.product_references import ids_of
from resolvers.graph.store import Store
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.ids import mark_of, plain_id
from resolvers.model.records import Product
from resolvers.writes.revisions import as_snapshot, from_document, held

BY_URN: LiteralString = (
    """
UNWIND $arguments.asked AS asked
MATCH (p:DataProduct {urn: asked.urn})
CALL (p, asked) {
  """
    + held("p.id", "asked.at")
    + """
  RETURN v
}
RETURN collect([asked.urn, asked.at, v.documentJson])
"""
)


THEN: LiteralString = (
    """
MATCH (p:DataProduct {id: $arguments.id})
CALL (p) {
  """
    + held("p.id", "$arguments.at")
    + """
  RETURN v
}
RETURN v.documentJson
"""
)


async def product_then(store: Store, reference: str, at: str, now: str) -> Product | None:
    """The product that an id or urn names as it was at `at`, with an id of its own; None where there was none.

    Raises `UserFault` INVALID_INPUT for a time to come."""
    if at > now:
        message = f"asOf ({at}) lies in the future: the present is {now}."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("asOf",))
    (product_id,) = await ids_of(store, [reference])
    text = await store.read(THEN, arguments={"id": product_id, "at": at})
    return None if text is None else as_snapshot(from_document(text), at)


async def by_urns_then(store: Store, pairs: Sequence[tuple[str, str]]) -> list[Product | None]:
    """Of a urn and an instant each, aligned: the product as it was then, with an id of its own. None where there was
    none."""
    requests = [{"urn": urn, "at": at} for urn, at in dict.fromkeys(pairs)]
    rows = await store.read(BY_URN, arguments={"asked": requests}) if requests else []
    products = {(urn, at): as_snapshot(from_document(text), at) for urn, at, text in rows}
    return [products.get(pair) for pair in pairs]


async def by_marked_urns(store: Store, urns: Sequence[str], fields: tuple[str, ...]) -> list[Product | None]:
    """By urn, as products are now; by a urn with the mark of a past time (`as_snapshot`), as they were then."""
    marks = list(map(mark_of, urns))
    now = [urn for urn, mark in zip(urns, marks, strict=True) if not mark]
    past = [(plain_id(urn), mark) for urn, mark in zip(urns, marks, strict=True) if mark]
    current = iter(await by_urns(store, now, fields) if now else ())
    then = iter(await by_urns_then(store, past))
    return [next(then) if mark else next(current) for mark in marks]
