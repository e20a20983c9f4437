"""Many products with their contracts and dependencies in one write: a few statements, whatever their number, judged
together, one audit event."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, LiteralString, NamedTuple

from resolvers.contracts.domain_defaults import DomainDefaults, fill_contract, from_json
from resolvers.contracts.gate import breaking_fault, check_bump
from resolvers.contracts.impact import impact_of
from resolvers.contracts.publish import (
    Version,
    carrying,
    check_version,
    create_versions,
    enforce,
    standing,
    version_of,
    withdraw_scheduled,
)
from resolvers.contracts.spec import ContractSpec
from resolvers.graph import projections
from resolvers.graph.store import Transaction
from resolvers.interchange.current_state import stand_of, wanted_contract, wanted_product
from resolvers.interchange.documents import EdgeItem, ProductItem
from resolvers.model.access import Action
from resolvers.model.errors import UserFault, UserFaults
from resolvers.model.records import Contract, Dependency, Domain, Product, ProductStatus
from resolvers.mutations import data_product_transition
from resolvers.mutations.data_product_create import enter_domains, settled
from resolvers.writes import dependency_edges, revisions
from resolvers.writes.dependency_edges import EdgeSpec, Provider
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import Change, Seen, Write

AT = ("contract",)


class Wish(NamedTuple):
    """A dependency between products whose ids are known; `edge.provider` is one."""

    item: EdgeItem
    consumer: str
    edge: EdgeSpec


class Chunk(NamedTuple):
    """`known` are products that are there, by id, of which the documents change `aspects`."""

    new: tuple[ProductItem, ...] = ()
    known: Mapping[str, ProductItem] = {}
    wishes: tuple[Wish, ...] = ()
    aspects: frozenset[Aspect] = frozenset()

    @property
    def size(self) -> int:
        return len(self.new) + len(self.known) + len(self.wishes)


class Written(NamedTuple):
    """How much a chunk added and changed."""

    new: int
    changed: int
    edges: int


class Home(NamedTuple):
    """A domain with its parsed defaults."""

    domain: Domain
    defaults: DomainDefaults


class Found(NamedTuple):
    homes: dict[str, Home]
    stands: list[tuple[Product, Contract | None]]


class Made(NamedTuple):
    """What a document makes of its product; `version` is its contract's when that is new."""

    product: Product
    version: Version | None


def plan(chunk: Chunk) -> Write:
    """`thing` is `Written`. Its faults and violations name what is at fault by `extra["at"]` and by product ids."""
    names = sorted({item.draft.product.domain for item in (*chunk.new, *chunk.known.values())})

    async def look(tx: Transaction, products: Products) -> Seen:
        found, domains = await find(tx, chunk, names)
        return Seen(found, domains)

    async def apply(tx: Transaction, found: Found, now: str) -> Change:
        return await write_all(tx, chunk, found, now)

    products = tuple(dict.fromkeys((*new_ids(chunk), *chunk.known, *(wish.consumer for wish in chunk.wishes))))
    providers = tuple(dict.fromkeys(wish.edge.provider for wish in chunk.wishes))
    return Write(
        name="import",
        action=Action.WRITE_PRODUCT,
        document=None,
        locks=Locks(tuple(chunk.known)),
        touched=Touched(products, chunk.aspects, providers),
        look=look,
        apply=apply,
    )


def new_ids(chunk: Chunk) -> Iterator[str]:
    return (item.draft.product.id for item in chunk.new)


FIND: LiteralString = f"""
CALL () {{
  UNWIND $given.known AS id MATCH (p:DataProduct {{id: id}}) OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
  RETURN collect([{projections.PRODUCT}, CASE WHEN c IS NULL THEN null ELSE {projections.CONTRACT} END]) AS stands
}}
CALL () {{
  UNWIND $given.domains AS name MATCH (d:Domain {{name: name}}) RETURN collect({projections.DOMAIN}) AS homes
}}
CALL () {{
  UNWIND $given.consumers AS id MATCH (a:DataProduct {{id: id}}) RETURN collect(DISTINCT a.domain) AS domains
}}
RETURN [stands, homes, domains]
"""


