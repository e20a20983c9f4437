"""Two published versions of one contract, side by side."""

from typing import LiteralString

from resolvers import projections
from resolvers.contracting.diff import diff_contracts
from resolvers.contracting.impact import Impact, stored_spec
from resolvers.contracting.report import DiffReport, report_of
from resolvers.contracting.usage import affected_by, uses_of
from resolvers.errors import UserErrorCode, UserFault
from resolvers.records import Contract
from resolvers.store import Store

VERSION: LiteralString = f"""
MATCH (c:DataContract {{productId: $product_id, version: $version}})
RETURN {projections.CONTRACT}
"""


async def changes_from(store: Store, contract: Contract, version: str) -> DiffReport:
    """What `contract` changes against the older `version` of the same product, and which of today's consumers use it.

    Raises `UserFault` NOT_FOUND when the product never published `version`.
    """
    row = await store.read(VERSION, product_id=contract.product_id, version=version)
    if row is None:
        message = f"This product has published no contract version '{version[:64]}'."
        raise UserFault(UserErrorCode.NOT_FOUND, message, ("version",))
    older = Contract(*row)
    diff = diff_contracts(stored_spec(older), stored_spec(contract))
    found = await uses_of(store, contract.product_id) if diff.breaking else []
    report = report_of(Impact(diff, affected_by(diff.changes, found, older.version), tuple(found)))
    assert report is not None
    return report
