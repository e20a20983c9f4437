"""Lineage: providers and consumers over any number of steps. Sources are the records of `resolvers.lineage`."""

from collections.abc import Iterable
from typing import Annotated

import strawberry
from strawberry import Parent

from resolvers import lineage
from resolvers.lineage import AbsenceReason, Direction, Level, Question, Reason
from resolvers.model import records
from resolvers.model.portions import giving_way
from schema.context import Info
from schema.enums import describe
from schema.references import DataProductReference
from schema.scalars import DateTime
from schema.selection import names_at
from schema.source_fields import fields_read

describe(
    Direction,
    "LineageDirection",
    "Direction of a lineage.",
    UPSTREAM="From a consumer to its providers.",
    DOWNSTREAM="From a provider to its consumers.",
    BOTH="Both directions from the roots. The walk never turns from one direction to the other.",
)
describe(Level, "LineageLevel", "Kind of the nodes of a lineage.", PRODUCT="Data products.")
describe(
    Reason,
    "LineageTruncationReason",
    "Why neighbours of a node are missing from a lineage.",
    DEPTH="The node is at the maximum depth.",
    NODES="The maximum number of nodes was reached by nearer nodes.",
    TIME="The time limit was reached, so a smaller depth was used.",
)
describe(
    AbsenceReason,
    "LineageAbsenceReason",
    "Why a root is missing from a lineage.",
    NOT_YET_CREATED="The product was created after `asOf`.",
)


@strawberry.type(description="A data product in a lineage. It appears once, however many paths lead to it.")
class LineageNode:
    product: DataProductReference = strawberry.field(
        description=(
            "The product. With `asOf`, its fields show that time, and it has an id of its own, so that caches do "
            "not mix it with the present product. Lists below it show the present."
        )
    )
    direction: Direction = strawberry.field(
        description=("Direction in which it was reached; BOTH for roots and for nodes reached in both directions.")
    )
    distance: int = strawberry.field(description="Number of edges on the shortest path to a root; 0 for a root.")
    hidden_neighbours: int = strawberry.field(
        description=(
            "Number of distinct neighbours, in the directions in which it was reached, that "
            "are missing from this answer."
        )
    )
    rank: int = strawberry.field(
        description=(
            "Layer in the data flow of this answer: 0 without providers in it, otherwise one more than the highest "
            "rank of the providers. The products of a cycle share a rank."
        )
    )


@strawberry.type(
    description=("A dependency in the direction of the data flow: `source` is the provider, `target` the consumer.")
)
class LineageEdge:
    source: strawberry.ID = strawberry.field(description="Id of the provider.")
    target: strawberry.ID = strawberry.field(description="Id of the consumer.")
    kind: str = strawberry.field(description="Kind of dependency.")
    origin: records.EdgeOrigin = strawberry.field(description="Source of the dependency.")
    since: DateTime = strawberry.field(description="When it took effect.")
    source_urn: str = strawberry.field(description="Urn of the provider.")
    target_urn: str = strawberry.field(description="Urn of the consumer.")


@strawberry.type(description="A node whose neighbours are missing from this answer.")
class LineageTruncation:
    reason: Reason = strawberry.field(description="Reason.")
    at_node: strawberry.ID = strawberry.field(description="Id of the product whose neighbours are missing.")


@strawberry.type(description="A root that is missing from this answer.")
class LineageAbsence:
    reason: AbsenceReason = strawberry.field(description="Reason.")
    root: strawberry.ID = strawberry.field(description="Id of the product.")
    urn: str = strawberry.field(description="Urn of the product.")
    created_at: DateTime = strawberry.field(description="When it was created.")


@strawberry.type(description="A lineage and what it leaves out.")
class LineageGraph:
    roots: list[DataProductReference] = strawberry.field(
        description="The requested products in the requested order, without the absent ones."
    )
    nodes: list[LineageNode] = strawberry.field(
        description="Products of the lineage including the roots, nearest first."
    )
    edges: list[LineageEdge] = strawberry.field(description="All dependencies between two of the nodes.")
    depth_reached: int = strawberry.field(description="Distance of the farthest node.")
    truncated: bool = strawberry.field(description="True if a node has neighbours that are missing from this answer.")
    truncation: list[LineageTruncation] = strawberry.field(
        description="Nodes whose neighbours are missing, with the reason; the nearest 100."
    )
    as_of: DateTime = strawberry.field(description="The time that the answer is about.")
    absent: list[LineageAbsence] = strawberry.field(
        description="Requested products that were not there at `asOf`, with the reason."
    )

    @strawberry.field(
        description=("Sets of products in this answer that depend on each other, or a product that depends on itself.")
    )
    async def cycles(graph: Parent[lineage.LineageGraph]) -> list[list[strawberry.ID]]:
        return await giving_way(lineage.find_cycles(graph.edges))


DirectionAsked = Annotated[Direction | None, strawberry.argument(name="direction", description="Direction to follow.")]
Depth = Annotated[
    int | None,
    strawberry.argument(
        description="Maximum number of edges from the roots, 0 (the roots alone) to 100; null for no limit."
    ),
]
MaxNodes = Annotated[
    int | None, strawberry.argument(description="Maximum number of nodes, 1 to 100000; the nearest are kept.")
]
LevelAsked = Annotated[Level | None, strawberry.argument(name="level", description="Kind of nodes.")]
Roots = Annotated[
    list[strawberry.ID], strawberry.argument(description="Ids or urns of 1 to 1000 data products to start from.")
]


# Which fields of a lineage need its edges, and which the count of what is left out.
FLOWS = frozenset({"edges", "cycles"})
TOLD = frozenset({"truncated", "truncation"})
EDGE_FIELDS = {"sourceUrn": "source_urn", "targetUrn": "target_urn"}


def to_question(
    info: Info,
    direction: Direction | None,
    depth: int | None,
    max_nodes: int | None,
    as_of: str | None,
    roots: Iterable[str] = (),
) -> Question:
    names = names_at(info)
    counts = not TOLD.isdisjoint(names) or "hiddenNeighbours" in names_at(info, "nodes")
    return Question(
        roots=tuple(roots),
        direction=direction or Direction.BOTH,
        depth=depth,
        max_nodes=1000 if max_nodes is None else max_nodes,
        as_of=as_of,
        product_fields=fields_read(records.Product, names_at(info, "roots") | names_at(info, "nodes", "product")),
        edge_fields=tuple(sorted(EDGE_FIELDS.get(name, name) for name in names_at(info, "edges"))),
        edges=not FLOWS.isdisjoint(names),
        counts=counts,
        ranks="rank" in names_at(info, "nodes"),
        marks=True,
    )
