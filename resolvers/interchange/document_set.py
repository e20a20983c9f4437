"""Checks all documents of an import together: no duplicates, and every reference resolves."""

from collections.abc import Iterable, Iterator, Mapping
from typing import LiteralString, NamedTuple

from resolvers.governance.engine.pattern import WrongPattern, prove
from resolvers.graph.store import Store
from resolvers.interchange.chunk import RETIRED
from resolvers.interchange.current_state import retired_of
from resolvers.interchange.documents import (
    Bad,
    Document,
    DomainItem,
    EdgeItem,
    ImportRefused,
    Item,
    PolicyItem,
    ProductItem,
    TemplateItem,
    WaiverItem,
    read,
)
from resolvers.interchange.policies import LivePolicy, live_policies
from resolvers.model import clock
from resolvers.model.ids import product_urn
from resolvers.model.records import ProductStatus
from resolvers.writes.succession import circle_message, circles

NAMES_AT_ONCE = 5_000


class DocumentSet(NamedTuple):
    """`products` by urn in the order of the documents; `edges` of each consumer, by urn; `ids`, by urn, of the products
    that documents name and none brings. `skipped` says what was left out, and why."""

    domains: dict[str, DomainItem]
    products: dict[str, ProductItem]
    edges: dict[str, list[EdgeItem]]
    policies: list[PolicyItem]
    waivers: list[WaiverItem]
    templates: list[TemplateItem]
    ids: dict[str, str]
    skipped: tuple[str, ...] = ()


class Collected:
    """The documents that can be taken so far. `broken` are the urns, `unusable` the domains and `undefined` the
    policies of those that cannot: what names them is not at fault for it."""

    def __init__(self, items: Iterable[Item | Bad]) -> None:
        self.reasons: list[str] = []
        self.domains: dict[str, DomainItem] = {}
        self.products: dict[str, ProductItem] = {}
        self.edges: list[EdgeItem] = []
        self.policies: list[PolicyItem] = []
        self.waivers: list[WaiverItem] = []
        self.templates: dict[tuple[str, str], TemplateItem] = {}
        self.broken: set[str] = set()
        self.unusable: set[str] = set()
        self.undefined: set[str] = set()
        for item in items:
            self._take(item)

    def _take(self, item: Item | Bad) -> None:
        match item:
            case Bad():
                self.reasons += item.reasons
                self.broken |= {item.urn} if item.urn else set()
                self.unusable |= {item.domain} if item.domain else set()
                self.undefined |= {item.policy} if item.policy else set()
            case DomainItem():
                is_new(self.reasons, self.domains, str(item.payload.name), item)
            case ProductItem():
                if is_new(self.reasons, self.products, item.urn, item):
                    self.edges += item.edges
            case EdgeItem():
                self.edges.append(item)
            case PolicyItem():
                self.policies.append(item)
            case WaiverItem():
                self.waivers.append(item)
            case TemplateItem():
                self._take_template(item)

    def _take_template(self, item: TemplateItem) -> None:
        key = (item.payload.name, item.payload.version)
        if key in self.templates:
            name = f"{key[0]} {key[1]}"
            self.reasons.append(f"{item.at}: '{name}' stands at {self.templates[key].at} already: give each once.")
        else:
            self.templates[key] = item

    def drop(self, urn: str) -> None:
        """A product whose document cannot be taken after all."""
        item = self.products.pop(urn, None)
        if item is not None:
            self.broken.add(urn)
            self.edges = [edge for edge in self.edges if not (edge.inline and edge.at == item.at)]


class _Names(NamedTuple):
    urns: dict[str, str]
    domains: frozenset[str]

    def urn(self, name: str) -> str:
        return self.urns.get(name, name)


async def gather(store: Store, documents: Iterable[Document], skip: bool = False) -> DocumentSet:
    """All that is wrong and can be known before anything is written: it raises `ImportRefused`, or with `skip` leaves
    out the documents at fault and what depends on them."""
    collected = Collected(read(documents))
    await drop_retired(store, collected)
    names = await look_up(store, collected, skip)
    check_domains(collected, names, skip)
    name_successors(collected, names, skip)
    await break_circles(store, collected, skip)
    edges = usable_edges(collected, names, skip)
    live = await live_policies(store) if collected.policies or collected.waivers else []
    policies = await proven(store, collected, usable_policies(collected, names, skip), live)
    waivers = usable_waivers(collected, names, skip, known_policies(policies, live))
    templates = usable_templates(collected, names, skip)
    if collected.reasons and not skip:
        raise ImportRefused(collected.reasons)
    ids = {urn: name for name, urn in names.urns.items() if name != urn}
    by_urn = by_consumer([edge for edge in edges if edge.consumer in collected.products or edge.consumer in ids])
    written_last = (policies, waivers, templates)
    return DocumentSet(collected.domains, collected.products, by_urn, *written_last, ids, tuple(collected.reasons))


