"""Declares that a product (the consumer) depends on another (the provider) of any domain.

Declaring again with other content replaces the edge; the old one stays in the past. The right needed is in the
consumer's domain.
"""

from typing import NamedTuple

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Product, ProductStatus
from resolvers.mutations.locked_product import no_product
from resolvers.writes import dependency_edges, validation
from resolvers.writes.dependency_edges import DependencyInput, EdgeSpec, Provider
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

PROVIDER = ("providerId",)


class DependencyEnds(NamedTuple):
    consumer: Product
    providers: dict[str, Provider]


async def declare_dependency(
    store: Store,
    caller: Caller,
    consumer_id: str,
    provider_id: str,
    payload: DependencyInput = DependencyInput(),  # noqa: B008 (frozen)
    options: WriteOptions = DEFAULTS,
) -> Outcome:
    """`thing` is the `Dependency`. `expected_revision` is the consumer's.

    Faults: INVALID_INPUT, NOT_FOUND (a product, a field, the pinned version; a provider that is retired),
    INVALID_TRANSITION (a consumer that is retired), FORBIDDEN, REVISION_CONFLICT.
    """
    return await write(store, caller, Action.WRITE_DEPENDENCY, lambda: plan(consumer_id, provider_id, payload), options)


def plan(consumer_id: str, provider_id: str, payload: DependencyInput) -> Write:
    edge = check(consumer_id, provider_id, payload)

    async def look(tx: Transaction, products: Products) -> LockedState:
        consumer = products.get(consumer_id)
        providers = await dependency_edges.find_providers(tx, consumer_id, [edge])
        missing = dependency_edges.missing_providers([edge], providers)
        if consumer is None:
            return LockedState(faults=(no_product(consumer_id, ("consumerId",)), *missing))
        if consumer.status == ProductStatus.RETIRED:
            message = f"'{consumer.name}' is retired and reads nothing; dataProductRestore brings it back."
            missing = (UserFault(UserErrorCode.INVALID_TRANSITION, message, ("consumerId",)), *missing)
        return LockedState(DependencyEnds(consumer, providers), (consumer.domain,), missing, consumer.revision)

    async def apply(tx: Transaction, state: DependencyEnds, now: str) -> Change:
        return await declare(tx, state, edge, now)

    return Write(
        name="dependencyDeclare",
        action=Action.WRITE_DEPENDENCY,
        document=[consumer_id, provider_id, payload],
        locks=Locks((consumer_id, provider_id), products=(consumer_id,)),
        touched=Touched((consumer_id,), frozenset({Aspect.EDGES}), (provider_id,)),
        look=look,
        apply=apply,
    )


def check(consumer_id: str, provider_id: str, payload: DependencyInput) -> EdgeSpec:
    faults = validation.Faults()
    if payload.provider not in (None, provider_id):
        faults.add(("input", "provider"), "The provider is named beside the input: leave it out here.")
    edge = dependency_edges.checked_edge(faults, consumer_id, provider_id, payload, ("input",), PROVIDER)
    faults.raise_any()
    return edge


async def declare(tx: Transaction, state: DependencyEnds, edge: EdgeSpec, now: str) -> Change:
    dependency_edges.check_promises([edge], state.providers)
    before = dependency_edges.before(state.providers[edge.provider])
    (after,) = await dependency_edges.declare_edges(tx, state.consumer.id, [edge], state.providers, now)
    audited = (before and dependency_edges.document(before), dependency_edges.document(after))
    about = ("DEPENDENCY", state.consumer.id, state.consumer.domain)
    return Change(after, *about, *audited, changed=after != before)
