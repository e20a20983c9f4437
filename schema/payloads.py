"""Payloads of mutations. The source of every payload is a `resolvers.writes.pipeline.Outcome`."""

from collections.abc import Awaitable
from typing import Annotated, NamedTuple

import strawberry
from strawberry import Parent

from resolvers.loading.dry_run_overlay import show_would_be
from resolvers.loading.snapshots import with_snapshots
from resolvers.model.errors import RevisionConflict, UserErrorCode, UserFault
from resolvers.writes.pipeline import Outcome, WriteOptions
from schema.context import Info
from schema.data_product import DataProduct
from schema.dependency import Dependency
from schema.domain import Domain
from schema.policy_violation import PolicyViolation

DryRun = Annotated[
    bool | None, strawberry.argument(description="If true, run every step, return the result and store nothing.")
]
IdempotencyKey = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "A key of your choice. The same key with the same input writes once and returns the same payload again."
        )
    ),
]
ExpectedRevision = Annotated[
    int | None,
    strawberry.argument(description="The revision that you read; the write is refused if it is not the current one."),
]


class UserErrorData(NamedTuple):
    """A fault as data: an exception among a field's values would be raised."""

    code: UserErrorCode
    message: str
    field: list[str] | None
    current_revision: int | None


@strawberry.type(description="A reason for refusing a write that the caller can fix.")
class UserError:
    code: UserErrorCode = strawberry.field(description="Stable code for programs.")
    message: str = strawberry.field(description="What is wrong and what to do.")
    field: list[str] | None = strawberry.field(
        description="Path in the arguments, outermost first; null if no single argument is at fault."
    )
    current_revision: int | None = strawberry.field(description="The current revision, with REVISION_CONFLICT.")


@strawberry.type
class Payload:
    violations: list[PolicyViolation] = strawberry.field(
        description="Findings of mandatory policies, which refuse the write."
    )
    warnings: list[PolicyViolation] = strawberry.field(description="Findings of advisory policies and waived findings.")

    @strawberry.field(
        description=("Faults of the input or the caller's permissions; empty if only policies refuse the write.")
    )
    def user_errors(outcome: Parent[Outcome]) -> list[UserError]:
        return [to_fault(fault) for fault in outcome.user_errors]

    @strawberry.field(description="True if the write was a dry run.")
    def dry_run(outcome: Parent[Outcome]) -> bool:
        return outcome.dry_run


def to_fault(fault: UserFault) -> UserErrorData:
    current = fault.current if isinstance(fault, RevisionConflict) else None
    return UserErrorData(fault.code, fault.message, list(fault.field) or None, current)


def options(dry_run: bool | None, idempotency_key: str | None, expected_revision: int | None = None) -> WriteOptions:
    return WriteOptions(bool(dry_run), idempotency_key, expected_revision)


async def written(info: Info, writing: Awaitable[Outcome]) -> Outcome:
    """The outcome, with nothing remembered that was read before the write, and ids of their own for what it did not
    keep."""
    outcome = with_snapshots(await writing)
    info.context.forget()
    show_would_be(info.context.loaders, outcome)
    return outcome


@strawberry.type(description="The outcome of a write to a domain.")
class DomainPayload(Payload):
    @strawberry.field(description="The domain; null if the write was refused.")
    def domain(outcome: Parent[Outcome]) -> Domain | None:
        return outcome.thing


@strawberry.type(description="The outcome of a write to a data product.")
class DataProductPayload(Payload):
    @strawberry.field(description="The data product; null if the write was refused.")
    def data_product(outcome: Parent[Outcome]) -> DataProduct | None:
        return outcome.thing


@strawberry.type(description="The outcome of a write to a dependency.")
class DependencyPayload(Payload):
    @strawberry.field(description="The dependency; a retired one as it was. Null if the write was refused.")
    def dependency(outcome: Parent[Outcome]) -> Dependency | None:
        return outcome.thing
