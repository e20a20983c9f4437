"""Creates a data product, with its contract and its dependencies in the same governed write."""

from functools import partial
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers import checks, dependency_edges, projections, revisions
from resolvers.caller import Action, Caller
from resolvers.contracting.publish import apply_contract
from resolvers.contracting.spec import ContractSpec
from resolvers.dependency_edges import EdgeSpec, Provider
from resolvers.domain_defaults import contract_of, fill_access_points, fill_contract, from_json
from resolvers.errors import UserErrorCode, UserFault, UserFaults
from resolvers.ids import Prefix, new_id, product_urn
from resolvers.locking import Locks
from resolvers.mutations.inputs import DependencyInput, ProductInput
from resolvers.records import Contract, Domain, Product, ProductStatus, ProductType
from resolvers.store import Store, Transaction
from resolvers.verdicts import EVERYTHING, Touched
from resolvers.writing import DEFAULTS, Change, Outcome, Seen, Write, WriteOptions, write

INPUT = ("input",)
FIRST_VERSION = "1.0.0"


class Draft(NamedTuple):
    """A checked input. `product` lacks what only its domain knows; `access_points` None: the domain's patterns."""

    product: Product
    access_points: list[dict[str, str]] | None
    contract: ContractSpec | None
    edges: tuple[EdgeSpec, ...]


class Found(NamedTuple):
    domain: Domain | None
    providers: dict[str, Provider]


async def create_product(
    store: Store, caller: Caller, given: ProductInput, options: WriteOptions = DEFAULTS
) -> Outcome:
    """`thing` is the `Product`; `extra` has its `contract` (or None) and its `dependencies`.

    Faults: INVALID_INPUT, INVALID_CONTRACT, NOT_FOUND (domain, provider, field, pinned version), ALREADY_EXISTS,
    FORBIDDEN.
    """
    return await write(store, caller, Action.WRITE_PRODUCT, lambda: plan(given), options)


def plan(given: ProductInput) -> Write:
    draft = check(given)
    providers = tuple(edge.provider for edge in draft.edges)

    async def look(tx: Transaction) -> Seen:
        found = await find(tx, draft)
        return Seen(found, (given.domain,), _absent(draft, found))

    async def apply(tx: Transaction, found: Found, now: str) -> Change:
        assert found.domain is not None
        product, contract, edges = await create(tx, draft, found.domain, found.providers, now)
        after = {**revisions.document(product), "dependencies": [dependency_edges.document(edge) for edge in edges]}
        extra = {"contract": contract, "dependencies": edges}
        last = partial(_enter_domain, product)
        return Change(product, "DATA_PRODUCT", product.id, product.domain, None, after, extra=extra, last=last)

    return Write(
        name="dataProductCreate",
        action=Action.WRITE_PRODUCT,
        document=given,
        locks=Locks(),  # the providers are touched; the domain is locked last
        touched=Touched((draft.product.id,), EVERYTHING, providers),
        look=look,
        apply=apply,
    )


def check(given: ProductInput) -> Draft:
    """Raises `UserFaults` with all that is wrong and can be known without the graph."""
    faults = checks.Faults()
    product = _checked_product(faults, given)
    points = given.access_points
    draft = Draft(
        product=product,
        access_points=None if points is None else checks.access_points(faults, points, (*INPUT, "accessPoints")),
        contract=_checked_contract(faults, given.contract),
        edges=_checked_edges(faults, product.id, given.dependencies or ()),
    )
    faults.raise_any()
    return draft


def _checked_product(faults: checks.Faults, given: ProductInput) -> Product:
    name = checks.name(faults, given.name, (*INPUT, "name"))
    if not checks.NAME.fullmatch(given.domain):
        faults.add((*INPUT, "domain"), "There is no domain of that name.", UserErrorCode.NOT_FOUND)
    if given.type not in ProductType.__members__:
        faults.add((*INPUT, "type"), f"A type is one of {', '.join(ProductType)}.")
    team = given.owner_team
    return Product(
        id=new_id(Prefix.PRODUCT),
        urn=product_urn(given.domain, name),
        name=name,
        description=checks.description(faults, given.description, (*INPUT, "description")),
        domain=given.domain,
        domain_id="",
        owner_team="" if team is None else checks.text(faults, team, (*INPUT, "ownerTeam")),
        type=str(given.type),
        status=ProductStatus.DEVELOPMENT.value,
        version=FIRST_VERSION if given.version is None else checks.version(faults, given.version, (*INPUT, "version")),
        tags=checks.tags(faults, given.tags, (*INPUT, "tags")),
        metadata_json=checks.metadata(faults, given.metadata, (*INPUT, "metadata")),
        access_points_json="[]",
        contract_id=None,
        classification=None,
        revision=1,
        created_at="",
        updated_at="",
    )


def _checked_contract(faults: checks.Faults, given: Any) -> ContractSpec | None:
    if given is None:
        return None
    try:
        return contract_of(given, (*INPUT, "contract"))
    except UserFaults as several:
        faults.extend(several)
        return None