async def find(tx: Transaction, chunk: Chunk, names: list[str]) -> tuple[Found, tuple[str, ...]]:
    """Also the names of the domains in which the caller needs the right."""
    given = {
        "known": list(chunk.known),
        "domains": names,
        "consumers": sorted({wish.consumer for wish in chunk.wishes}),
    }
    rows, homes, domains = await tx.run(FIND, given=given)
    records = [Domain(*row) for row in homes]
    found = {record.name: Home(record, from_json(record.defaults_json)) for record in records}
    return Found(found, [stand_of(row) for row in rows]), tuple(sorted({*names, *(name for name in domains if name)}))


async def write_all(tx: Transaction, chunk: Chunk, found: Found, now: str) -> Change:
    created = made_new(chunk, found, now)
    changed = await made_known(tx, chunk, found, now)
    made = [*created, *changed]
    await create_products(tx, created)
    versions = [one.version for one in changed if one.version]
    if versions:
        await create_versions(tx, versions)
        await enforce(tx, [version.contract["id"] for version in versions], now)
    if changed:
        await revisions.save_revisions(tx, [one.product for one in changed])
    edges = await write_edges(tx, chunk, now)
    told = [{"id": one.id, "urn": one.urn, "revision": one.revision} for one, _ in made]
    return Change(
        thing=Written(len(created), len(changed), len(edges)),
        subject_kind="BATCH",
        subject_id="import",
        after={"products": told, "dependencies": [[edge.consumer_id, edge.provider_id] for edge in edges]},
        touched=touched_by(chunk, made, edges),
        changed=bool(made or edges),
        last=partial(enter_domains, [one.product.id for one in created]) if created else None,
    )


# What `create_product` writes by several texts, for products that nobody else has yet: a third of the time. The urn's
# constraint raises `AlreadyThere` when somebody was faster.
CREATE: LiteralString = """
UNWIND $created.products AS row
CREATE (p:DataProduct)-[:HAS_REVISION]->(v:ProductRevision)
SET p = row.properties, v = row.revision
FOREACH (version IN row.versions |
  CREATE (p)-[:HAS_CONTRACT]->(c:DataContract)
  SET c = version.contract
  FOREACH (field IN version.fields | CREATE (c)-[:HAS_FIELD]->(f:ContractField) SET f = field)
)
RETURN count(*)
"""


async def create_products(tx: Transaction, made: list[Made]) -> None:
    if made:
        await tx.run(CREATE, created={"products": [row_of(one) for one in made]})


def row_of(made: Made) -> dict[str, Any]:
    return {
        "properties": {**revisions.node_properties(made.product), **field_copies(made.version)},
        "revision": revisions.revision_properties(made.product),
        "versions": [made.version._asdict()] if made.version else [],
    }


def field_copies(version: Version | None) -> dict[str, list[str]]:
    """What the product carries of its contract's fields for full text, as `enforce` sets it."""
    if version is None:
        return {}
    words = dict.fromkeys(field["searchWords"] for field in version.fields if field["searchWords"] != field["name"])
    return {"fieldNames": sorted({field["name"] for field in version.fields}), "fieldWords": list(words)}


def touched_by(chunk: Chunk, made: list[Made], edges: list[Dependency]) -> Touched:
    products = dict.fromkeys((*(one.product.id for one in made), *(edge.consumer_id for edge in edges)))
    ends = dict.fromkeys(edge.provider_id for edge in edges if edge.provider_id not in products)
    return Touched(tuple(products), chunk.aspects, tuple(ends))


