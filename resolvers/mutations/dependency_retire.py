"""Retires a dependency. The edge leaves present lineage and stays in past lineage; it may be declared again."""

from typing import NamedTuple

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Dependency, Product
from resolvers.mutations.dependency_declare import PROVIDER
from resolvers.mutations.locked_product import no_product
from resolvers.writes import dependency_edges
from resolvers.writes.dependency_edges import FEEDS, EdgeSpec
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions


class CurrentDependency(NamedTuple):
    consumer: Product
    provider_name: str
    edge: Dependency | None


async def retire_dependency(
    store: Store, caller: Caller, consumer_id: str, provider_id: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Dependency` as it was. `expected_revision` is the consumer's.

    Faults: NOT_FOUND (a product, the dependency), FORBIDDEN, REVISION_CONFLICT.
    """
    return await write(store, caller, Action.WRITE_DEPENDENCY, lambda: plan(consumer_id, provider_id), options)


def plan(consumer_id: str, provider_id: str) -> Write:
    requested = EdgeSpec(provider_id, None, None, FEEDS, ("providerId",), PROVIDER)

    async def look(tx: Transaction, products: Products) -> LockedState:
        consumer = products.get(consumer_id)
        providers = await dependency_edges.find_providers(tx, consumer_id, [requested])
        missing = dependency_edges.missing_providers([requested], providers)
        if consumer is None:
            return LockedState(faults=(no_product(consumer_id, ("consumerId",)), *missing))
        if missing:
            return LockedState(faults=missing)
        provider = providers[provider_id]
        state = CurrentDependency(consumer, provider.name, dependency_edges.before(provider))
        return LockedState(state, (consumer.domain,), revision=consumer.revision)

    async def apply(tx: Transaction, state: CurrentDependency, now: str) -> Change:
        if state.edge is None:
            message = f"'{state.consumer.name}' does not depend on '{state.provider_name}'."
            raise UserFault(UserErrorCode.NOT_FOUND, message, PROVIDER)
        until = await dependency_edges.retire_edge(tx, state.edge, now)
        audited = (dependency_edges.document(state.edge), dependency_edges.document(state.edge, until))
        return Change(state.edge, "DEPENDENCY", consumer_id, state.consumer.domain, *audited)

    return Write(
        name="dependencyRetire",
        action=Action.WRITE_DEPENDENCY,
        document=[consumer_id, provider_id],
        locks=Locks((consumer_id, provider_id), products=(consumer_id,)),
        touched=Touched((consumer_id,), frozenset({Aspect.EDGES}), (provider_id,)),
        look=look,
        apply=apply,
    )
