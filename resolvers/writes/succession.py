"""Validates the successor and sunset of a deprecated product. Successors never lead back to the product."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, LiteralString

from resolvers.graph.product_references import id_by
from resolvers.graph.store import Transaction
from resolvers.model import clock
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product, ProductStatus
from resolvers.writes.locking import read_locked
from resolvers.writes.validation import Path

# Every write ends by locking the tail of the audit log. A write that locks it before reading sees all that was
# committed, so that two writes at once cannot each add a half of a circle.
LOCK: LiteralString = "MATCH (t:AuditLog {key: 'tail'}) SET t._lock = true REMOVE t._lock RETURN t.seq"
SUCCESSORS: LiteralString = """
UNWIND $arguments.urns AS urn
MATCH (p:DataProduct {urn: urn}) WHERE p.successor IS NOT NULL
RETURN collect([urn, p.successor])
"""
NAMED = 10


async def find_successor(tx: Transaction, product: Product, name: str, at: Path) -> str:
    """The urn of the product that `name`, an id or a urn, is of. Call it last in a write: it locks the audit log.

    Raises `UserFault` NOT_FOUND, or INVALID_INPUT for the product itself, one that is retired, and one whose successors
    lead back to the product."""
    await tx.run(LOCK)
    successor_id = await id_by(tx.run, name)
    successor = (await read_locked(tx, [successor_id])).get(successor_id)
    if successor is None:
        message = f"There is no data product '{name[:200]}': name the successor by its id or urn."
        raise UserFault(UserErrorCode.NOT_FOUND, message, at)
    if successor.id == product.id:
        raise UserFault(UserErrorCode.INVALID_INPUT, "A product cannot succeed itself: name another product.", at)
    if successor.status == ProductStatus.RETIRED:
        raise UserFault(UserErrorCode.INVALID_INPUT, f"{successor.urn} is retired and succeeds nothing.", at)
    for circle in await circles(tx.run, {product.urn: successor.urn}):
        raise UserFault(UserErrorCode.INVALID_INPUT, circle_message(circle), at)
    return successor.urn


async def circles(run: Callable[..., Awaitable[Any]], successors: Mapping[str, str | None]) -> list[list[str]]:
    """The circles in which `successors`, urns by the product's urn, take part; None: it has none. Those of products
    that are not named are read by `run`, those of the successors as well. Each circle begins with its first urn in
    text order and has each urn once."""
    successor_of = dict(successors)
    missing = beyond(successors.values(), successor_of)
    while missing:
        stored = dict(await run(SUCCESSORS, arguments={"urns": sorted(missing)}))
        successor_of |= {urn: stored.get(urn) for urn in missing}
        missing = beyond(stored.values(), successor_of)
    return circles_among(successor_of, successors)


def beyond(urns: Iterable[str | None], successor_of: Mapping[str, str | None]) -> set[str]:
    return {urn for urn in urns if urn is not None and urn not in successor_of}


def circles_among(successors: Mapping[str, str | None], starts: Iterable[str]) -> list[list[str]]:
    """Each product has one successor at most, so a walk that meets itself has found a circle."""
    named = frozenset(starts)
    circles_found: list[list[str]] = []
    done: set[str] = set()
    for start in sorted(named):
        walk: dict[str, None] = {}
        urn: str | None = start
        while urn is not None and urn not in done and urn not in walk:
            walk[urn] = None
            urn = successors.get(urn)
        if urn in walk:
            passed = list(walk)
            circle = passed[passed.index(urn) :]
            first = circle.index(min(circle))
            if not named.isdisjoint(circle):
                circles_found.append([*circle[first:], *circle[:first]])
        done |= walk.keys()
    return circles_found


def circle_message(circle: list[str]) -> str:
    more = f" → {len(circle) - NAMED} more" if len(circle) > NAMED else ""
    walk = " → ".join(circle[:NAMED])
    return f"Successors would lead in a circle, {walk}{more} → {circle[0]}: name one that does not lead back."


def check_sunset(sunset: str, now: str, at: Path) -> None:
    """Raises `UserFault` INVALID_INPUT for a day in the past."""
    if sunset <= now[:10]:
        message = f"The sunset {sunset} is not in the future: give a day after {now[:10]}."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, at)


def parse_sunset(value: str, at: Path) -> str:
    """Raises `UserFault` INVALID_INPUT if the text is not a day."""
    try:
        return clock.parse_day(value)
    except ValueError as error:
        raise UserFault(UserErrorCode.INVALID_INPUT, str(error), at) from None
