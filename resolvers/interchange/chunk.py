"""Writes many products with their contracts and dependencies as one write: a fixed number of statements, one judgement,
one audit event for each domain."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, LiteralString, NamedTuple

from resolvers.contracts.domain_defaults import DomainDefaults, fill_contract, from_json, unbound
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
from resolvers.interchange.current_state import (
    completed,
    missing_history,
    stand_of,
    updated_contract,
    updated_product,
)
from resolvers.interchange.documents import EdgeItem, Origin, PastContract, ProductItem
from resolvers.model import clock
from resolvers.model.access import Action
from resolvers.model.errors import UserErrorCode, UserFault, UserFaults
from resolvers.model.records import Contract, ContractStatus, Dependency, Domain, Product, ProductStatus
from resolvers.mutations import data_product_transition
from resolvers.mutations.data_product_create import enter_domains, settled
from resolvers.writes import dependency_edges, revisions, succession
from resolvers.writes.dependency_edges import EdgeSpec, Provider
from resolvers.writes.judgement import Aspect, Touched
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import Change, LockedState, Part, Write

AT = ("contract",)
RETIRED = "It is retired: restore it with dataProductRestore, or leave its document out."


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


class CurrentMesh(NamedTuple):
    """`states` are the known products with their contracts in force and the versions that they have; `domains` those of
    the consumers that are there, by id."""

    homes: dict[str, Home]
    states: list[tuple[Product, Contract | None, list[str]]]
    domains: dict[str, str]


class Made(NamedTuple):
    """What a document makes of its product; `version` is its contract's when that is new, `past` are older ones.
    `origin` is of a new product."""

    product: Product
    version: Version | None
    past: tuple[Version, ...] = ()
    origin: Origin | None = None


def plan(chunk: Chunk) -> Write:
    """`thing` is `Written`. Its faults and violations name what is at fault by `extra["at"]` and by product ids."""
    names = sorted({item.draft.product.domain for item in (*chunk.new, *chunk.known.values())})

    async def look(tx: Transaction, products: Products) -> LockedState:
        current, domains = await find(tx, chunk, names)
        return LockedState(current, domains)

    async def apply(tx: Transaction, current: CurrentMesh, now: str) -> Change:
        return await write_all(tx, chunk, current, now)

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
  UNWIND $payload.known AS id MATCH (p:DataProduct {{id: id}}) OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
  RETURN collect([{projections.PRODUCT}, CASE WHEN c IS NULL THEN null ELSE {projections.CONTRACT} END, COLLECT {{
    MATCH (p)-[:HAS_CONTRACT]->(h:DataContract) RETURN h.version }}]) AS stands
}}
CALL () {{
  UNWIND $payload.domains AS name MATCH (d:Domain {{name: name}}) RETURN collect({projections.DOMAIN}) AS homes
}}
CALL () {{
  UNWIND $payload.consumers AS id MATCH (a:DataProduct {{id: id}}) RETURN collect(DISTINCT [a.id, a.domain]) AS domains
}}
RETURN [stands, homes, domains]
"""


async def find(tx: Transaction, chunk: Chunk, names: list[str]) -> tuple[CurrentMesh, tuple[str, ...]]:
    """Also the names of the domains in which the caller needs the right."""
    payload = {
        "known": list(chunk.known),
        "domains": names,
        "consumers": sorted({wish.consumer for wish in chunk.wishes}),
    }
    rows, homes, domains = await tx.run(FIND, payload=payload)
    records = [Domain(*row) for row in homes]
    current = {record.name: Home(record, from_json(record.defaults_json)) for record in records}
    homes_of = {id: name for id, name in domains if name}
    states = [(*stand_of(row), row[2]) for row in rows]
    return CurrentMesh(current, states, homes_of), tuple(sorted({*names, *homes_of.values()}))


async def write_all(tx: Transaction, chunk: Chunk, current: CurrentMesh, now: str) -> Change:
    faults: list[UserFault] = []
    created = made_new(chunk, current, now, faults)
    changed = await update_existing(tx, chunk, current, now, faults)
    raise_any(faults)
    made = [*created, *changed]
    await create_products(tx, created)
    versions = [one.version for one in changed if one.version]
    past = [version for one in changed for version in one.past]
    if versions or past:
        await create_versions(tx, [*past, *versions])
    if versions:
        await enforce(tx, [version.contract["id"] for version in versions], now)
    if changed:
        await revisions.save_revisions(tx, [one.product for one in changed])
    edges = await write_edges(tx, chunk, now)
    return Change(
        thing=Written(len(created), len(changed), len(edges)),
        subject_kind="BATCH",
        subject_id="import",
        parts=parts_of([one.product for one in made], edges, current.domains),
        touched=touched_by(chunk, made, edges),
        changed=bool(made or edges),
        last=partial(finish, chunk, created, made),
    )


