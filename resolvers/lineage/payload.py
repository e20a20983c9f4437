"""Which properties a lineage reads, and how they become records."""

from collections.abc import Callable
from typing import Any

from resolvers import parts
from resolvers.errors import StoreError
from resolvers.lineage.question import Question
from resolvers.lineage.records import LineageEdge
from resolvers.records import Product
from resolvers.revisions import from_document

ENDS = ("source", "target")
# What a row has before the product's own properties.
WALKED = ("number", "up", "down", "consumers", "mutual")


def product_fields(question: Question) -> tuple[str, ...]:
    return parts.fields_of(Product, question.product_fields, "id")


def edge_fields(question: Question) -> tuple[str, ...]:
    return parts.fields_of(LineageEdge, question.edge_fields, *ENDS)


def product_keys(question: Question) -> list[str]:
    return parts.keys_of(product_fields(question))


def edge_keys(question: Question) -> list[str]:
    return parts.keys_of(edge_fields(question)[len(ENDS) :])


def edge_maker(question: Question) -> Callable[[Any], LineageEdge]:
    """Makes an edge of its source, target and what is told of it."""
    return parts.maker(LineageEdge, edge_fields(question))


def product_maker(question: Question) -> Callable[[list[Any]], Any]:
    """Makes a product of a row; at a past time it is the one that a revision tells of, unless the id is enough."""
    fields = product_fields(question)
    if question.as_of is not None and fields != ("id",):
        return product_then
    if fields == Product._fields:
        return lambda row: Product._make(row[len(WALKED) :])
    return parts.maker(Product, fields, WALKED)


def product_then(row: list[Any]) -> Product:
    documents = row[len(WALKED) + 1 :]
    if not documents:
        raise StoreError("The history of a product in this lineage has a gap at that time.", "INCONSISTENT")
    return from_document(documents[0])
