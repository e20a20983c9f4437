"""Properties that a lineage query reads, and their conversion to records."""

from collections.abc import Sequence
from typing import Any

from resolvers.graph import partial_records
from resolvers.graph.columnar import Columns, column_of
from resolvers.lineage.records import LineageEdge
from resolvers.lineage.request import Question
from resolvers.model.errors import StoreError
from resolvers.model.ids import mark_of
from resolvers.model.portions import Steps, mapped
from resolvers.model.records import Product
from resolvers.writes.revisions import as_snapshot, from_document

ENDS = ("source", "target")
URNS = ("source_urn", "target_urn")
# How many values a row has before the product's own properties.
WALKED = 5


def product_fields(question: Question) -> tuple[str, ...]:
    urn = ("urn",) if question.edges and edge_urns(question) else ()
    return partial_records.fields_of(Product, question.product_fields, "id", *urn)


def edge_fields(question: Question) -> tuple[str, ...]:
    return partial_records.fields_of(LineageEdge, question.edge_fields, *ENDS)


def edge_urns(question: Question) -> tuple[str, ...]:
    """Those of the edges' fields that come from their ends' products."""
    return tuple(name for name in URNS if name in edge_fields(question))


def stored_edge_fields(question: Question) -> tuple[str, ...]:
    """Those of the edges' fields that the edge itself holds."""
    return tuple(name for name in edge_fields(question) if name not in (*ENDS, *URNS))


def edge_keys(question: Question) -> list[str]:
    return partial_records.keys_of(stored_edge_fields(question))


def edges_of(
    question: Question,
    ends: Sequence[Sequence[str]],
    edge_rows: Sequence[Sequence[Any]],
    products: Sequence[Product],
) -> Columns[Any]:
    """The edges of their sources and targets, with the properties read of each and the urns of both ends, as far as
    these are asked for. `products` are those of both ends."""
    more = [column_of(edge_rows, place) for place in range(len(stored_edge_fields(question)))]
    urns = edge_urns(question) if question.edges else ()
    if urns:
        urn_of = dict(zip(attribute(products, "id"), attribute(products, "urn"), strict=True))
        column: dict[str, Sequence[str]] = dict(zip(URNS, ends, strict=True))
        more += [list(map(urn_of.__getitem__, column[name])) for name in urns]
    fields = (*ENDS, *stored_edge_fields(question), *urns)
    return Columns(partial_records.part_of(LineageEdge, fields), [*ends, *more])


def attribute(products: Sequence[Product], name: str) -> Sequence[Any]:
    return products.column(name) if isinstance(products, Columns) else [getattr(product, name) for product in products]


def products_of(question: Question, rows: Sequence[list[Any]], row_fields: tuple[str, ...]) -> Steps[Sequence[Any]]:
    """The product of each row; at a past time it is the one that a revision tells of, unless the id is enough."""
    fields = product_fields(question)
    if question.as_of is not None and fields != ("id",):
        return (yield from mapped(lambda some: list(map(product_then, some)), rows))
    places = map(row_fields.index, fields)
    return Columns(partial_records.part_of(Product, fields), [column_of(rows, WALKED + place) for place in places])


def product_then(row: list[Any]) -> Product:
    documents = row[WALKED + 1 :]
    if not documents:
        raise StoreError("The history of a product in this lineage has a gap at that time.", "INCONSISTENT")
    return as_snapshot(from_document(documents[0]), mark_of(row[WALKED]))