async def finish(chunk: Chunk, created: list[Made], made: list[Made], tx: Transaction) -> None:
    """What takes locks that many wait for. Raises `UserFaults`."""
    if created:
        await enter_domains([one.product.id for one in created], tx)
    changed = {one.product.urn: one.product.successor for one in made if one.product.successor is not None}
    if not changed:
        return
    await tx.run(succession.LOCK)
    items = {item.urn: item for item in (*chunk.new, *chunk.known.values())}
    circles = await succession.circles(tx.run, changed)
    raise_any(
        [
            placed(
                UserFault(UserErrorCode.INVALID_INPUT, succession.circle_message(circle), ("successor",)), items[urn]
            )
            for circle in circles
            for urn in circle
            if urn in changed
        ]
    )


def parts_of(products: list[Product], edges: list[Dependency], domains: Mapping[str, str]) -> tuple[Part, ...]:
    """What was written in each domain, by name: its products, and the dependencies of its consumers."""
    home = {**domains, **{product.id: product.domain for product in products}}
    names = {*(product.domain for product in products), *(home[edge.consumer_id] for edge in edges)}
    return tuple(
        part_of(name, products, [edge for edge in edges if home[edge.consumer_id] == name]) for name in sorted(names)
    )


def part_of(domain: str, products: list[Product], edges: list[Dependency]) -> Part:
    own = [product for product in products if product.domain == domain]
    after = {
        "domain": domain,
        "products": [{"id": one.id, "urn": one.urn, "revision": one.revision} for one in own],
        "dependencies": [[edge.consumer_id, edge.provider_id] for edge in edges],
    }
    return Part(domain, after, tuple(dict.fromkeys((*(one.id for one in own), *(edge.consumer_id for edge in edges)))))


# What `create_product` writes by several texts, for new products: a third of the time. The urn's
# constraint raises `AlreadyThere` when another write was faster.
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
    origin = {} if made.origin is None else {"templateName": made.origin.name, "templateVersion": made.origin.version}
    return {
        "properties": {**revisions.node_properties(made.product), **field_copies(made.version), **origin},
        "revision": revisions.revision_properties(made.product),
        "versions": [version._asdict() for version in (*made.past, *([made.version] if made.version else []))],
    }


def field_copies(version: Version | None) -> dict[str, list[str]]:
    """What the product carries of its contract's fields for full text, as `enforce` sets it."""
    if version is None:
        return {}
    words = dict.fromkeys(field["searchWords"] for field in version.fields)
    return {"fieldNames": sorted({field["name"] for field in version.fields}), "fieldWords": list(words)}


def touched_by(chunk: Chunk, made: list[Made], edges: list[Dependency]) -> Touched:
    products = dict.fromkeys((*(one.product.id for one in made), *(edge.consumer_id for edge in edges)))
    ends = dict.fromkeys(edge.provider_id for edge in edges if edge.provider_id not in products)
    return Touched(tuple(products), chunk.aspects, tuple(ends))


def made_new(chunk: Chunk, current: CurrentMesh, now: str, faults: list[UserFault]) -> list[Made]:
    made = []
    for item in chunk.new:
        home = current.homes[item.draft.product.domain]
        product = settled(item.draft, home.domain, home.defaults, now)
        bound = home._replace(defaults=unbound(home.defaults)) if item.unbound else home
        try:
            version = version_for(item, item.draft.contract, product, bound, now)
        except (UserFault, UserFaults) as found_faults:
            faults += placed_all(found_faults, item)
            continue
        past = past_versions(product.id, item.history, now)
        carried = carrying(product, version.record) if version else product
        made.append(Made(carried, version, past, item.origin))
    return made


def past_versions(product_id: str, history: Sequence[PastContract], now: str) -> tuple[Version, ...]:
    """As if each had been published just before the next one, the last of them just before now."""
    start = clock.from_text(now)
    instants = [clock.to_text(start - timedelta(microseconds=left)) for left in range(len(history), 0, -1)] + [now]
    versions = []
    for past, at, until in zip(history, instants, instants[1:], strict=False):
        version = version_of(product_id, past.spec, at, past.fields)
        version.contract.update(status=ContractStatus.SUPERSEDED, validTo=until)
        versions.append(version)
    return tuple(versions)


def version_for(item: ProductItem, spec: ContractSpec | None, product: Product, home: Home, now: str) -> Version | None:
    if spec is None:
        return None
    filled = fill_contract(spec, home.defaults, product.name, AT)
    return version_of(product.id, filled, now, item.fields)


async def update_existing(
    tx: Transaction, chunk: Chunk, current_mesh: CurrentMesh, now: str, faults: list[UserFault]
) -> list[Made]:
    made = []
    for current, contract, versions in current_mesh.states:
        item = chunk.known[current.id]
        try:
            one = await made_of(tx, item, current, contract, versions, current_mesh.homes[current.domain], now)
        except (UserFault, UserFaults) as found_faults:
            faults += placed_all(found_faults, item)
            continue
        if one is not None:
            made.append(one)
    return made


