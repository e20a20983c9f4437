"""Creates a data product, with its contract and its dependencies in the same governed write."""

from collections.abc import Sequence
from functools import partial
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.contracts.domain_defaults import DomainDefaults, fill_access_points, fill_contract, from_json
from resolvers.contracts.publish import NO_CONTRACT, apply_contract
from resolvers.contracts.spec import ContractSpec
from resolvers.governance.governed_write import write
from resolvers.graph import projections
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.records import Contract, Domain, Product
from resolvers.mutations.inputs import ProductInput
from resolvers.mutations.product_draft import INPUT, Draft, check
from resolvers.writes import dependency_edges, revisions
from resolvers.writes.dependency_edges import Provider
from resolvers.writes.judgement import EVERYTHING, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions


class NewProductState(NamedTuple):
    """`claimed`: the urn is this write's from now on; False when another product has it."""

    claimed: bool
    domain: Domain | None
    providers: dict[str, Provider]


async def create_product(
    store: Store, caller: Caller, payload: ProductInput, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Product`; `extra` has its `contract` (or None) and its `dependencies`.

    Faults: INVALID_INPUT, INVALID_CONTRACT, NOT_FOUND (domain, provider, field, pinned version), ALREADY_EXISTS,
    FORBIDDEN.
    """
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(payload), options)


def plan(payload: ProductInput) -> Write:
    draft = check(payload)
    providers = tuple(edge.provider for edge in draft.edges)

    async def look(tx: Transaction, products: Products) -> LockedState:
        state = await claim(tx, draft)
        return LockedState(state, (payload.domain,), _absent(draft, state))

    async def apply(tx: Transaction, state: NewProductState, now: str) -> Change:
        assert state.domain is not None
        check_claim(draft.product, state)
        product, contract, edges = await create(tx, draft, state.domain, state.providers, now)
        after = {**revisions.document(product), "dependencies": [dependency_edges.document(edge) for edge in edges]}
        extra = {"contract": contract, "dependencies": edges}
        last = partial(enter_domains, [product.id])
        about = ("DATA_PRODUCT", product.id, product.domain)
        return Change(product, *about, None, after, extra=extra, last=last, unsaved=(product,))

    return Write(
        name="dataProductCreate",
        action=Action.WRITE_PRODUCT,
        document=payload,
        locks=Locks(),  # the providers are touched; the domain is locked last
        touched=Touched((draft.product.id,), EVERYTHING, providers),
        look=look,
        apply=apply,
    )


DOMAIN: LiteralString = f"MATCH (d:Domain {{name: $name}}) RETURN {projections.DOMAIN}"


async def find_domain(tx: Transaction, name: str) -> Domain | None:
    row = await tx.run(DOMAIN, name=name)
    return None if row is None else Domain(*row)


# Taking the urn is the lock of what isn't there yet. The rest of the node is written with its first revision.
CLAIM: LiteralString = f"""
CALL () {{ MERGE (p:DataProduct {{urn: $product.urn}}) ON CREATE SET p.id = $product.id
  RETURN p.id = $product.id AS claimed }}
CALL () {{
  OPTIONAL MATCH (d:Domain {{name: $product.domain}})
  RETURN CASE WHEN d IS NULL THEN null ELSE {projections.DOMAIN} END AS domain
}}
CALL () {{ {dependency_edges.PROVIDERS} }}
RETURN [claimed, domain, providers]
"""


async def claim(tx: Transaction, draft: Draft) -> NewProductState:
    product = {"id": draft.product.id, "urn": draft.product.urn, "domain": draft.product.domain}
    parameters = dependency_edges.parameters_of(draft.product.id, draft.edges)
    claimed, domain, providers = await tx.run(CLAIM, product=product, parameters=parameters)
    return NewProductState(claimed, Domain(*domain) if domain else None, dependency_edges.providers_of(providers))


def check_claim(product: Product, state: NewProductState) -> None:
    if not state.claimed:
        message = f"Domain '{product.domain}' has a data product named '{product.name}' already."
        message += " If it is retired, dataProductRestore brings it back."
        raise UserFault(UserErrorCode.ALREADY_EXISTS, message, (*INPUT, "name"))


def _absent(draft: Draft, state: NewProductState) -> tuple[UserFault, ...]:
    name = draft.product.domain
    no_domain = UserFault(
        UserErrorCode.NOT_FOUND, f"There is no domain '{name}': register it first.", (*INPUT, "domain")
    )
    absent = dependency_edges.missing_providers(draft.edges, state.providers)
    return absent if state.domain else (no_domain, *absent)


async def create(
    tx: Transaction, draft: Draft, domain: Domain, providers: dict[str, Provider], now: str
) -> tuple[Product, Contract | None, list[Any]]:
    """The steps of the creation in an open transaction that has claimed the urn and locked the providers. The product
    itself is still to be saved."""
    dependency_edges.check_promises(draft.edges, providers)
    defaults = from_json(domain.defaults_json)
    product = settled(draft, domain, defaults, now)
    contract = None
    if draft.contract is not None:
        spec = fill_contract(draft.contract, defaults, product.name, (*INPUT, "contract"))
        product, contract = await _publish(tx, product, spec, now)
    edges = await dependency_edges.declare_edges(tx, product.id, draft.edges, providers, now)
    return product, contract, edges


def settled(draft: Draft, domain: Domain, defaults: DomainDefaults, now: str) -> Product:
    """The product with what its domain fills in; `defaults` are the domain's, parsed."""
    points = draft.access_points
    if points is None:
        points = fill_access_points(defaults, domain.name, draft.product.name)
    return draft.product._replace(
        domain_id=domain.id,
        owner_team=draft.product.owner_team or domain.owner_team,
        access_points_json=orjson.dumps(points).decode(),
        created_at=now,
        updated_at=now,
    )


async def _publish(tx: Transaction, product: Product, spec: ContractSpec, now: str) -> tuple[Product, Contract]:
    try:
        published = await apply_contract(tx, product, spec, now, NO_CONTRACT)
    except UserFault as fault:
        raise UserFault(fault.code, fault.message, (*INPUT, *fault.field)) from None
    return published.product, published.contract


# Linking locks the domain (until it has some fifty products) for every other creation in it, hence last.
ENTER: LiteralString = """
UNWIND $entering.products AS id
MATCH (p:DataProduct {id: id})
MATCH (d:Domain {id: p.domainId})
CREATE (p)-[:IN_DOMAIN]->(d)
RETURN count(*)
"""


async def enter_domains(products: Sequence[str], tx: Transaction) -> None:
    """Links new products, by id, with their domains. Call it after the checks."""
    await tx.run(ENTER, entering={"products": list(products)})
