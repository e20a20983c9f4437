"""Every product has a description and a schema with fields; optionally every field has a description."""

from collections.abc import Iterator

from pydantic import Field

from resolvers.governance.facts import Facts, Need
from resolvers.governance.rules.rule import SELF, Finding, Parameters, Rule
from resolvers.writes.judgement import Aspect

NAMED = 10


class SchemaDocumentation(Parameters):
    describe_fields: bool = Field(False, description="Whether every field needs a description.")


def check(facts: Facts, parameters: SchemaDocumentation) -> Iterator[Finding]:
    if not facts.product.record.description.strip():
        yield Finding("The product has no description.", evidence={"missing": "description"})
    if facts.contract is None:
        yield Finding("There is no contract, so no schema.", evidence={"missing": "contract"})
        return
    if not facts.contract.field_count:
        yield Finding(
            f"The schema of contract {facts.contract.version} names no fields.",
            evidence={"missing": "contract.jsonSchema"},
        )
    if parameters.describe_fields:
        yield from _undescribed(facts)


def _undescribed(facts: Facts) -> Iterator[Finding]:
    assert facts.contract is not None
    bare = [field.path for field in facts.contract.fields if not (field.description or "").strip()]
    if bare:
        more = f" and {len(bare) - NAMED} more" if len(bare) > NAMED else ""
        yield Finding(
            f"Contract {facts.contract.version} does not describe {', '.join(bare[:NAMED])}{more}.",
            evidence={"fields": bare},
        )


def _further(parameters: SchemaDocumentation) -> frozenset[Need]:
    return frozenset({Need.FIELD_TERMS}) if parameters.describe_fields else frozenset()


RULE = Rule(
    "schema_documentation_required",
    check,
    {Aspect.CONTRACT: SELF, Aspect.PRODUCT: SELF},
    SchemaDocumentation,
    frozenset({Need.DESCRIPTION, Need.FIELD_COUNTS}),
    further=_further,
)