def _checked_edges(faults: checks.Faults, consumer: str, given: Any) -> tuple[EdgeSpec, ...]:
    if len(given) > dependency_edges.MAX_DEPENDENCIES:
        faults.add((*INPUT, "dependencies"), f"At most {dependency_edges.MAX_DEPENDENCIES} dependencies at once.")
        return ()
    edges = [_checked_edge(faults, consumer, one, (*INPUT, "dependencies", str(at))) for at, one in enumerate(given)]
    named = [edge.provider for edge in edges]
    for at, provider in enumerate(named):
        if provider and provider in named[:at]:
            faults.add((*INPUT, "dependencies", str(at), "provider"), f"'{provider}' is named twice.")
    return tuple(edges)


def _checked_edge(faults: checks.Faults, consumer: str, given: DependencyInput, at: checks.Path) -> EdgeSpec:
    if not given.provider:
        faults.add((*at, "provider"), "Name the provider by its id.")
    return dependency_edges.checked_edge(faults, consumer, given.provider or "", given, at, (*at, "provider"))


DOMAIN: LiteralString = f"MATCH (d:Domain {{name: $name}}) RETURN {projections.DOMAIN}"


async def find_domain(tx: Transaction, name: str) -> Domain | None:
    row = await tx.run(DOMAIN, name=name)
    return None if row is None else Domain(*row)


LOOK: LiteralString = f"""
CALL () {{
  OPTIONAL MATCH (d:Domain {{name: $name}})
  RETURN CASE WHEN d IS NULL THEN null ELSE {projections.DOMAIN} END AS domain
}}
CALL () {{ {dependency_edges.PROVIDERS} }}
RETURN [domain, providers]
"""


async def find(tx: Transaction, draft: Draft) -> Found:
    consumer, edges = draft.product.id, dependency_edges.asked(draft.edges)
    domain, providers = await tx.run(LOOK, name=draft.product.domain, consumer=consumer, edges=edges)
    return Found(Domain(*domain) if domain else None, dependency_edges.providers_of(providers))


def _absent(draft: Draft, found: Found) -> tuple[UserFault, ...]:
    name = draft.product.domain
    no_domain = UserFault(
        UserErrorCode.NOT_FOUND, f"There is no domain '{name}': register it first.", (*INPUT, "domain")
    )
    absent = dependency_edges.missing_providers(draft.edges, found.providers)
    return absent if found.domain else (no_domain, *absent)


async def create(
    tx: Transaction, draft: Draft, domain: Domain, providers: dict[str, Provider], now: str
) -> tuple[Product, Contract | None, list[Any]]:
    """The steps of the creation in an open transaction that has locked the domain and the providers."""
    dependency_edges.check_promises(draft.edges, providers)
    defaults = from_json(domain.defaults_json)
    points = draft.access_points
    if points is None:
        points = fill_access_points(defaults, domain.name, draft.product.name)
    product = draft.product._replace(
        domain_id=domain.id,
        owner_team=draft.product.owner_team or domain.owner_team,
        access_points_json=orjson.dumps(points).decode(),
        created_at=now,
        updated_at=now,
    )
    await _claim(tx, product)
    contract = None
    if draft.contract is not None:
        spec = fill_contract(draft.contract, defaults, product.name, (*INPUT, "contract"))
        product, contract = await _publish(tx, product, spec, now)
    await revisions.save_revision(tx, product)
    edges = await dependency_edges.declare_edges(tx, product.id, draft.edges, providers, now)
    return product, contract, edges


async def _publish(tx: Transaction, product: Product, spec: ContractSpec, now: str) -> tuple[Product, Contract]:
    try:
        published = await apply_contract(tx, product, spec, now)
    except UserFault as fault:
        raise UserFault(fault.code, fault.message, (*INPUT, *fault.field)) from None
    return published.product, published.contract


CLAIM: LiteralString = """
MERGE (p:DataProduct {urn: $urn})
ON CREATE SET p.id = $id
RETURN p.id = $id
"""


async def _claim(tx: Transaction, product: Product) -> None:
    """Makes the node, of which `save_revision` writes the rest. Raises `UserFault` when the urn is taken."""
    if not await tx.run(CLAIM, urn=product.urn, id=product.id):
        message = f"Domain '{product.domain}' has a data product named '{product.name}' already."
        raise UserFault(UserErrorCode.ALREADY_EXISTS, message, (*INPUT, "name"))


# Linking locks the domain (until it has some fifty products) for every other creation in it, hence last.
ENTER: LiteralString = """
MATCH (p:DataProduct {id: $id}), (d:Domain {id: $domain_id})
CREATE (p)-[:IN_DOMAIN]->(d)
RETURN p.id
"""


async def _enter_domain(product: Product, tx: Transaction) -> None:
    await tx.run(ENTER, id=product.id, domain_id=product.domain_id)
