"""Every product names the team that owns it."""

from collections.abc import Iterator
from functools import cached_property

from pydantic import Field

from resolvers.governance.facts import Facts
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Rule
from resolvers.writes.judgement import Aspect

NOBODY = ("unknown", "none", "nobody", "tbd", "todo", "n/a", "-")


class Owner(Parameters):
    placeholders: tuple[str, ...] = Field(
        NOBODY, max_length=100, description="Values that count as no owner, in any case."
    )

    @cached_property
    def nobody(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.placeholders)


def check(facts: Facts, parameters: Owner) -> Iterator[Finding]:
    team = facts.product.record.owner_team.strip()
    if not team:
        yield Finding("No team owns the product.", evidence={"ownerTeam": None})
    elif team.lower() in parameters.nobody:
        yield Finding(f"'{team}' is not a team that owns the product.", evidence={"ownerTeam": team})


RULE = Rule("owner_required", check, {Aspect.OWNER: SELF}, Owner)
