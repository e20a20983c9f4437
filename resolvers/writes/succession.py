"""Successor and sunset of a deprecated product, as callers give them."""

from typing import LiteralString

from resolvers.graph.store import Transaction
from resolvers.model import clock
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product, ProductStatus
from resolvers.writes.validation import Path

# A product of that id or urn.
FIND: LiteralString = """
OPTIONAL MATCH (a:DataProduct {id: $name})
OPTIONAL MATCH (b:DataProduct {urn: $name})
WITH coalesce(a, b) AS p WHERE p.domainId IS NOT NULL
RETURN [p.id, p.urn, p.status]
"""


async def find_successor(tx: Transaction, product: Product, name: str, at: Path) -> str:
    """The urn of the product that `name`, an id or a urn, is of. Raises `UserFault` NOT_FOUND, or INVALID_INPUT for the
    product itself and one that is retired."""
    row = await tx.run(FIND, name=name)
    if row is None:
        message = f"There is no data product '{name[:200]}': name the successor by its id or urn."
        raise UserFault(UserErrorCode.NOT_FOUND, message, at)
    found, urn, status = row
    if found == product.id:
        raise UserFault(UserErrorCode.INVALID_INPUT, "A product cannot succeed itself: name another product.", at)
    if status == ProductStatus.RETIRED:
        raise UserFault(UserErrorCode.INVALID_INPUT, f"{urn} is retired and succeeds nothing.", at)
    return urn


def check_sunset(sunset: str, now: str, at: Path) -> None:
    """Raises `UserFault` INVALID_INPUT for a day that is not to come."""
    if sunset <= now[:10]:
        message = f"The sunset {sunset} is not to come: give a day after {now[:10]}."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, at)


def parse_sunset(value: str, at: Path) -> str:
    """Raises `UserFault` INVALID_INPUT for what is no day."""
    try:
        return clock.parse_day(value)
    except ValueError as error:
        raise UserFault(UserErrorCode.INVALID_INPUT, str(error), at) from None
