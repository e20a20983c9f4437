"""Differences between two infrastructure plans, value by value."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from resolvers.infrastructure.plan import InfrastructurePlan, plan_document
from resolvers.model.naming import camel


class PlanChange(NamedTuple):
    """`path` is dotted, e.g. `storage.expirationDays`; None on one side: it is not there."""

    path: str
    before: Any
    after: Any


def plan_changes(before: InfrastructurePlan | None, after: InfrastructurePlan | None) -> tuple[PlanChange, ...]:
    """Empty for equal plans. A part that is only in one of the plans is one change with the whole part."""
    old = plan_document(before) if before else None
    new = plan_document(after) if after else None
    return tuple(_changes("", old, new))


def _changes(path: str, old: Any, new: Any) -> Iterator[PlanChange]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _changes(f"{path}.{camel(key)}" if path else camel(key), old.get(key), new.get(key))
    else:
        yield PlanChange(path or "plan", old, new)