async def made_of(
    tx: Transaction,
    item: ProductItem,
    current: Product,
    contract: Contract | None,
    versions: list[str],
    home: Home,
    now: str,
) -> Made | None:
    """None when all is so already. Raises `UserFault` or `UserFaults` where the mutations would have refused."""
    if current.status == ProductStatus.RETIRED:
        raise UserFault(UserErrorCode.INVALID_TRANSITION, RETIRED, ("status",))
    requested = updated_product(item, current)
    if requested.status != current.status:
        data_product_transition.check(current, ProductStatus(requested.status))
    spec = updated_contract(item, contract)
    version = None
    if spec is not None:
        version = version_for(item, spec, current, home, now)
        await check_publishable(tx, current, fill_contract(spec, home.defaults, current.name, AT))
    if version is not None:
        requested = carrying(requested, version.record)
    past = past_versions(current.id, missing_history(item, versions), now)
    return None if requested == current and not past else Made(revisions.bump(requested, now), version, past)


async def check_publishable(tx: Transaction, product: Product, spec: ContractSpec) -> None:
    """The checks of `dataContractPublish`: the next version, high enough for its changes, and no consumer broken by
    it."""
    published = await standing(tx, product.id, spec.version)
    check_version(spec.version, published)
    impact = await impact_of(tx, published.current, spec)
    check_bump(impact)
    if impact.affected and published.current is not None:
        raise breaking_fault(impact)
    if published.due is not None:
        await withdraw_scheduled(tx, product.id)


async def write_edges(tx: Transaction, chunk: Chunk, now: str) -> list[Dependency]:
    """Those that are new or different."""
    if not chunk.wishes:
        return []
    fresh = frozenset(new_ids(chunk))
    requested = [wish for wish in chunk.wishes if wish.consumer not in fresh or promises(wish.edge)]
    ends = await dependency_edges.find_ends(tx, [(wish.consumer, wish.edge) for wish in requested]) if requested else {}
    wishes = [whole(wish, ends) for wish in chunk.wishes]
    again = [new for old, new in zip(chunk.wishes, wishes, strict=True) if new is not old and new.item.said & PROMISED]
    if again:  # with what stays of the edge that is there
        ends |= await dependency_edges.find_ends(tx, [(wish.consumer, wish.edge) for wish in again])
    faults, changed = [], []
    for old, wish in zip(chunk.wishes, wishes, strict=True):
        provider = ends.get((wish.consumer, wish.edge.provider)) or absent_provider(wish.edge)
        # What stays was promised when it was declared, and may have been taken away since in agreement.
        promised = wish.edge if wish.item.said & PROMISED else old.edge
        missing = [path for path in provider.missing_fields if path not in wish.item.past]
        provider = provider._replace(missing_fields=missing)
        faults += [placed(fault, wish.item) for fault in dependency_edges.broken_promises(promised, provider)]
        edge = with_origin(dependency_edges.new_edge(wish.consumer, wish.edge, provider, now), wish.item.origin)
        if edge != dependency_edges.before(provider):
            changed.append(edge)
    raise_any(faults)
    await dependency_edges.replace_edges(tx, changed)
    return changed


PROMISED = frozenset({"fields", "contractVersion"})


def whole(wish: Wish, ends: Mapping[tuple[str, str], Provider]) -> Wish:
    """The wish with what its document leaves out of an edge that is there; itself when that is nothing."""
    provider = ends.get((wish.consumer, wish.edge.provider))
    old = provider and dependency_edges.before(provider)
    if old is None:
        return wish
    edge = completed(wish.item._replace(spec=wish.edge), (old.kind, old.fields, old.contract_version))
    return wish if edge == wish.edge else wish._replace(edge=edge)


def with_origin(edge: Dependency, origin: str | None) -> Dependency:
    return edge if origin in (None, edge.origin) else edge._replace(origin=str(origin))


def promises(edge: EdgeSpec) -> bool:
    """Whether it names something that the provider must have."""
    return edge.fields is not None or edge.contract_version is not None


def absent_provider(edge: EdgeSpec) -> Provider:
    """Of a new consumer, which has no edge yet, for an edge that names nothing."""
    return Provider(edge.provider, "", False, False, [], None)


def placed(fault: UserFault, item: ProductItem | EdgeItem) -> UserFault:
    return UserFault(fault.code, fault.message, fault.field, {**fault.extra, "item": item})


def placed_all(raised: UserFault | UserFaults, item: ProductItem) -> list[UserFault]:
    faults = raised.faults if isinstance(raised, UserFaults) else (raised,)
    return [placed(fault, item) for fault in faults]


def raise_any(faults: list[UserFault]) -> None:
    if faults:
        raise UserFaults(faults)
