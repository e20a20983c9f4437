"""A policy: a rule that is applied to writes."""

from enum import StrEnum
from typing import Any

import strawberry
from strawberry import Parent

from resolvers.catalog.policies import PolicyScopeFilter
from resolvers.model import json_fields, records
from resolvers.model.records import Enforcement
from schema.connection import Connection
from schema.context import Info
from schema.enums import describe
from schema.loaded_fields import loaded
from schema.node import Node
from schema.product_reference import to_product_id
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
    "Scope of a policy.",
    MESH="All products.",
    DOMAIN="The products of one domain.",
    PRODUCT="One product.",
)
describe(
    PolicyRuleKind,
    "PolicyRuleKind",
    "Form of a rule.",
    BUILTIN="A built-in rule with parameters.",
    EXPRESSION="A CEL expression.",
    GRAPH_PATTERN="Cypher that returns the violating products.",
)


@strawberry.type(description="Scope of a policy.")
class PolicyScope:
    scope: PolicyScopeKind = strawberry.field(name="kind", description="Kind of scope.")

    domain: DomainReference | None = loaded(
        lambda loaders: loaders.domain_by_name, by="domain", description="The domain, if the scope is one."
    )
    product: DataProductReference | None = loaded(
        lambda loaders: loaders.product, by="product_id", description="The product, if the scope is one."
    )


@strawberry.type(description="A built-in rule with parameters.")
class BuiltinRule:
    rule_name: str = strawberry.field(name="name", description="The rule's stable name.")

    @strawberry.field(description="Its parameters, an object.")
    def parameters(policy: Parent[records.Policy]) -> JSON:
        return json_fields.document(policy.parameters_json)


@strawberry.type(description="The rule of a policy, in one of three forms.")
class PolicyRule:
    rule_kind: PolicyRuleKind = strawberry.field(name="kind", description="Form of the rule.")

    @strawberry.field(description="The built-in rule, if it is one.")
    def builtin(policy: Parent[records.Policy]) -> BuiltinRule | None:
        return policy if policy.rule_kind == "BUILTIN" else None

    @strawberry.field(description="The CEL expression, if it is one.")
    def expression(policy: Parent[records.Policy]) -> str | None:
        return policy.rule_text if policy.rule_kind == "EXPRESSION" else None

    @strawberry.field(description="Cypher that returns the violating products, if it is a graph pattern.")
    def graph_pattern(policy: Parent[records.Policy]) -> str | None:
        return policy.rule_text if policy.rule_kind == "GRAPH_PATTERN" else None


@strawberry.federation.type(keys=["id"], description="A rule that writes are checked against. All versions are stored.")
class Policy(Node):
    name: str = strawberry.field(description="Name, unique in the scope.")
    description: str = strawberry.field(description="Purpose of the policy.")
    enforcement: Enforcement = strawberry.field(description="Effect of a violation.")
    version: int = strawberry.field(description="Version number. Each version has its own id.")
    paused: bool = strawberry.field(description="True if it is paused and judges nothing.")
    since: DateTime = strawberry.field(description="When this version was defined.")
    effective_from: DateTime = strawberry.field(description="When it takes effect.")
    retired_at: DateTime | None = strawberry.field(description="When it ends; null if no end is set.")

    @strawberry.field(description="Scope of the policy.")
    def scope(policy: Parent[records.Policy]) -> PolicyScope:
        return policy

    @strawberry.field(description="Rule of the policy.")
    def rule(policy: Parent[records.Policy]) -> PolicyRule:
        return policy

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.Policy)


PolicyConnection = Connection[Policy]


@strawberry.input(one_of=True, description="Policies with exactly this scope.")
class PolicyScopeInput:
    mesh: bool | None = strawberry.field(default=strawberry.UNSET, description="True for policies of the whole mesh.")
    domain: str | None = strawberry.field(default=strawberry.UNSET, description="Name of the domain.")
    product: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Id or urn of the product.")


async def to_scope(info: Info, payload: PolicyScopeInput | None) -> PolicyScopeFilter:
    if payload is None:
        return PolicyScopeFilter()
    product = await to_product_id(info, payload.product) if payload.product else None
    return PolicyScopeFilter(payload.mesh or False, payload.domain or None, product)
