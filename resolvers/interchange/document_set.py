"""All documents of an import together: each thing said once, and everything that is named known."""

from collections.abc import Iterable, Iterator, Sequence
from typing import LiteralString, NamedTuple

from resolvers.graph.store import Store
from resolvers.interchange.documents import Document, DomainItem, EdgeItem, ImportRefused, ProductItem, read

NAMES_AT_ONCE = 5_000


class Given(NamedTuple):
    """`products` by urn in the order of the documents; `edges` of each consumer, by urn; `ids`, by urn, of the products
    that edges name and that no document brings."""

    domains: dict[str, DomainItem]
    products: dict[str, ProductItem]
    edges: dict[str, list[EdgeItem]]
    ids: dict[str, str]


class _Names(NamedTuple):
    urns: dict[str, str]
    domains: frozenset[str]

    def urn(self, name: str) -> str:
        return self.urns.get(name, name)


async def gather(store: Store, documents: Iterable[Document]) -> Given:
    """Raises `ImportRefused` with all that is wrong and can be known before anything is written."""
    reasons: list[str] = []
    domains: dict[str, DomainItem] = {}
    products: dict[str, ProductItem] = {}
    edges: list[EdgeItem] = []
    for item in read(documents, reasons):
        if isinstance(item, DomainItem):
            once(reasons, domains, str(item.given.name), item)
        elif isinstance(item, ProductItem):
            once(reasons, products, item.urn, item)
            edges += item.edges
        else:
            edges.append(item)
    names = await look_up(store, domains, products, edges)
    known = {**{urn: urn for urn in products}, **names.urns}
    reasons += [*absent_domains(domains, products, names), *absent_products(edges, known)]
    whole = {(edge.consumer, edge.provider): edge for edge in named_by_urn(reasons, edges, names, known)}
    reasons += absent_fields(whole.values(), products)
    if reasons:
        raise ImportRefused(reasons)
    ids = {urn: name for name, urn in names.urns.items() if name != urn}
    return Given(domains, products, by_consumer(whole.values()), ids)


def once(reasons: list[str], found: dict, name: str, item: DomainItem | ProductItem) -> None:
    if name in found:
        reasons.append(f"{item.at}: '{name}' stands at {found[name].at} already: give each once.")
    else:
        found[name] = item


NAMES: LiteralString = """
RETURN [
  COLLECT { UNWIND $given.urns AS urn MATCH (p:DataProduct {urn: urn}) RETURN [p.urn, p.id] },
  COLLECT { UNWIND $given.ids AS id MATCH (p:DataProduct {id: id}) RETURN [p.urn, p.id] },
  COLLECT { UNWIND $given.domains AS name MATCH (d:Domain {name: name}) RETURN d.name }
]
"""


async def look_up(
    store: Store, domains: dict[str, DomainItem], products: dict[str, ProductItem], edges: Sequence[EdgeItem]
) -> _Names:
    """What the documents name without bringing it. `urns` maps both names of a product to its urn."""
    named = {name for edge in edges for name in (edge.consumer, edge.provider)} - products.keys()
    homes = sorted({item.draft.product.domain for item in products.values()} - domains.keys())
    urns: dict[str, str] = {}
    there: set[str] = set()
    for names in slices(sorted(named)) or [[]]:
        asked = {"urns": names, "ids": names, "domains": homes}
        by_urn, by_id, found = await store.read(NAMES, given=asked)
        urns |= {name: urn for urn, id in (*by_urn, *by_id) for name in (urn, id)}
        there.update(found)
    return _Names(urns, frozenset(there))


def slices(names: list[str]) -> list[list[str]]:
    return [names[at : at + NAMES_AT_ONCE] for at in range(0, len(names), NAMES_AT_ONCE)]


def absent_domains(domains: dict[str, DomainItem], products: dict[str, ProductItem], names: _Names) -> Iterator[str]:
    for item in products.values():
        home = item.draft.product.domain
        if home not in domains and home not in names.domains:
            yield f"{item.at} {item.urn}: There is no domain '{home}', here or in the mesh."


def absent_products(edges: Iterable[EdgeItem], known: dict[str, str]) -> Iterator[str]:
    for edge in edges:
        for name in (edge.consumer, edge.provider):
            if name not in known:
                yield f"{edge.at}: There is no data product '{name[:200]}', here or in the mesh."


def named_by_urn(
    reasons: list[str], edges: Iterable[EdgeItem], names: _Names, known: dict[str, str]
) -> Iterator[EdgeItem]:
    """The edges whose ends are there, each pair once."""
    seen: dict[tuple[str, str], EdgeItem] = {}
    for edge in edges:
        if edge.consumer not in known or edge.provider not in known:
            continue
        pair = (names.urn(edge.consumer), names.urn(edge.provider))
        if pair[0] == pair[1]:
            reasons.append(f"{edge.at}: A product cannot depend on itself: name another provider.")
        elif pair in seen:
            reasons.append(f"{edge.at}: {pair[0]} on {pair[1]} stands at {seen[pair].at} already: give each once.")
        else:
            seen[pair] = edge._replace(consumer=pair[0], spec=edge.spec._replace(provider=pair[1]))
    yield from seen.values()


def absent_fields(edges: Iterable[EdgeItem], products: dict[str, ProductItem]) -> Iterator[str]:
    """Where the provider's contract stands among the documents too; other contracts are looked at when written."""
    for edge in edges:
        provider = products.get(edge.provider)
        contract = provider and provider.draft.contract
        if provider is None or contract is None or edge.spec.contract_version not in (None, contract.version):
            continue
        missing = sorted(set(edge.spec.fields or ()) - {field.path for field in provider.fields})
        for path in missing:
            yield f"{edge.at}: The contract of {edge.provider} ({provider.at}) has no field '{path}'."


def by_consumer(edges: Iterable[EdgeItem]) -> dict[str, list[EdgeItem]]:
    found: dict[str, list[EdgeItem]] = {}
    for edge in edges:
        found.setdefault(edge.consumer, []).append(edge)
    return found