def is_new(reasons: list[str], collected: dict, name: str, item: DomainItem | ProductItem) -> bool:
    if name in collected:
        reasons.append(f"{item.at}: '{name}' is already at {collected[name].at}: give each once.")
        return False
    collected[name] = item
    return True


NAMES: LiteralString = """
RETURN [
  COLLECT { UNWIND $payload.urns AS urn MATCH (p:DataProduct {urn: urn}) WHERE p.status <> 'RETIRED'
    RETURN [p.urn, p.id] },
  COLLECT { UNWIND $payload.ids AS id MATCH (p:DataProduct {id: id}) WHERE p.status <> 'RETIRED' RETURN [p.urn, p.id] },
  COLLECT { UNWIND $payload.domains AS name MATCH (d:Domain {name: name}) RETURN d.name }
]
"""


async def drop_retired(store: Store, collected: Collected) -> None:
    """Products whose urns belong to retired products are at fault."""
    for urns in slices(list(collected.products)):
        for urn in sorted(await retired_of(store, urns)):
            collected.reasons.append(f"{collected.products[urn].at} {urn}: {RETIRED}")
            collected.drop(urn)


async def look_up(store: Store, collected: Collected, skip: bool) -> _Names:
    """What the documents name without bringing it; with `skip`, which may leave some out, also what they bring. `urns`
    maps both names of a product to its urn."""
    named = {name for edge in collected.edges for name in (edge.consumer, edge.provider)}
    named |= {policy.payload.product for policy in collected.policies if policy.payload.product}
    named |= {item.draft.product.successor for item in collected.products.values() if item.draft.product.successor}
    named |= {name for waiver in collected.waivers for name in (waiver.product, waiver.policy_product) if name}
    homes = {item.draft.product.domain for item in collected.products.values()}
    homes |= {policy.payload.domain for policy in collected.policies if policy.payload.domain}
    homes |= {waiver.domain for waiver in collected.waivers if waiver.domain}
    homes |= {item.payload.domain for item in collected.templates.values() if item.payload.domain}
    urns: dict[str, str] = {}
    existing: set[str] = set()
    for names in slices(sorted(named if skip else named - collected.products.keys())) or [[]]:
        requested = {"urns": names, "ids": names, "domains": sorted(homes - collected.domains.keys())}
        by_urn, by_id, domains = await store.read(NAMES, payload=requested)
        urns |= {name: urn for urn, id in (*by_urn, *by_id) for name in (urn, id)}
        existing.update(domains)
    return _Names(urns, frozenset(existing))


def slices(names: list[str]) -> list[list[str]]:
    return [names[at : at + NAMES_AT_ONCE] for at in range(0, len(names), NAMES_AT_ONCE)]


def check_domains(collected: Collected, names: _Names, skip: bool) -> None:
    """Products of domains that are nowhere are at fault; with `skip`, those of a domain that was left out too."""
    for item in list(collected.products.values()):
        home = item.draft.product.domain
        if home in collected.domains or home in names.domains:
            continue
        if home not in collected.unusable:
            collected.reasons.append(f"{item.at} {item.urn}: There is no domain '{home}', here or in the mesh.")
            collected.drop(item.urn)
        elif skip:
            collected.reasons.append(f"{item.at} {item.urn}: Its domain '{home}' was left out.")
            collected.drop(item.urn)


def name_successors(collected: Collected, names: _Names, skip: bool) -> None:
    """Successors by urn. A product whose successor does not exist is at fault."""
    for item in list(collected.products.values()):
        product = item.draft.product
        if product.successor is None:
            continue
        urn = product_known(collected, names, product.successor, skip)
        if urn is None or urn == item.urn:
            message = f"There is no other data product '{product.successor[:200]}' to succeed it, here or in the mesh."
            collected.reasons.append(f"{item.at} {item.urn}: {message}")
            collected.drop(item.urn)
        else:
            draft = item.draft._replace(product=product._replace(successor=urn))
            collected.products[item.urn] = item._replace(draft=draft)


