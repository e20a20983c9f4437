"""Data loaders of one request: related records of a list take one Cypher query for each level and kind."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

from aiodataloader import DataLoader

from resolvers.audit import queries
from resolvers.catalog import contracts, domains, past_products, policies, products, waivers
from resolvers.contracts import change_requests
from resolvers.contracts.change_requests import ChangeRequest
from resolvers.graph import partial_records, product_references
from resolvers.graph.coalescing import ReadCoalescer
from resolvers.graph.keyed_loader import KeyedLoader
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.records import AuditEvent, Contract, ContractField, Dependency, Domain, Policy, Product
from resolvers.writes.judgement import Waiver

T = TypeVar("T")


class Loaders(RequestScope):
    """Each loader is made when it is first used. With `coalescer`, reads by key are shared with other requests."""

    def __init__(
        self,
        store: Store,
        product_fields: tuple[str, ...] = Product._fields,
        dependency_fields: tuple[str, ...] = Dependency._fields,
        coalescer: ReadCoalescer | None = None,
    ) -> None:
        super().__init__(store, product_fields, dependency_fields)
        self._turns = coalescer

    def _keyed(
        self, read: Callable[..., Awaitable[Sequence[T]]], *arguments: Hashable, known: dict[str, T] | None = None
    ) -> KeyedLoader[T]:
        """A loader by `read(store, keys, *arguments)`, which answers aligned with the keys. It holds no reference to
        these loaders, so that what they read is freed without the garbage collector."""
        reader = reader_of(self.store, self._turns, read, arguments)
        return KeyedLoader(reader, {} if known is None else known, coalesced=self._turns is not None)

    @cached_property
    def product(self) -> KeyedLoader[Product | None]:
        return self._keyed(products.by_ids, self.product_fields, known=self.known_products)

    @cached_property
    def whole_product(self) -> KeyedLoader[Product | None]:
        """By id, with all fields: for code that needs others than those that the operation names."""
        return self._keyed(products.by_ids)

    @cached_property
    def product_by_urn(self) -> KeyedLoader[Product | None]:
        return self._keyed(products.by_urns, partial_records.fields_of(Product, self.product_fields, "urn"))

    @cached_property
    def successor(self) -> KeyedLoader[Product | None]:
        """By the urn that a product's `successor` holds: of a product of the past, as the successor was then."""
        fields = partial_records.fields_of(Product, self.product_fields, "urn")
        return self._keyed(past_products.by_marked_urns, fields)

    @cached_property
    def product_id(self) -> KeyedLoader[str]:
        """By an id or a urn; see `product_references.ids_of`."""
        return self._keyed(product_references.ids_of)

    @cached_property
    def domain(self) -> KeyedLoader[Domain | None]:
        return self._keyed(domains.by_ids)

    @cached_property
    def domain_by_name(self) -> KeyedLoader[Domain | None]:
        return self._keyed(domains.by_names)

    @cached_property
    def contract(self) -> KeyedLoader[Contract | None]:
        return self._keyed(contracts.by_ids)

    @cached_property
    def contract_id(self) -> KeyedLoader[str]:
        """By a product's urn, with or without a version; see `contracts.ids_of`."""
        return self._keyed(contracts.ids_of)

    @cached_property
    def contract_fields(self) -> KeyedLoader[list[ContractField]]:
        return self._keyed(contracts.fields_of)

    @cached_property
    def policy(self) -> KeyedLoader[Policy | None]:
        return self._keyed(policies.by_ids)

    @cached_property
    def domain_policies(self) -> DataLoader[str, list[Policy]]:
        """By the domain's name."""
        return DataLoader(partial(policies.of_domains, self.store, clock.now()))

    @cached_property
    def waiver(self) -> KeyedLoader[Waiver | None]:
        return self._keyed(waivers.by_ids)

    @cached_property
    def change_request(self) -> KeyedLoader[ChangeRequest | None]:
        return self._keyed(change_requests.by_ids)

    @cached_property
    def audit_event(self) -> KeyedLoader[AuditEvent | None]:
        return self._keyed(queries.by_ids)


def reader_of(
    store: Store, coalescer: ReadCoalescer | None, read: Callable[..., Awaitable[Any]], arguments: tuple[Hashable, ...]
) -> Callable[[list[str]], Awaitable[Any]]:
    async def load(keys: list[str]) -> Any:
        if coalescer is None:
            return await read(store, keys, *arguments)
        return await coalescer.read(read, store, keys, *arguments)

    return load
