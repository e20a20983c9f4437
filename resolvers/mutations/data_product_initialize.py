"""Initializes a data product: its infrastructure plan is made and recorded, and it moves to TESTING, in one write."""

from typing import LiteralString, NamedTuple

from resolvers.contracts.domain_defaults import from_json
from resolvers.governance.governed_write import write
from resolvers.graph.projections import CONTRACT
from resolvers.graph.store import Store, Transaction
from resolvers.infrastructure.plan import InfrastructurePlan, make_plan
from resolvers.infrastructure.recording import plan_digest, record_plan
from resolvers.model.access import Action, Caller
from resolvers.model.records import Contract, Product, ProductStatus
from resolvers.mutations.data_product_transition import check
from resolvers.mutations.data_product_update import change_product
from resolvers.mutations.locked_product import see_product
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions


class ProductAndPlan(NamedTuple):
    product: Product
    plan: InfrastructurePlan


async def initialize_product(
    store: Store, caller: Caller, product_id: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Product`, in TESTING. Faults: INVALID_TRANSITION, NOT_FOUND, FORBIDDEN, REVISION_CONFLICT."""
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(caller, product_id), options)


TERMS: LiteralString = f"""
MATCH (p:DataProduct {{id: $id}})
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
OPTIONAL MATCH (d:Domain {{id: p.domainId}})
RETURN [CASE WHEN c IS NULL THEN null ELSE {CONTRACT} END, d.defaultsJson]
"""


def plan(caller: Caller, product_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        state = see_product(products, product_id)
        if state.faults:
            return state
        contract, defaults = await tx.run(TERMS, id=product_id)
        terms = Contract(*contract) if contract else None
        made = make_plan(state.state, terms, from_json(defaults or "{}").infrastructure)
        return state._replace(state=ProductAndPlan(state.state, made))

    async def apply(tx: Transaction, state: ProductAndPlan, now: str) -> Change:
        check(state.product, ProductStatus.TESTING)
        change = change_product(state.product, state.product._replace(status=ProductStatus.TESTING.value), now)

        async def last(tx: Transaction) -> None:
            await record_plan(tx, product_id, state.plan, caller.name, now)

        recorded = {"infrastructurePlan": plan_digest(state.plan)}
        return change._replace(last=last, after={**(change.after or {}), **recorded})

    return Write(
        name="dataProductInitialize",
        action=Action.WRITE_PRODUCT,
        document=[product_id],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset({Aspect.STATUS})),
        look=look,
        apply=apply,
    )
