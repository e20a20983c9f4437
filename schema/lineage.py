"""Lineage: what products are made from and what is made from them. Sources are the records of `resolvers.lineage`."""

from collections.abc import Iterable
from typing import Annotated

import strawberry
from strawberry import Parent

from resolvers import lineage
from resolvers.lineage import Direction, Level, Question, Reason
from resolvers.model import records
from schema.context import Info
from schema.enums import describe
from schema.references import DataProductReference
from schema.scalars import DateTime
from schema.selection import names_at
from schema.source_fields import fields_read

describe(
    Direction,
    "LineageDirection",
    "Which way a lineage goes.",
    UPSTREAM="From a consumer to its providers: what it is made from.",
    DOWNSTREAM="From a provider to its consumers: what is made from it.",
    BOTH="Both ways, each from the roots; never up and then down again.",
)
describe(Level, "LineageLevel", "What the nodes of a lineage are.", PRODUCT="Data products.")
describe(
    Reason,
    "LineageTruncationReason",
    "Why neighbours of a node are left out.",
    DEPTH="The node is as far from the roots as was asked for.",
    NODES="The budget of nodes was spent on nearer ones.",
    TIME="Time ran out, so the walk was made shorter.",
    PERMISSION="The caller may not see them. Today every caller may see all.",
)


@strawberry.type(description="A data product in a lineage, once, however many paths lead to it.")
class LineageNode:
    product: DataProductReference = strawberry.field(
        description="The product. With `asOf`, its own fields are those it had then; lists below it are today's."
    )
    direction: Direction = strawberry.field(
        description="Which way it was met; BOTH for a node met both ways, and roots."
    )
    distance: int = strawberry.field(description="The fewest edges to a root; 0 for a root.")
    hidden_neighbours: int = strawberry.field(
        description="How many distinct neighbours, in the ways it was met, are not in this answer."
    )


@strawberry.type(description="A dependency as data flows: `source` is the provider and feeds `target`, its consumer.")
class LineageEdge:
    source: strawberry.ID = strawberry.field(description="The providing product's id.")
    target: strawberry.ID = strawberry.field(description="The consuming product's id.")
    kind: str = strawberry.field(description="The sort of dependency.")
    origin: records.EdgeOrigin = strawberry.field(description="How the dependency is known.")
    since: DateTime = strawberry.field(description="Since when it is in force.")


@strawberry.type(description="A place where neighbours are left out.")
class LineageTruncation:
    reason: Reason = strawberry.field(description="Why.")
    at_node: strawberry.ID = strawberry.field(description="The product whose neighbours are left out.")


@strawberry.type(description="A lineage, and what of it is left out.")
class LineageGraph:
    roots: list[DataProductReference] = strawberry.field(description="The products asked about, in that order.")
    nodes: list[LineageNode] = strawberry.field(description="The products met, the nearest first, roots included.")
    edges: list[LineageEdge] = strawberry.field(description="Every dependency between two of the nodes.")
    depth_reached: int = strawberry.field(description="The distance of the farthest node.")
    truncated: bool = strawberry.field(description="Whether any node has neighbours that are not in this answer.")
    truncation: list[LineageTruncation] = strawberry.field(
        description="Where and why neighbours are left out; the nearest 100 places."
    )
    as_of: DateTime = strawberry.field(description="The instant that the answer holds for.")

    @strawberry.field(description="Sets of products in this answer that feed each other, or one that feeds itself.")
    def cycles(graph: Parent[lineage.LineageGraph]) -> list[list[strawberry.ID]]:
        return lineage.find_cycles(graph.edges)


DirectionAsked = Annotated[Direction | None, strawberry.argument(name="direction", description="Which way to go.")]
Depth = Annotated[
    int | None,
    strawberry.argument(
        description="How many edges to go at most, 0 (the roots alone) to 100. null goes on to the end, however far."
    ),
]
MaxNodes = Annotated[
    int | None, strawberry.argument(description="How many nodes to answer with, the nearest: 1 to 100000.")
]
LevelAsked = Annotated[Level | None, strawberry.argument(name="level", description="What to walk.")]
Roots = Annotated[
    list[strawberry.ID], strawberry.argument(description="Ids of the data products to start from, 1 to 1000.")
]


# Which fields of a lineage need its edges, and which the count of what is left out.
FLOWS = frozenset({"edges", "cycles"})
TOLD = frozenset({"truncated", "truncation"})


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
        edge_fields=tuple(sorted(names_at(info, "edges"))),
        edges=not FLOWS.isdisjoint(names),
        counts=counts,
    )