def made_new(chunk: Chunk, found: Found, now: str) -> list[Made]:
    made, faults = [], []
    for item in chunk.new:
        home = found.homes[item.draft.product.domain]
        product = settled(item.draft, home.domain, home.defaults, now)
        try:
            version = version_for(item, item.draft.contract, product, home, now)
        except UserFault as fault:
            faults.append(placed(fault, item))
            continue
        made.append(Made(carrying(product, version.record) if version else product, version))
    raise_any(faults)
    return made


def version_for(item: ProductItem, spec: ContractSpec | None, product: Product, home: Home, now: str) -> Version | None:
    if spec is None:
        return None
    filled = fill_contract(spec, home.defaults, product.name, AT)
    return version_of(product.id, filled, now, item.fields)


async def made_known(tx: Transaction, chunk: Chunk, found: Found, now: str) -> list[Made]:
    made, faults = [], []
    for current, contract in found.stands:
        item = chunk.known[current.id]
        try:
            one = await made_of(tx, item, current, contract, found.homes[current.domain], now)
        except UserFault as fault:
            faults.append(placed(fault, item))
            continue
        if one is not None:
            made.append(one)
    raise_any(faults)
    return made


async def made_of(
    tx: Transaction, item: ProductItem, current: Product, contract: Contract | None, home: Home, now: str
) -> Made | None:
    """None when all is so already. Raises `UserFault` where the mutations would have refused."""
    wanted = wanted_product(item, current)
    if wanted.status != current.status:
        data_product_transition.check(current, ProductStatus(wanted.status))
    spec = wanted_contract(item, contract)
    version = None
    if spec is not None:
        version = version_for(item, spec, current, home, now)
        await check_publishable(tx, current, fill_contract(spec, home.defaults, current.name, AT))
    if version is not None:
        wanted = carrying(wanted, version.record)
    return None if wanted == current else Made(revisions.bump(wanted, now), version)


async def check_publishable(tx: Transaction, product: Product, spec: ContractSpec) -> None:
    """What `dataContractPublish` asks: the next version, high enough for what it changes, and nobody broken by it."""
    known = await standing(tx, product.id, spec.version)
    check_version(spec.version, known)
    impact = await impact_of(tx, known.current, spec)
    check_bump(impact)
    if impact.affected and known.current is not None:
        raise breaking_fault(impact)
    if known.due is not None:
        await withdraw_scheduled(tx, product.id)


async def write_edges(tx: Transaction, chunk: Chunk, now: str) -> list[Dependency]:
    """Those that are new or different."""
    if not chunk.wishes:
        return []
    fresh = frozenset(new_ids(chunk))
    asked = [wish for wish in chunk.wishes if wish.consumer not in fresh or promises(wish.edge)]
    ends = await dependency_edges.find_ends(tx, [(wish.consumer, wish.edge) for wish in asked]) if asked else {}
    faults, changed = [], []
    for wish in chunk.wishes:
        provider = ends.get((wish.consumer, wish.edge.provider)) or unasked(wish.edge)
        faults += [placed(fault, wish.item) for fault in dependency_edges.broken_promises(wish.edge, provider)]
        edge = dependency_edges.wanted_edge(wish.consumer, wish.edge, provider, now)
        if edge != dependency_edges.before(provider):
            changed.append(edge)
    raise_any(faults)
    await dependency_edges.replace_edges(tx, changed)
    return changed


def promises(edge: EdgeSpec) -> bool:
    """Whether it names something that the provider must have."""
    return edge.fields is not None or edge.contract_version is not None


def unasked(edge: EdgeSpec) -> Provider:
    """Of a new consumer, which has no edge yet, for an edge that names nothing."""
    return Provider(edge.provider, "", False, False, [], None)


def placed(fault: UserFault, item: ProductItem | EdgeItem) -> UserFault:
    return UserFault(fault.code, fault.message, fault.field, {**fault.extra, "item": item})


def raise_any(faults: list[UserFault]) -> None:
    if faults:
        raise UserFaults(faults)
