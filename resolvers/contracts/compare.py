"""Compares two published versions of a contract."""

import asyncio
from typing import LiteralString

from resolvers.contracts.diff import diff_contracts
from resolvers.contracts.impact import Impact, stored_spec
from resolvers.contracts.report import DiffReport, report_of
from resolvers.contracts.usage import affected_by, uses_of
from resolvers.graph import projections
from resolvers.graph.store import Store
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Contract

VERSION: LiteralString = f"""
MATCH (c:DataContract {{productId: $product_id, version: $version}})
RETURN {projections.CONTRACT}
"""


BEFORE: LiteralString = f"""
MATCH (c:DataContract {{productId: $product_id}}) WHERE c.publishedAt < $published_at
WITH c ORDER BY c.publishedAt DESC LIMIT 1
RETURN {projections.CONTRACT}
"""


async def changes_from(store: Store, contract: Contract, version: str | None) -> DiffReport | None:
    """What `contract` changes against an older `version` of the same product (None: the one published before it), and
    which of today's consumers use it. None for the first version that the product published. Raises `UserFault`
    NOT_FOUND when there is no such version.
    """
    older = await older_version(store, contract, version)
    if older is None:
        return None
    diff = await asyncio.to_thread(diff_contracts, stored_spec(older), stored_spec(contract))
    uses = await uses_of(store, contract.product_id) if diff.breaking else []
    return report_of(Impact(diff, affected_by(diff.changes, uses), tuple(uses)))


async def older_version(store: Store, contract: Contract, version: str | None) -> Contract | None:
    if version is None:
        row = await store.read(BEFORE, product_id=contract.product_id, published_at=contract.published_at)
        return None if row is None else Contract(*row)
    row = await store.read(VERSION, product_id=contract.product_id, version=version)
    if row is None:
        message = f"This product has published no contract version '{version[:64]}'."
        raise UserFault(UserErrorCode.NOT_FOUND, message, ("version",))
    return Contract(*row)
