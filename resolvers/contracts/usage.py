"""Consumers of a contract, with the fields and the version that each declares."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

from resolvers.contracts.changes import Change, Severity
from resolvers.contracts.diff import same_part, uses
from resolvers.graph.store import Store, Transaction
from resolvers.model.portions import giving_way, mapped
from resolvers.writes.idempotency import replayable


class Basis(StrEnum):
    """How we know that a consumer meets a change. UNDECLARED: it declared no fields, so it may use all of them."""

    DECLARED = "DECLARED"
    UNDECLARED = "UNDECLARED"
    WHOLE_CONTRACT = "WHOLE_CONTRACT"


class Use(NamedTuple):
    """One consumer of a product. `fields` None: it declared none. `contract_version` None: it follows the version in
    force."""

    consumer_id: str
    urn: str
    domain: str
    status: str
    fields: list[str] | None
    contract_version: str | None


@replayable
class Hit(NamedTuple):
    """One breaking change for one consumer. `declared` are the fields it declared that the change concerns, empty when
    it declared none or the change concerns the whole contract. `witness` is a document that is allowed now and was not.
    """

    rule: str
    field: str | None
    message: str
    declared: list[str]
    witness: Any


@replayable
class Affected(NamedTuple):
    """A consumer that a change breaks, by which rules and fields, and how we know."""

    consumer_id: str
    urn: str
    domain: str
    rules: list[str]
    fields: list[str]
    basis: str
    hits: list[Hit] = []  # noqa: RUF012 - never changed; older stored answers have none


USES: LiteralString = """
MATCH (p:DataProduct {id: $product_id})
RETURN COLLECT {
  MATCH (a:DataProduct)-[r:DEPENDS_ON]->(p)
  WITH a, r, p ORDER BY a.urn
  RETURN [a.id, a.urn, a.domain, a.status, r.fields, r.contractVersion]
}
"""


async def uses_of(reader: Store | Transaction, product_id: str) -> list[Use]:
    """Every consumer with a dependency in force, by urn. Inside a write that locked the product, none can be added."""
    run = reader.read if hasattr(reader, "read") else reader.run  # type: ignore[union-attr]
    return [Use(*row) for row in await run(USES, product_id=product_id) or ()]


def reached_by(change: Change, uses: Sequence[Use]) -> list[str]:
    """The ids of the consumers that `change` breaks."""
    return [use.consumer_id for use in uses if follows(use) and meets(use, change)]


def affected_by(changes: Iterable[Change], uses: Sequence[Use]) -> tuple[Affected, ...]:
    """The consumers that a breaking change among `changes` reaches."""
    breaking = [change for change in changes if change.severity is Severity.BREAKING]
    affected_uses = ((use, [change for change in breaking if meets(use, change)]) for use in uses if follows(use))
    return tuple(affected(use, changes) for use, changes in affected_uses if changes)


async def affected_in_portions(changes: Sequence[Change], uses: Sequence[Use]) -> list[Affected]:
    """`affected_by`, which gives way to other requests where the consumers are many."""
    return await giving_way(mapped(lambda some: list(affected_by(changes, some)), uses))


def follows(use: Use) -> bool:
    """Whether the next version becomes the consumer's. A pinned one keeps its version, which never changes, also when
    that is the one in force."""
    return use.contract_version is None


def meets(use: Use, change: Change) -> bool:
    return uses(None if use.fields is None else tuple(use.fields), change)


def affected(use: Use, changes: Sequence[Change]) -> Affected:
    rules = sorted({change.rule for change in changes})
    fields = sorted({change.field for change in changes if change.field is not None})
    hits = [hit(use, change) for change in changes]
    return Affected(use.consumer_id, use.urn, use.domain, rules, fields, basis_of(use, changes), hits)


def hit(use: Use, change: Change) -> Hit:
    field = change.field
    declared = [] if field is None else [path for path in use.fields or () if same_part(path, field)]
    return Hit(change.rule, field, change.message, declared, change.witness)


def basis_of(use: Use, changes: Sequence[Change]) -> Basis:
    if all(change.field is None for change in changes):
        return Basis.WHOLE_CONTRACT
    return Basis.UNDECLARED if use.fields is None else Basis.DECLARED


def domains_of(consumers: Iterable[Affected]) -> tuple[str, ...]:
    return tuple(sorted({consumer.domain for consumer in consumers}))
