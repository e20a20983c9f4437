"""Defines `Rule`, and the findings and parameters of rules."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from resolvers.governance.facts import Facts, Need
from resolvers.writes.judgement import Aspect


class Reach(StrEnum):
    """Products whose verdict a change can affect. For changed edges, PROVIDERS and CONSUMERS are the other ends."""

    SELF = "SELF"
    CONSUMERS = "CONSUMERS"
    PROVIDERS = "PROVIDERS"
    DOWNSTREAM = "DOWNSTREAM"


SELF = frozenset({Reach.SELF})


class Finding(NamedTuple):
    """One violation of a rule by a product. `path` are the ids of other products involved, nearest first."""

    message: str
    path: tuple[str, ...] = ()
    evidence: Mapping[str, Any] | None = None


class Parameters(BaseModel):
    """Base class of rule parameters. An unknown parameter is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoParameters(Parameters):
    """Parameters of a rule without any."""


Check = Callable[[Facts, Any], Iterable[Finding]]
Needs = Callable[[Any], frozenset[Need]]


def nothing_more(_: Any) -> frozenset[Need]:
    return frozenset()


class Rule(NamedTuple):
    """A built-in rule.

    `check` is a pure function of a product's facts. `reach` maps each aspect that the rule depends on to the products
    whose verdict a change of it can affect; only those are judged and locked. `mesh_wide` marks a rule that cannot be
    decided from a set of products; writes that it concerns run one after another. `single` means that each finding
    about a provider depends on that provider alone and names it in its path, so a write reads only the edges to the
    changed products. `needs` are the facts that `check` reads, `further` those that it reads with some parameters."""

    name: str
    check: Check
    reach: Mapping[Aspect, frozenset[Reach]]
    parameters: type[Parameters] = NoParameters
    needs: frozenset[Need] = frozenset()
    mesh_wide: bool = False
    single: bool = False
    further: Needs = nothing_more


# A graph pattern can read anything, so every aspect concerns it. Its `check` never runs: the database finds the
# products that violate it, and `evaluate` uses that result.
PATTERN = Rule("graph_pattern", lambda facts, parameters: (), dict.fromkeys(Aspect, SELF), mesh_wide=True)
