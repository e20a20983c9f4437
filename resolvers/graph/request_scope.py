"""`RequestScope`: what the reads of one request share."""

from collections.abc import Callable, Hashable
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from resolvers.graph.store import Store
from resolvers.model.records import Dependency, Product
from resolvers.paging.connection import Page

P = ParamSpec("P")
L = TypeVar("L")


class RequestScope:
    """Lives as long as one request. Never share it: it remembers what was read.

    `product_fields` are the fields of `Product` that anything in the request may read, `dependency_fields` those of
    `Dependency`; partial records have no others. `known_products`, by id, and `edge_pages`, by side, size and product
    id, were read along with something else.
    """

    def __init__(
        self,
        store: Store,
        product_fields: tuple[str, ...] = Product._fields,
        dependency_fields: tuple[str, ...] = Dependency._fields,
    ) -> None:
        self.store = store
        self.product_fields = product_fields
        self.dependency_fields = dependency_fields
        self.known_products: dict[str, Product | None] = {}
        self.edge_pages: dict[tuple[str, int, str], Page] = {}
        self._made: dict[Hashable, Any] = {}

    def once(self, make: Callable[Concatenate[Self, P], L], *arguments: P.args, **named: P.kwargs) -> L:
        """`make(self, *arguments)`, which is called once in the request for equal arguments."""
        key = (make, arguments)
        if key not in self._made:
            self._made[key] = make(self, *arguments, **named)
        return self._made[key]
