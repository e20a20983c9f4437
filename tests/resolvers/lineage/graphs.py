"""Meshes written as arrows of data: `await weave(store, "a>b b>c")` makes b consume a and c consume b."""

from resolvers.graph.store import Store
from resolvers.lineage import LineageGraph
from tests.mesh import Mesh

NOW = "2026-06-01T00:00:00.000000Z"


def pid(name: str) -> str:
    return f"prd_lab.{name}"


async def weave(store: Store, arrows: str, alone: str = "") -> Mesh:
    """`alone` names products without edges."""
    mesh = Mesh()
    pairs = [arrow.split(">") for arrow in arrows.split()]
    for name in sorted({name for pair in pairs for name in pair} | set(alone.split())):
        mesh.product("lab", name)
    for source, target in pairs:
        mesh.depends(mesh.products[pid(target)], mesh.products[pid(source)])
    return await mesh.write(store)


def names(graph: LineageGraph) -> dict[str, tuple[str, int, int]]:
    """Of each node by its short name: direction, distance, hidden neighbours."""
    return {
        short(node.product.id): (str(node.direction), node.distance, node.hidden_neighbours) for node in graph.nodes
    }


def arrows(graph: LineageGraph) -> list[str]:
    return sorted(f"{short(edge.source)}>{short(edge.target)}" for edge in graph.edges)


def cuts(graph: LineageGraph) -> list[tuple[str, str]]:
    return [(str(cut.reason), short(cut.at_node)) for cut in graph.truncation]


def short(identifier: str) -> str:
    return identifier.removeprefix("prd_lab.")