async def break_circles(store: Store, collected: Collected, skip: bool) -> None:
    """Products whose successors would lead back to them are at fault, with `skip` all of the circle that documents
    bring."""
    for circle in await circles(store.read, successors_said(collected.products)):
        mine = [collected.products[urn] for urn in circle if urn in collected.products]
        for item in mine if skip else mine[:1]:
            collected.reasons.append(f"{item.at} {item.urn}: {circle_message(circle)}")
            collected.drop(item.urn)


def successors_said(products: Mapping[str, ProductItem]) -> dict[str, str | None]:
    """What the documents make of the successors, by urn, as far as they say it."""
    said: dict[str, str | None] = {}
    for urn, item in products.items():
        product = item.draft.product
        leaves = "status" in item.said and product.status != ProductStatus.DEPRECATED
        if "successor" in item.said or leaves:
            said[urn] = product.successor
    return said


def usable_edges(collected: Collected, names: _Names, skip: bool) -> list[EdgeItem]:
    """By urn, each pair once, with both ends there. With `skip` a product whose document has a bad edge is left out,
    and so is what depends on it."""
    while True:
        edges, bad = sorted_out(collected, names)
        for edge, reason, follows in bad:
            if skip or not follows:  # a consequence of a reported fault is not a fault of its own
                collected.reasons.append(reason)
            if edge.inline:
                collected.drop(names.urn(edge.consumer))
        collected.edges = edges
        if not bad or not skip:
            return edges


def sorted_out(collected: Collected, names: _Names) -> tuple[list[EdgeItem], list[tuple[EdgeItem, str, bool]]]:
    urns = {**{urn: urn for urn in collected.products}, **names.urns}
    good: dict[tuple[str, str], EdgeItem] = {}
    bad: list[tuple[EdgeItem, str, bool]] = []
    for edge in collected.edges:
        lost = [name for name in (edge.consumer, edge.provider) if name not in urns]
        if any(name in collected.broken for name in lost):
            bad.append((edge, f"{edge.at} {edge.consumer} on {edge.provider}: One of them was left out.", True))
            continue
        if lost:
            message = f"{edge.at}: There is no data product '{lost[0][:200]}', here or in the mesh."
            bad.append((edge, message, False))
            continue
        pair = (urns[edge.consumer], urns[edge.provider])
        if pair[0] == pair[1]:
            bad.append((edge, f"{edge.at}: A product cannot depend on itself: name another provider.", False))
        elif pair in good and good[pair] != edge:
            message = f"{edge.at}: {pair[0]} on {pair[1]} is already at {good[pair].at}: give each once."
            bad.append((edge, message, False))
        else:
            edge = with_past(
                edge._replace(consumer=pair[0], spec=edge.spec._replace(provider=pair[1])), collected.products
            )
            bad += [(edge, reason, False) for reason in absent_fields(edge, collected.products)]
            good[pair] = edge
    faulty = {id(edge) for edge, _, _ in bad}
    return [edge for edge in good.values() if id(edge) not in faulty], bad


def with_past(edge: EdgeItem, products: dict[str, ProductItem]) -> EdgeItem:
    """An edge without a pin may name fields that an agreed change removed since."""
    provider = products.get(edge.provider)
    if provider is None or not provider.history or edge.spec.contract_version is not None:
        return edge
    return edge._replace(past=frozenset(field.path for past in provider.history for field in past.fields))


def absent_fields(edge: EdgeItem, products: dict[str, ProductItem]) -> Iterator[str]:
    """Where the provider's contract stands among the documents too; other contracts are looked at when written."""
    provider = products.get(edge.provider)
    contract = provider and provider.draft.contract
    if provider is None or contract is None:
        return
    versions = {contract.version: provider.fields, **{past.spec.version: past.fields for past in provider.history}}
    version = edge.spec.contract_version or contract.version
    if version not in versions:
        return
    declared = {field.path for field in versions[version]} | edge.past
    for path in sorted(set(edge.spec.fields or ()) - declared):
        yield f"{edge.at}: The contract of {edge.provider} ({provider.at}) has no field '{path}'."


