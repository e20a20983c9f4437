"""Retires the policies, dependencies and products that the documents of an import do not contain. Products become
deprecated. Nothing is deleted; domains, waivers and templates remain."""

from collections.abc import Set
from typing import LiteralString, NamedTuple

from resolvers.graph.store import Store
from resolvers.interchange.policies import live_policies
from resolvers.model.access import Caller
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.dependency_retire import retire_dependency
from resolvers.mutations.policy_retire import retire_policy
from resolvers.writes.pipeline import DEFAULTS, Outcome, WriteOptions


class Named(NamedTuple):
    """What the documents have: urns of products, (consumer, provider) of dependencies by urn, and (name, domain, urn of
    the product) of policies."""

    products: Set[str]
    edges: Set[tuple[str, str]]
    policies: Set[tuple[str, str | None, str | None]]


class Pruned(NamedTuple):
    """How much was retired; `reasons` say what was refused."""

    retired: int = 0
    reasons: tuple[str, ...] = ()


EDGES: LiteralString = """
MATCH (a:DataProduct)-[:DEPENDS_ON]->(b:DataProduct)
WITH a, b ORDER BY a.urn, b.urn RETURN collect([a.urn, a.id, b.urn, b.id])
"""
PRODUCTS: LiteralString = """
MATCH (p:DataProduct) WHERE NOT p.status IN ['DEPRECATED', 'RETIRED']
WITH p ORDER BY p.urn RETURN collect([p.urn, p.id])
"""


async def prune(store: Store, caller: Caller, named: Named, options: WriteOptions = DEFAULTS) -> Pruned:
    done = Pruned()
    ended: set[tuple[str, str | None, str | None]] = set()
    for policy, urn in await live_policies(store):
        key = (policy.name, policy.domain, urn)
        if key not in named.policies and key not in ended:
            ended.add(key)
            done = counted(done, f"policy {policy.name}", await retire_policy(store, caller, policy.id, options))
    for consumer, consumer_id, provider, provider_id in await store.read(EDGES):
        if (consumer, provider) not in named.edges:
            retired = await retire_dependency(store, caller, consumer_id, provider_id, options)
            done = counted(done, f"{consumer} on {provider}", retired)
    for urn, id in await store.read(PRODUCTS):
        if urn not in named.products:
            moved = await transition_product(store, caller, id, ProductStatus.DEPRECATED, options)
            done = counted(done, urn, moved)
    return done


def counted(done: Pruned, name: str, outcome: Outcome) -> Pruned:
    reasons = [f"{name} is not in the documents and stays: {fault.message}" for fault in outcome.user_errors]
    reasons += [
        f"{name} is not in the documents and stays: {one.policy.name}: {one.message}" for one in outcome.violations
    ]
    return Pruned(done.retired + (not reasons), (*done.reasons, *reasons))
