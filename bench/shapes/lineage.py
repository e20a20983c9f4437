"""Lineages of three sizes, and one without end. The peer answers them by Cypher of its user's own."""

from typing import Any

from bench.chosen import Chosen
from bench.shapes.shape import Shape

KEYS = ("id", "name", "urn", "type", "status")

OURS = """query ($id: ID!) { lineage(roots: [$id], direction: DIRECTION, depth: DEPTH, maxNodes: 100000) {
  nodes { distance product { id name urn type status } } edges { source target }
} }"""
PEER = """query ($id: ID!) { FIELD(id: $id) {
  nodes { distance id name urn type status } edges { source target }
} }"""
CYPHER = """MATCH path = (s:DataProduct {id: $id})WALK(n)
WITH n, min(length(path)) AS distance
WITH collect(n) AS reached, collect([distance, n.id, n.name, n.urn, n.type, n.status]) AS nodes
RETURN [nodes, COLLECT { UNWIND reached AS n MATCH (n)-[:DEPENDS_ON]->(m) WHERE m IN reached RETURN [m.id, n.id] }]"""
WALKS = {
    ("UPSTREAM", "5"): ("-[:DEPENDS_ON*0..5]->", "lineageUp5"),
    ("DOWNSTREAM", "5"): ("<-[:DEPENDS_ON*0..5]-", "lineageDown5"),
    ("DOWNSTREAM", "null"): ("<-[:DEPENDS_ON*0..]-", "lineageDown"),
}


def lineages(chosen: Chosen) -> list[Shape]:
    sized = [
        shape(f"lineage, {size:,} nodes", root, direction, "5") for size, (root, direction) in chosen.lineages.items()
    ]
    return [*sized, shape("lineage of a hub, unlimited", chosen.hub, "DOWNSTREAM", "null")]


def shape(name: str, root: str, direction: str, depth: str) -> Shape:
    walk, field = WALKS[direction, depth]

    def ours(data: Any) -> Any:
        nodes = [[node["distance"], *(node["product"][key] for key in KEYS)] for node in data["lineage"]["nodes"]]
        return graph(nodes, data["lineage"]["edges"])

    def theirs(data: Any) -> Any:
        nodes = [[node["distance"], *(node[key] for key in KEYS)] for node in data[field]["nodes"]]
        return graph(nodes, data[field]["edges"])

    return Shape(
        name=name,
        query=OURS.replace("DIRECTION", direction).replace("DEPTH", depth),
        ours=ours,
        cypher=CYPHER.replace("WALK", walk),
        raw=lambda value: [sorted(value[0]), sorted(value[1])],
        peer_query=PEER.replace("FIELD", field),
        theirs=theirs,
        variables=[{"id": root}],
        size="L",
    )


def graph(nodes: list[list[Any]], edges: list[dict[str, str]]) -> list[Any]:
    return [sorted(nodes), sorted([edge["source"], edge["target"]] for edge in edges)]
