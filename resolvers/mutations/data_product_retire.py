"""Retires a deprecated data product: it leaves discovery and present lineage, and keeps its urn and its history."""

from typing import LiteralString, NamedTuple

from resolvers.governance.governed_write import write
from resolvers.graph.projections import DEPENDENCY
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Dependency, Product, ProductStatus
from resolvers.mutations.data_product_transition import check_from
from resolvers.mutations.data_product_update import change_product
from resolvers.mutations.locked_product import see_product
from resolvers.writes import dependency_edges
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

NAMED = 20


class ProductAndConsumers(NamedTuple):
    product: Product
    consumers: list[str]
    edges: list[Dependency]


async def retire_product(store: Store, caller: Caller, product_id: str, options: WriteOptions = DEFAULTS) -> Outcome:
    """`thing` is the `Product`, RETIRED; its own dependencies end with it.

    Faults: INVALID_TRANSITION (it is not DEPRECATED, or has consumers, which are named), NOT_FOUND, FORBIDDEN,
    REVISION_CONFLICT.
    """
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(product_id), options)


# Under the product's lock no edge to or from it can come or go.
EDGES: LiteralString = f"""
RETURN [
  COLLECT {{ MATCH (a:DataProduct)-[:DEPENDS_ON]->(:DataProduct {{id: $id}}) RETURN a.urn ORDER BY a.urn }},
  COLLECT {{ MATCH (a:DataProduct {{id: $id}})-[r:DEPENDS_ON]->(b:DataProduct) RETURN {DEPENDENCY} ORDER BY b.urn }}
]
"""


def plan(product_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        state = see_product(products, product_id)
        if state.faults:
            return state
        consumers, edges = await tx.run(EDGES, id=product_id)
        return state._replace(state=ProductAndConsumers(state.state, consumers, [Dependency(*row) for row in edges]))

    async def apply(tx: Transaction, state: ProductAndConsumers, now: str) -> Change:
        check_from(state.product, ProductStatus.DEPRECATED, ProductStatus.RETIRED)
        if state.consumers:
            more = f" and {len(state.consumers) - NAMED} more" if len(state.consumers) > NAMED else ""
            message = f"'{state.product.name}' still has consumers: {', '.join(state.consumers[:NAMED])}{more}."
            raise UserFault(UserErrorCode.INVALID_TRANSITION, message, ("id",))
        for edge in state.edges:
            await dependency_edges.retire_edge(tx, edge, now)
        change = change_product(state.product, state.product._replace(status=ProductStatus.RETIRED.value), now)
        ended = [dependency_edges.document(edge) for edge in state.edges]
        return change._replace(before={**(change.before or {}), "dependencies": ended})

    return Write(
        name="dataProductRetire",
        action=Action.WRITE_PRODUCT,
        document=[product_id],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset({Aspect.STATUS})),
        look=look,
        apply=apply,
    )
