"""Which properties a lineage reads, and how they become records."""

from collections.abc import Callable, Collection, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from resolvers.errors import StoreError
from resolvers.lineage.records import LineageEdge
from resolvers.records import Product
from resolvers.revisions import from_document

Record = TypeVar("Record", bound=tuple)
ENDS = ("source", "target")


def product_keys(fields: Collection[str]) -> list[str]:
    return [camel(field) for field in product_fields(fields)]


def edge_keys(fields: Collection[str]) -> list[str]:
    return [camel(field) for field in edge_fields(fields)[len(ENDS) :]]


def product_fields(fields: Collection[str]) -> list[str]:
    return [field for field in Product._fields if field == "id" or field in fields]


def edge_fields(fields: Collection[str]) -> list[str]:
    return [field for field in LineageEdge._fields if field in ENDS or field in fields]


def camel(field: str) -> str:
    head, *tail = field.split("_")
    return head + "".join(part.title() for part in tail)


def maker(record: type[Record], given: Sequence[str]) -> Callable[[list[Any]], Record]:
    """Makes records from the values of the fields `given`; the others become None."""
    fields: tuple[str, ...] = record._fields  # type: ignore[attr-defined]
    if tuple(given) == fields:
        return record._make  # type: ignore[attr-defined]
    nothing = len(given)
    pick = itemgetter(*(given.index(field) if field in given else nothing for field in fields))
    return lambda values: tuple.__new__(record, pick([*values, None]))


def product_maker(fields: Collection[str], past: bool) -> Callable[[list[Any]], Product]:
    given = product_fields(fields)
    return product_then if past and given != ["id"] else maker(Product, given)


def product_then(documents: list[str]) -> Product:
    """The product as a revision of it tells."""
    if not documents:
        raise StoreError("The history of a product in this lineage has a gap at that time.", "INCONSISTENT")
    return from_document(documents[0])
