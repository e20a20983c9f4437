"""Publishes the contract of a change request that every affected domain has agreed to."""

from typing import LiteralString

from resolvers.contracts import change_requests
from resolvers.contracts.change_requests import ChangeRequest, Decision, Status, proposed
from resolvers.contracts.gate import breaking_fault
from resolvers.contracts.impact import Impact, impact_of
from resolvers.contracts.publish import (
    apply_contract,
    check_version,
    create_version,
    document,
    standing,
    withdraw_scheduled,
)
from resolvers.contracts.report import report_of
from resolvers.contracts.spec import STORED, ContractSpec
from resolvers.contracts.usage import Affected, domains_of
from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Contract, Product
from resolvers.mutations.locked_change_request import check_open, see_request
from resolvers.mutations.locked_product import find_product
from resolvers.writes import revisions
from resolvers.writes.judgement import NOTHING, Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

PRODUCT_OF: LiteralString = "MATCH (q:ChangeRequest {id: $id}) RETURN q.productId"


async def publish_change_request(
    store: Store, caller: Caller, identifier: str, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Contract`: in force now, or from the request's `effective_from`, both versions served until then.
    `extra` holds `change_request` and `diff`.

    Faults: NOT_FOUND, FORBIDDEN, INVALID_TRANSITION (closed, or a domain has yet to agree), BREAKING_CHANGE (consumers
    that came since have not been asked).
    """
    # What is locked must be known before the transaction; which product a request is about never changes.
    product_id = await store.read(PRODUCT_OF, id=identifier) or ""
    return await write(store, caller, Action.PUBLISH_CONTRACT, lambda: plan(identifier, product_id), options)


def plan(identifier: str, product_id: str) -> Write:
    async def look(tx: Transaction, products: Products) -> LockedState:
        return await see_request(tx, identifier, None)

    async def apply(tx: Transaction, request: ChangeRequest, now: str) -> Change:
        product = await find_product(tx, product_id)
        assert product is not None  # a request's product is never deleted
        check_agreed(request, now)
        return await publish(tx, product, request, now)

    return Write(
        name="changeRequestPublish",
        action=Action.PUBLISH_CONTRACT,
        document=[identifier],
        locks=Locks((identifier, product_id)),
        touched=Touched((product_id,), frozenset({Aspect.CONTRACT})),
        look=look,
        apply=apply,
    )


def check_agreed(request: ChangeRequest, now: str) -> None:
    check_open(request, now)
    waiting = [approval.domain for approval in request.approvals if approval.decision != Decision.APPROVED]
    if waiting:
        message = f"These domains have yet to agree: {', '.join(waiting)}."
        raise UserFault(UserErrorCode.INVALID_TRANSITION, message, ("id",))


async def publish(tx: Transaction, product: Product, request: ChangeRequest, now: str) -> Change:
    spec = ContractSpec.model_validate(proposed(request), context=STORED)
    published = await standing(tx, product.id, spec.version)
    check_version(spec.version, published)
    impact = await impact_of(tx, published.current, spec)
    check_no_new_consumers(request, impact)
    contract, after = await take_effect(tx, product, spec, request.effective_from, now)
    closed = await change_requests.close(tx, request.id, Status.PUBLISHED, now, contract.id)
    extra = {"product": after or product, "change_request": closed, "diff": report_of(impact)}
    before = published.current and document(published.current)
    audited = document(contract) | {"changeRequest": request.id, "validFrom": contract.valid_from}
    # Nothing of the product changes before the date, and then the policies judge it.
    touched = None if after else NOTHING
    about = ("DATA_CONTRACT", contract.id, product.domain)
    return Change(contract, *about, before, audited, touched, extra, unsaved=(after,) if after else ())


def check_no_new_consumers(request: ChangeRequest, impact: Impact) -> None:
    """Consumers may have come, or gone on to use more, since the domains agreed."""
    agreed = {urn for approval in request.approvals for urn in approval.products}
    missed: tuple[Affected, ...] = tuple(consumer for consumer in impact.affected if consumer.urn not in agreed)
    if missed:
        fault = breaking_fault(impact._replace(affected=missed))
        message = f"Since this was opened, consumers came that were not asked ({', '.join(domains_of(missed))}). "
        raise UserFault(fault.code, message + fault.message, ("id",), fault.extra)


async def take_effect(
    tx: Transaction, product: Product, spec: ContractSpec, effective_from: str | None, now: str
) -> tuple[Contract, Product | None]:
    """The contract, and the product's new revision, still to be saved, when it is in force at once."""
    if effective_from is not None and effective_from > now:
        await withdraw_scheduled(tx, product.id)
        return await create_version(tx, product.id, spec, effective_from, now), None
    published = await apply_contract(tx, product, spec, now)
    return published.contract, revisions.bump(published.product, now)