def usable_policies(collected: Collected, names: _Names, skip: bool) -> list[PolicyItem]:
    """Each name and scope once for each date from which it holds."""
    good: dict[tuple[str | None, ...], PolicyItem] = {}
    for item in collected.policies:
        payload = item.payload
        if payload.domain and not domain_known(collected, names, payload.domain, skip):
            collected.reasons.append(
                f"{item.at} {payload.name}: There is no domain '{payload.domain}', here or in the mesh."
            )
            continue
        product = None
        if payload.product:
            product = product_known(collected, names, payload.product, skip)
            if product is None:
                collected.reasons.append(no_product(item.at, payload.name, payload.product))
                continue
        key = (payload.name, payload.domain, product, payload.effective_from)
        if key in good:
            collected.reasons.append(f"{item.at}: '{payload.name}' is already at {good[key].at}: give each once.")
        else:
            good[key] = item._replace(payload=payload._replace(product=product))
    return list(good.values())


async def proven(
    store: Store, collected: Collected, policies: list[PolicyItem], live: list[LivePolicy]
) -> list[PolicyItem]:
    """Without those whose graph pattern the database does not take; one that is in force is proven."""
    texts = {one.policy.rule_text for one in live if one.policy.rule_kind == "GRAPH_PATTERN"}
    good = []
    for item in policies:
        text = item.payload.rule.get("graph_pattern")
        try:
            if text is not None and text.strip() not in texts:
                await prove(store, text)
        except WrongPattern as wrong:
            collected.reasons.append(f"{item.at} Policy {item.payload.name}: rule.graphPattern: {wrong}")
            collected.undefined.add(item.payload.name)
            continue
        good.append(item)
    return good


PolicyKey = tuple[str, str | None, str | None]


def known_policies(policies: list[PolicyItem], live: list[LivePolicy]) -> set[PolicyKey]:
    """Name, domain, urn of the product."""
    keys: set[PolicyKey] = {(one.payload.name, one.payload.domain, one.payload.product) for one in policies}
    return keys | {(one.policy.name, one.policy.domain, one.product) for one in live}


def waiver_problem(item: WaiverItem, policies: set[PolicyKey], undefined: set[str]) -> str | None:
    """Of a waiver that still counts, whose products are known. A policy that is told to be at fault is no fault of its
    waivers."""
    if item.expires_at <= clock.now():
        return None
    if (item.policy, item.domain, item.policy_product) not in policies:
        return None if item.policy in undefined else "There is no such policy, here or in the mesh."
    outside = item.domain and not item.product.startswith(product_urn(item.domain, ""))
    if outside or item.policy_product not in (None, item.product):
        return "The policy does not hold for this product: there is nothing to waive."
    return None


def usable_templates(collected: Collected, names: _Names, skip: bool) -> list[TemplateItem]:
    good = []
    for item in collected.templates.values():
        home = item.payload.domain
        if home is None or domain_known(collected, names, home, skip):
            good.append(item)
        else:
            message = f"There is no domain '{home[:200]}', here or in the mesh."
            collected.reasons.append(f"{item.at} Template {item.payload.name}: {message}")
    return good


def usable_waivers(collected: Collected, names: _Names, skip: bool, policies: set[PolicyKey]) -> list[WaiverItem]:
    good = []
    for item in collected.waivers:
        ends = [
            (name, name and product_known(collected, names, name, skip)) for name in (item.product, item.policy_product)
        ]
        lost = [name for name, urn in ends if name and urn is None]
        if lost:
            collected.reasons.append(no_product(item.at, item.policy, str(lost[0])))
            continue
        item = item._replace(product=str(ends[0][1]), policy_product=ends[1][1])
        problem = waiver_problem(item, policies, set() if skip else collected.undefined)
        if problem is None:
            good.append(item)
        else:
            collected.reasons.append(f"{item.at} Waiver of {item.policy} for {item.product}: {problem}")
    return good


def domain_known(collected: Collected, names: _Names, name: str, skip: bool) -> bool:
    return name in collected.domains or name in names.domains or (name in collected.unusable and not skip)


def product_known(collected: Collected, names: _Names, name: str, skip: bool) -> str | None:
    """Its urn; one whose document is at fault counts as known, since that fault is reported anyway."""
    if name in collected.products or (name in collected.broken and not skip):
        return name
    return names.urns.get(name)


def no_product(at: str, name: str, product: str) -> str:
    return f"{at} {name}: There is no data product '{product[:200]}', here or in the mesh."


def by_consumer(edges: Iterable[EdgeItem]) -> dict[str, list[EdgeItem]]:
    groups: dict[str, list[EdgeItem]] = {}
    for edge in edges:
        groups.setdefault(edge.consumer, []).append(edge)
    return groups
