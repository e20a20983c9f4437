"""What mutations answer. The source of every payload is a `resolvers.writes.pipeline.Outcome`."""

from collections.abc import Awaitable
from typing import Annotated, NamedTuple

import strawberry
from strawberry import Parent

from resolvers.loading.dry_run_overlay import show_would_be
from resolvers.model.errors import RevisionConflict, UserErrorCode, UserFault
from resolvers.writes.pipeline import Outcome, WriteOptions
from schema.context import Info
from schema.data_product import DataProduct
from schema.dependency import Dependency
from schema.domain import Domain
from schema.policy_violation import PolicyViolation

DryRun = Annotated[
    bool | None, strawberry.argument(description="True: do everything, answer what would be, and keep nothing.")
]
IdempotencyKey = Annotated[
    str | None,
    strawberry.argument(
        description="Of your choice: the same key with the same input writes once and gets the same answer again."
    ),
]
ExpectedRevision = Annotated[
    int | None, strawberry.argument(description="The revision you decided on; refused when it is not the current one.")
]


class Told(NamedTuple):
    """A fault as data: an exception among a field's values would be raised."""

    code: UserErrorCode
    message: str
    field: list[str] | None
    current_revision: int | None


@strawberry.type(description="Why a write was not done, for what the caller can change.")
class UserError:
    code: UserErrorCode = strawberry.field(description="Stable; switch on it.")
    message: str = strawberry.field(description="What is wrong, and what to do.")
    field: list[str] | None = strawberry.field(
        description="Where, as a path in the arguments, outermost first; null when it is about no single one."
    )
    current_revision: int | None = strawberry.field(description="With REVISION_CONFLICT: the revision now.")


@strawberry.type
class Payload:
    violations: list[PolicyViolation] = strawberry.field(description="What mandatory policies refuse it for.")
    warnings: list[PolicyViolation] = strawberry.field(description="What policies find and let pass.")

    @strawberry.field(
        description="What is wrong with the input or the caller's rights; empty when only policies refuse."
    )
    def user_errors(outcome: Parent[Outcome]) -> list[UserError]:
        return [told(fault) for fault in outcome.user_errors]

    @strawberry.field(description="Whether nothing was to be kept.")
    def dry_run(outcome: Parent[Outcome]) -> bool:
        return outcome.dry_run


def told(fault: UserFault) -> Told:
    current = fault.current if isinstance(fault, RevisionConflict) else None
    return Told(fault.code, fault.message, list(fault.field) or None, current)


def options(dry_run: bool | None, idempotency_key: str | None, expected_revision: int | None = None) -> WriteOptions:
    return WriteOptions(bool(dry_run), idempotency_key, expected_revision)


async def written(info: Info, writing: Awaitable[Outcome]) -> Outcome:
    """The outcome, with nothing remembered that was read before the write."""
    outcome = await writing
    info.context.forget()
    show_would_be(info.context.loaders, outcome)
    return outcome


@strawberry.type(description="The outcome of a write to a domain.")
class DomainPayload(Payload):
    @strawberry.field(description="The domain; null when refused.")
    def domain(outcome: Parent[Outcome]) -> Domain | None:
        return outcome.thing


@strawberry.type(description="The outcome of a write to a data product.")
class DataProductPayload(Payload):
    @strawberry.field(description="The data product; null when refused.")
    def data_product(outcome: Parent[Outcome]) -> DataProduct | None:
        return outcome.thing


@strawberry.type(description="The outcome of a write to a dependency.")
class DependencyPayload(Payload):
    @strawberry.field(description="The dependency, a retired one as it was; null when refused.")
    def dependency(outcome: Parent[Outcome]) -> Dependency | None:
        return outcome.thing
