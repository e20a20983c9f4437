"""The shape of a rule, whoever wrote it."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from resolvers.governance.facts import Facts, Need
from resolvers.writes.judgement import Aspect


class Reach(StrEnum):
    """Whose verdict a change of a product can turn. For changed edges, PROVIDERS and CONSUMERS are the other ends."""

    SELF = "SELF"
    CONSUMERS = "CONSUMERS"
    PROVIDERS = "PROVIDERS"
    DOWNSTREAM = "DOWNSTREAM"


SELF = frozenset({Reach.SELF})


class Finding(NamedTuple):
    """One way in which a product breaks a rule. `path` are further products that offend with it, nearest first."""

    message: str
    path: tuple[str, ...] = ()
    evidence: Mapping[str, Any] | None = None


class Parameters(BaseModel):
    """Base of every rule's parameters: an unknown one is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoParameters(Parameters):
    """The rule takes none."""


Check = Callable[[Facts, Any], Iterable[Finding]]
Needs = Callable[[Any], frozenset[Need]]


def nothing_more(_: Any) -> frozenset[Need]:
    return frozenset()


class Rule(NamedTuple):
    """`check` is pure. `reach` names the aspects of a product that concern the rule, and for each whose verdict a
    change of it can turn; nothing else is judged or locked. `mesh_wide` marks a rule that no set of products decides:
    writes that concern it run one after another. `single`: each finding about a provider rests on that one and names it
    in its path, so that of a product around a write only its edges to the changed ones matter. `further` says what is
    needed beside `needs` with some parameters."""

    name: str
    check: Check
    reach: Mapping[Aspect, frozenset[Reach]]
    parameters: type[Parameters] = NoParameters
    needs: frozenset[Need] = frozenset()
    mesh_wide: bool = False
    single: bool = False
    further: Needs = nothing_more


# A graph pattern may look at anything, so every write concerns it. Its `check` never runs: the database finds the
# offenders, and `evaluate` takes them from there.
PATTERN = Rule("graph_pattern", lambda facts, parameters: (), dict.fromkeys(Aspect, SELF), mesh_wide=True)
