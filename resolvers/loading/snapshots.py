"""Ids of records as they were in the past or as a dry run would leave them, and their decoding."""

from typing import Any, TypeVar
from uuid import uuid4

from resolvers.contracts.change_requests import ChangeRequest
from resolvers.model.ids import SNAPSHOT, plain_id, snapshot_id
from resolvers.model.records import Contract, Domain, Policy, Product
from resolvers.webhooks.records import Webhook
from resolvers.writes.judgement import Violation
from resolvers.writes.pipeline import Outcome

R = TypeVar("R")
# Records that writes change and that clients keep by their id.
KEPT = (Product, Domain, Contract, Policy, Webhook, ChangeRequest)


def present(record: R) -> R:
    """The record under the id by which the graph is asked for what hangs off it."""
    named: Any = record
    return named._replace(id=plain_id(named.id)) if SNAPSHOT in named.id else record


def marked(record: Any, mark: str) -> Any:
    """`record` with an id of its own."""
    return record._replace(id=snapshot_id(record.id, mark)) if isinstance(record, KEPT) else record


def with_snapshots(outcome: Outcome) -> Outcome:
    """The outcome with ids of their own for records that the write did not keep."""
    if not outcome.overlay:
        return outcome
    mark = f"unwritten-{uuid4().hex}"
    changed = {record.id for record in outcome.overlay if isinstance(record, KEPT)}

    def found(violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
        return tuple(
            violation._replace(product=marked(violation.product, mark))
            if violation.product_id in changed
            else violation
            for violation in violations
        )

    return outcome._replace(
        thing=marked(outcome.thing, mark),
        violations=found(outcome.violations),
        warnings=found(outcome.warnings),
        extra={name: marked(value, mark) for name, value in outcome.extra.items()},
        overlay=tuple(marked(record, mark) for record in outcome.overlay),
    )
