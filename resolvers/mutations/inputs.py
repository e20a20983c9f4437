"""Unvalidated inputs of mutations; each mutation validates its own and reports all faults at once."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from resolvers.writes.dependency_edges import DependencyInput


class DomainInput(NamedTuple):
    name: str
    owner_team: str
    description: str | None = None
    defaults: Mapping[str, Any] | None = None
    business_rules: Sequence[Mapping[str, Any]] | None = None


class ProductInput(NamedTuple):
    """`contract` has the keys of DataContractInput; `access_points` are `{kind, uri}`, None: the domain's patterns."""

    domain: str
    name: str
    type: str
    description: str | None = None
    owner_team: str | None = None
    version: str | None = None
    tags: Sequence[str] | None = None
    metadata: Any = None
    access_points: Sequence[Mapping[str, Any]] | None = None
    contract: Mapping[str, Any] | None = None
    dependencies: Sequence[DependencyInput] | None = None


class ChangeRequestInput(NamedTuple):
    """How to ask the consumers of a breaking contract. Times are `clock` texts; no deadline: in 14 days."""

    reason: str
    deadline: str | None = None
    effective_from: str | None = None
