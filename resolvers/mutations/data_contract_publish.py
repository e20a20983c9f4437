"""Publishes the next contract version of a product. It is immutable, takes effect immediately or at its date, and
supersedes the previous version.

A version that breaks consumers is refused with the list of these consumers, or becomes a change request.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

from resolvers.contracts.change_requests import RequestTerms, open_request
from resolvers.contracts.change_requests import document as change_request_document
from resolvers.contracts.domain_defaults import contract_of, fill_contract, from_json
from resolvers.contracts.gate import breaking_fault, check_bump
from resolvers.contracts.impact import Impact, impact_of
from resolvers.contracts.publish import (
    Standing,
    apply_contract,
    check_version,
    create_version,
    document,
    standing,
    withdraw_scheduled,
)
from resolvers.contracts.report import report_of
from resolvers.contracts.spec import ContractSpec
from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Contract, Domain, Product
from resolvers.mutations.data_product_create import find_domain
from resolvers.mutations.inputs import ChangeRequestInput
from resolvers.mutations.locked_product import see_product
from resolvers.writes import revisions, validation
from resolvers.writes.judgement import NOTHING, Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

AT = ("contract",)
MAX_REASON = 2_000
DEFAULT_DEADLINE: Final = timedelta(days=14)


class ProductAndDomain(NamedTuple):
    product: Product
    domain: Domain


async def publish_contract(
    store: Store,
    caller: Caller,
    product_id: str,
    payload: Mapping[str, Any],
    options: WriteOptions = DEFAULTS,
    change_request: ChangeRequestInput | None = None,
) -> Outcome:
    """`payload` has the keys of DataContractInput; what it leaves out comes from the domain's defaults.

    `thing` is the `Contract`; None when `change_request` opened a change request instead, which is then in
    `extra["change_request"]`.
    `extra["diff"]` is the `DiffReport` against the version in force, also when refused. `expected_revision` is the
    product's. Faults: INVALID_CONTRACT, WRONG_VERSION (the bump is too small), BREAKING_CHANGE (live consumers use what
    changes), INVALID_INPUT (`change_request`), NOT_FOUND, FORBIDDEN, REVISION_CONFLICT.
    """
    return await write(
        store, caller, Action.PUBLISH_CONTRACT, lambda: plan(caller, product_id, payload, change_request), options
    )


def plan(
    caller: Caller, product_id: str, payload: Mapping[str, Any], change_request: ChangeRequestInput | None = None
) -> Write:
    spec = contract_of(payload, AT)
    checked_request = None if change_request is None else checked_ask(change_request)

    async def look(tx: Transaction, products: Products) -> LockedState:
        state = see_product(products, product_id, ("productId",))
        if state.faults:
            return state
        domain = await find_domain(tx, state.state.domain)
        assert domain is not None
        return state._replace(state=ProductAndDomain(state.state, domain))

    async def apply(tx: Transaction, state: ProductAndDomain, now: str) -> Change:
        return await publish(tx, caller, state, spec, checked_request, now)

    return Write(
        name="dataContractPublish",
        action=Action.PUBLISH_CONTRACT,
        document=[product_id, payload, change_request],
        locks=Locks((product_id,), products=(product_id,)),
        touched=Touched((product_id,), frozenset({Aspect.CONTRACT})),
        look=look,
        apply=apply,
    )


async def publish(
    tx: Transaction,
    caller: Caller,
    state: ProductAndDomain,
    spec: ContractSpec,
    change_request: RequestTerms | None,
    now: str,
) -> Change:
    product = state.product
    filled = fill_contract(spec, from_json(state.domain.defaults_json), product.name, AT)
    standing_contracts = await standing(tx, product.id, filled.version)
    impact = await impact_of(tx, standing_contracts.current, filled)
    check_version(filled.version, standing_contracts, {"diff": report_of(impact)})
    check_bump(impact)
    if change_request is not None:
        check_dates(change_request, now)
    if impact.affected and standing_contracts.current is not None:
        if change_request is None:
            raise breaking_fault(impact)
        return await open_change_request(
            tx, caller, product, standing_contracts.current, filled, impact, change_request, now
        )
    if change_request is not None and change_request.effective_from is not None:
        return await schedule(tx, product, filled, standing_contracts, impact, change_request.effective_from, now)
    published = await apply_contract(tx, product, filled, now, standing_contracts)
    after = revisions.bump(published.product, now)
    extra = {"product": after, "diff": report_of(impact)}
    contract, before = published.contract, published.previous and document(published.previous)
    about = ("DATA_CONTRACT", contract.id, product.domain)
    return Change(contract, *about, before, document(contract), extra=extra, unsaved=(after,))


async def schedule(
    tx: Transaction, product: Product, spec: ContractSpec, published: Standing, impact: Impact, at: str, now: str
) -> Change:
    """Nobody has to be asked, and the version waits for its date all the same; the policies judge it then."""
    if published.due is not None:
        await withdraw_scheduled(tx, product.id)
    contract = await create_version(tx, product.id, spec, at, now)
    extra = {"product": product, "diff": report_of(impact)}
    audited = document(contract) | {"validFrom": contract.valid_from}
    before = published.current and document(published.current)
    return Change(contract, "DATA_CONTRACT", contract.id, product.domain, before, audited, NOTHING, extra)


async def open_change_request(
    tx: Transaction,
    caller: Caller,
    product: Product,
    current: Contract,
    spec: ContractSpec,
    impact: Impact,
    change_request: RequestTerms,
    now: str,
) -> Change:
    """Nothing of the product changes yet, so no policy is asked: they judge the publication."""
    opened = await open_request(tx, current, product.domain, spec, impact, change_request, caller.name, now)
    extra = {"change_request": opened, "diff": report_of(impact)}
    after = change_request_document(opened)
    return Change(None, "CHANGE_REQUEST", opened.id, product.domain, None, after, NOTHING, extra)


def checked_ask(payload: ChangeRequestInput) -> RequestTerms:
    """The deadline is 14 days from now unless given, and never later than the date from which the contract holds."""
    faults = validation.Faults()
    at = ("openChangeRequest",)
    reason = validation.text(faults, payload.reason, (*at, "reason"), MAX_REASON)
    faults.raise_any()
    deadline = payload.deadline or clock.to_text(clock.from_text(clock.now()) + DEFAULT_DEADLINE)
    if payload.deadline is None and payload.effective_from is not None:
        deadline = min(deadline, payload.effective_from)
    return RequestTerms(deadline, payload.effective_from, reason)


def check_dates(change_request: RequestTerms, now: str) -> None:
    if change_request.effective_from is not None and change_request.effective_from <= now:
        message = "This date has passed: give a later one, or leave it out to take effect when published."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("openChangeRequest", "effectiveFrom"))
    if change_request.deadline <= now:
        message = "The deadline has passed already."
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("openChangeRequest", "deadline"))
    if change_request.effective_from is not None and change_request.deadline > change_request.effective_from:
        message = (
            f"The deadline {change_request.deadline} is after effectiveFrom {change_request.effective_from}: "
            "give an earlier one."
        )
        raise UserFault(UserErrorCode.INVALID_INPUT, message, ("openChangeRequest", "deadline"))
