"""Reads dependency edges together with the products that they belong to, level by level, in one query.

A query that finds products continues with stages. Each stage takes the distinct products of an earlier one and
reads a page of edges for each, so a shared product is read once. The text depends only on the stages' sides and
order; sizes and property names are parameters in the one map `$along`.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, LiteralString, NamedTuple

from resolvers.graph import partial_records
from resolvers.graph.product_snapshot import ReadingOf, keyed
from resolvers.graph.request_scope import RequestScope
from resolvers.model.records import Dependency
from resolvers.paging.connection import Page, cut

MAX_STAGES = 4
ROOT = -1


class Side(StrEnum):
    """The end of the edge that the product is on."""

    DEPENDENCIES = "DEPENDENCIES"
    CONSUMERS = "CONSUMERS"


class Branch(NamedTuple):
    """The first `size` edges on that side of each product. `ends`: the products at the other ends are read too.
    `below` are their branches.
    """

    side: Side
    size: int
    ends: bool = False
    below: "tuple[Branch, ...]" = ()


class Stage(NamedTuple):
    """A branch and the index of the stage whose products it starts from."""

    branch: Branch
    parent: int


def stages_of(branches: Sequence[Branch], parent: int = ROOT, stages: tuple[Stage, ...] = ()) -> tuple[Stage, ...]:
    """Stages in the order of the text, parents first. Those beyond `MAX_STAGES` are left out and loaded on access."""
    for branch in branches:
        if len(stages) < MAX_STAGES:
            stages = (*stages, Stage(branch, parent))
            stages = stages_of(branch.below, len(stages) - 1, stages)
    return stages


# From `p` to the product `q` at the other end.
ARROWS: dict[Side, LiteralString] = {
    Side.DEPENDENCIES: "MATCH (p)-[r:DEPENDS_ON]->(q:DataProduct)",
    Side.CONSUMERS: "MATCH (p)<-[r:DEPENDS_ON]-(q:DataProduct)",
}
NAMES: dict[int, LiteralString] = {ROOT: "R", 0: "0", 1: "1", 2: "2", 3: "3"}
EDGE: LiteralString = "[q.urn, q.id] + [key IN $along.edgeKeys | r[key]]"
ASKED: LiteralString = keyed("q", "$along.keys")


@cache
def following(shape: tuple[tuple[Side, int], ...]) -> LiteralString:
    """Cypher of the stages, each `(side, parent)`, for a text in which `startsR` is the list of products."""
    text: LiteralString = ""
    for number, (side, parent) in enumerate(shape):
        text = text + stage_text(ARROWS[side], NAMES[parent], NAMES[number])
    return text


def stage_text(arrow: LiteralString, start: LiteralString, number: LiteralString) -> LiteralString:
    return (
        """
CALL (starts""" + start + """) {
  UNWIND starts""" + start + """ AS p
  CALL (p) {
    """ + arrow + """
    WITH r, q ORDER BY q.urn LIMIT $along.limits[""" + number + """]
    RETURN collect(""" + EDGE + """) AS page, collect(q) AS others
  }
  WITH collect([p.id, page]) AS pages, collect(others) AS others
  CALL (others) { UNWIND others AS some UNWIND some AS q RETURN collect(DISTINCT q) AS starts }
  RETURN [pages, CASE WHEN $along.ends[""" + number + """] THEN [q IN starts | """ + ASKED + """] ELSE [] END]
    AS stage""" + number + ", starts AS starts" + number + "\n}"
    )  # fmt: skip


@cache
def stages_list(count: int) -> LiteralString:
    """Cypher that returns the stages."""
    names: LiteralString = ", ".join(("stage0", "stage1", "stage2", "stage3")[:count])
    return "[" + names + "]"


class PrefetchPlan(NamedTuple):
    """The branches to read together with products, and the loaders of the request that cache them."""

    loaders: RequestScope | None
    branches: tuple[Branch, ...] = ()

    @property
    def stages(self) -> tuple[Stage, ...]:
        return stages_of(self.branches)


NOTHING = PrefetchPlan(None)


def shape_of(stages: Sequence[Stage]) -> tuple[tuple[Side, int], ...]:
    return tuple((stage.branch.side, stage.parent) for stage in stages)


def parameters_of(loaders: RequestScope, stages: Sequence[Stage], reading_of: ReadingOf) -> dict[str, Any]:
    """The parameter `$along`."""
    return {
        "limits": [stage.branch.size + 1 for stage in stages],
        "ends": [stage.branch.ends for stage in stages],
        "keys": reading_of(loaders.product_fields).keys,
        "edgeKeys": partial_records.keys_of(loaders.dependency_fields[2:]),
    }


def keep(loaders: RequestScope, stages: Sequence[Stage], prefetched: Sequence[Any], reading_of: ReadingOf) -> None:
    """Stores the results of the stages in the caches of this request. Raises `StaleSnapshot`."""
    for stage, (pages, products) in zip(stages, prefetched, strict=True):
        side, size = stage.branch.side, stage.branch.size
        make = page_maker(loaders, side, size)
        for product_id, rows in pages:
            loaders.edge_pages[side, size, product_id] = make(product_id, rows)
        keep_products(loaders, products, reading_of)


def keep_products(loaders: RequestScope, rows: list[Any], reading_of: ReadingOf) -> None:
    products = reading_of(loaders.product_fields).products(rows)
    loaders.known_products.update((product.id, product) for product in products)


def page_maker(loaders: RequestScope, side: Side, size: int) -> Callable[[str, Sequence[Sequence[Any]]], Page]:
    """A function that makes the page of a product from rows of `EDGE`."""
    make = partial_records.maker(Dependency, loaders.dependency_fields, ("urn",))

    def page_of(product_id: str, rows: Sequence[Sequence[Any]]) -> Page:
        if side is Side.DEPENDENCIES:
            edges = [make((urn, product_id, other, *rest)) for urn, other, *rest in rows]
        else:
            edges = [make((urn, other, product_id, *rest)) for urn, other, *rest in rows]
        return cut(edges, size, urn_of)

    return page_of


def urn_of(edge: Any) -> list[Any]:
    """The cursor values of an edge."""
    return [edge.urn]
