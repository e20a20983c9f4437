"""A policy: a rule that writes are judged by."""

from enum import StrEnum
from typing import Any

import strawberry
from strawberry import Parent

from resolvers.catalog.policies import PolicyScopeFilter
from resolvers.model import json_fields, records
from resolvers.model.records import Enforcement
from schema.connection import Connection
from schema.enums import describe
from schema.loaded_fields import loaded
from schema.node import Node
from schema.references import DataProductReference, DomainReference
from schema.scalars import JSON, DateTime


class PolicyScopeKind(StrEnum):
    MESH = "MESH"
    DOMAIN = "DOMAIN"
    PRODUCT = "PRODUCT"


class PolicyRuleKind(StrEnum):
    BUILTIN = "BUILTIN"
    EXPRESSION = "EXPRESSION"
    GRAPH_PATTERN = "GRAPH_PATTERN"


describe(
    PolicyScopeKind,
    "PolicyScopeKind",
    "How far a policy reaches.",
    MESH="Every product.",
    DOMAIN="The products of one domain.",
    PRODUCT="One product.",
)
describe(
    PolicyRuleKind,
    "PolicyRuleKind",
    "How a rule is written.",
    BUILTIN="By name, with parameters.",
    EXPRESSION="As a CEL expression.",
    GRAPH_PATTERN="As Cypher that returns the offenders.",
)


@strawberry.type(description="What a policy is defined for.")
class PolicyScope:
    scope: PolicyScopeKind = strawberry.field(name="kind", description="How far it reaches.")

    domain: DomainReference | None = loaded(
        lambda loaders: loaders.domain_by_name, by="domain", description="The domain, when it is for one."
    )
    product: DataProductReference | None = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product, when it is for one."
    )


@strawberry.type(description="A rule by its name, with parameters.")
class BuiltinRule:
    rule_name: str = strawberry.field(name="name", description="The rule's stable name.")

    @strawberry.field(description="Its parameters, an object.")
    def parameters(policy: Parent[records.Policy]) -> JSON:
        return json_fields.document(policy.parameters_json)


@strawberry.type(description="What a policy asks, in one of three forms.")
class PolicyRule:
    rule_kind: PolicyRuleKind = strawberry.field(name="kind", description="Which form it has.")

    @strawberry.field(description="The built-in rule, when it is one.")
    def builtin(policy: Parent[records.Policy]) -> BuiltinRule | None:
        return policy if policy.rule_kind == "BUILTIN" else None

    @strawberry.field(description="The CEL expression, when it is one.")
    def expression(policy: Parent[records.Policy]) -> str | None:
        return policy.rule_text if policy.rule_kind == "EXPRESSION" else None

    @strawberry.field(description="The Cypher that returns the offenders, when it is one.")
    def graph_pattern(policy: Parent[records.Policy]) -> str | None:
        return policy.rule_text if policy.rule_kind == "GRAPH_PATTERN" else None


@strawberry.type(description="A rule that writes are judged by. Each version is kept.")
class Policy(Node):
    name: str = strawberry.field(description="Unique in its scope.")
    description: str = strawberry.field(description="Why it is there.")
    enforcement: Enforcement = strawberry.field(description="What a violation does.")
    version: int = strawberry.field(description="Counts its versions; each has an id of its own.")
    paused: bool = strawberry.field(description="Whether it judges nothing at the moment.")
    since: DateTime = strawberry.field(description="When this version was defined.")
    effective_from: DateTime = strawberry.field(description="From when it judges.")
    retired_at: DateTime | None = strawberry.field(description="Until when it does; null: no end is set.")

    @strawberry.field(description="What it is defined for.")
    def scope(policy: Parent[records.Policy]) -> PolicyScope:
        return policy

    @strawberry.field(description="What it asks.")
    def rule(policy: Parent[records.Policy]) -> PolicyRule:
        return policy

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.Policy)


PolicyConnection = Connection[Policy]


@strawberry.input(one_of=True, description="Policies defined for exactly this.")
class PolicyScopeInput:
    mesh: bool | None = strawberry.field(default=strawberry.UNSET, description="True: for every product.")
    domain: str | None = strawberry.field(default=strawberry.UNSET, description="For the domain of this name.")
    product: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="For the product of this id."
    )


def to_scope(given: PolicyScopeInput | None) -> PolicyScopeFilter:
    if given is None:
        return PolicyScopeFilter()
    return PolicyScopeFilter(given.mesh or False, given.domain or None, given.product or None)
