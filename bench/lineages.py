"""Lineage answers of given sizes, in the shape that the API gives them: what the explorer's bench draws."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from bench.mesh import make_mesh
from graph_api.sample.files import read_sample

Answer = dict[str, Any]
Edge = tuple[str, str]  # urns of provider and consumer

SAMPLE_ROOT = "urn:mesh:customer:profiles"
DOMAINS = 14


class Graph(NamedTuple):
    """`products` by urn, with the keys of a product document."""

    products: Mapping[str, Mapping[str, Any]]
    edges: list[Edge]


def sample() -> Answer:
    mesh = read_sample()
    edges = [(provider, product.urn) for product in mesh.products for provider in product.providers]
    edges += [(edge.provider, edge.consumer) for edge in mesh.edges]
    products = {product.urn: {**product.arguments, "status": product.status} for product in mesh.products}
    return answer(Graph(products, edges), SAMPLE_ROOT)


def mesh(nodes: int) -> Answer:
    """The `nodes` products that are nearest to the third hub of a seeded mesh."""
    products = int(nodes * 1.6)
    while True:
        made = make_mesh(products)
        width = products // 20
        documents = {made.urn(n): document for n, document in enumerate(made.products)}
        graph = Graph(documents, [(made.urn(provider), made.urn(consumer)) for consumer, provider in made.edges])
        found = answer(graph, made.urn(2 * width + width // 2), nodes)
        if len(found["nodes"]) == nodes:
            return found
        products = int(products * 1.15)


def chain(length: int) -> Answer:
    urns = [f"urn:mesh:domain-{n % DOMAINS:02d}:step_{n:03d}" for n in range(length)]
    edges = list(pairwise(urns))
    return answer(Graph(dict(map(plain, urns)), edges), urns[length // 2])


def hub(readers: int) -> Answer:
    root = "urn:mesh:hub:readings"
    urns = [f"urn:mesh:domain-{n % DOMAINS:02d}:reader_{n:04d}" for n in range(readers)]
    return answer(Graph(dict(map(plain, [root, *urns])), [(root, urn) for urn in urns]), root)


def plain(urn: str) -> tuple[str, dict[str, Any]]:
    _, _, domain, name = urn.split(":")
    return urn, {"domain": domain, "name": name, "type": "DERIVED", "ownerTeam": f"{domain}-team"}


def answer(graph: Graph, root: str, most: int | None = None) -> Answer:
    """The lineage of `root` both ways, of its `most` nearest products."""
    consumers, providers = defaultdict(list), defaultdict(list)
    for provider, consumer in graph.edges:
        consumers[provider].append(consumer)
        providers[consumer].append(provider)
    up, down = steps(root, providers), steps(root, consumers)
    far = len(graph.products)
    nearest = sorted(up.keys() | down.keys(), key=lambda urn: (min(up.get(urn, far), down.get(urn, far)), urn))[:most]
    shown = set(nearest)
    ranks = ranked(nearest, [edge for edge in graph.edges if edge[0] in shown and edge[1] in shown])

    def node(urn: str) -> Answer:
        ahead = [*(consumers[urn] if urn in down else ()), *(providers[urn] if urn in up else ())]
        both = urn in up and urn in down
        return {
            "distance": min(up.get(urn, far), down.get(urn, far)),
            "direction": "BOTH" if both else "UPSTREAM" if urn in up else "DOWNSTREAM",
            "rank": ranks[urn],
            "hiddenNeighbours": len(set(ahead) - shown),
            "product": product(urn, graph.products[urn]),
        }

    nodes = [node(urn) for urn in nearest]
    cut = [one for one in nodes if one["hiddenNeighbours"]]
    return {
        "roots": [{"id": root, "urn": root, "name": root.rpartition(":")[2]}],
        "nodes": nodes,
        "edges": [
            {"source": provider, "target": consumer, "sourceUrn": provider, "targetUrn": consumer}
            | {"kind": "feeds", "origin": "DECLARED"}
            for provider, consumer in graph.edges
            if provider in shown and consumer in shown
        ],
        "depthReached": max(one["distance"] for one in nodes),
        "truncated": bool(cut),
        "truncation": [{"reason": "NODES", "atNode": one["product"]["id"]} for one in cut[:100]],
        "cycles": [],
        "asOf": "2026-01-01T00:00:00Z",
    }


def product(urn: str, document: Mapping[str, Any]) -> Answer:
    contract = document.get("contract") or {}
    return {
        "id": urn,
        "urn": urn,
        "name": document["name"],
        "type": document["type"],
        "status": document.get("status", "PRODUCTION"),
        "version": document.get("version", "1.0.0"),
        "classification": contract.get("classification"),
        "ownerTeam": document.get("ownerTeam", ""),
        "domain": {"name": document["domain"]},
        "contract": {"quality": contract.get("quality") or []},
    }


def steps(root: str, following: Mapping[str, list[str]]) -> dict[str, int]:
    found, queue = {root: 0}, deque([root])
    while queue:
        here = queue.popleft()
        for there in following[here]:
            if there not in found:
                found[there] = found[here] + 1
                queue.append(there)
    return found


def ranked(urns: Iterable[str], edges: list[Edge]) -> dict[str, int]:
    """The layer of each product; those of cycles get the one that they reach before they repeat."""
    waiting = dict.fromkeys(urns, 0)
    following = defaultdict(list)
    for provider, consumer in edges:
        waiting[consumer] += 1
        following[provider].append(consumer)
    ranks = dict.fromkeys(waiting, 0)
    queue = deque(urn for urn, count in waiting.items() if not count)
    while queue:
        here = queue.popleft()
        for there in following[here]:
            ranks[there] = max(ranks[there], ranks[here] + 1)
            waiting[there] -= 1
            if not waiting[there]:
                queue.append(there)
    return ranks
