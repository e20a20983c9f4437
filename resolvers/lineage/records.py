"""Records of a lineage answer."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from resolvers.model.records import Product


class Direction(StrEnum):
    """UPSTREAM goes from a consumer to its providers, DOWNSTREAM from a provider to its consumers."""

    UPSTREAM = "UPSTREAM"
    DOWNSTREAM = "DOWNSTREAM"
    BOTH = "BOTH"


class Level(StrEnum):
    PRODUCT = "PRODUCT"


class Reason(StrEnum):
    DEPTH = "DEPTH"
    NODES = "NODES"
    TIME = "TIME"


class AbsenceReason(StrEnum):
    NOT_YET_CREATED = "NOT_YET_CREATED"


class LineageNode(NamedTuple):
    """A product of the answer. `direction` tells on which walks it was met, `distance` the fewest edges to a root, and
    `hidden_neighbours` how many distinct neighbours on those walks are not in the answer, None when not counted.
    `rank` is that of `resolvers.lineage.ranks`, None when not asked for."""

    product: Product
    direction: Direction
    distance: int
    hidden_neighbours: int | None
    rank: int | None = None


class LineageEdge(NamedTuple):
    """Data flow: `source` is the provider, `target` its consumer; both are nodes of the answer."""

    source: str
    target: str
    kind: str
    origin: str
    since: str
    source_urn: str = ""
    target_urn: str = ""


class Truncation(NamedTuple):
    """Neighbours of the product `at_node` are left out, and why."""

    reason: Reason
    at_node: str


class Absence(NamedTuple):
    """A root, by its id and urn, that is not in the answer because of `reason`. It came at `created_at`."""

    reason: AbsenceReason
    root: str
    urn: str
    created_at: str


class LineageGraph(NamedTuple):
    """`nodes` come nearest first, then by id; `roots` as asked, each once. `absent` are the roots that were not there
    at that time. `truncation` names at most `trace.PLACES`
    places, the nearest; `truncated` says whether there is any. `as_of` is the instant that the answer holds for."""

    roots: list[Product]
    nodes: Sequence[LineageNode]
    edges: Sequence[LineageEdge]
    depth_reached: int
    truncated: bool | None
    truncation: list[Truncation] | None
    as_of: str
    absent: Sequence[Absence] = ()
