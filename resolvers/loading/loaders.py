"""Everything that hangs off a list is read through these: one Cypher per level and kind, whatever the list's length."""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Hashable
from functools import cached_property, partial
from typing import Any, TypeVar

from aiodataloader import DataLoader

from resolvers.audit import queries
from resolvers.catalog import contracts, domains, policies, products
from resolvers.catalog.edge_prefetch import Side
from resolvers.contracts import change_requests
from resolvers.contracts.change_requests import ChangeRequest
from resolvers.graph import partial_records
from resolvers.graph.coalescing import Turns
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.records import AuditEvent, Contract, ContractField, Dependency, Domain, Policy, Product
from resolvers.paging.connection import Page

L = TypeVar("L")


class Loaders:
    """The loaders of one request, made when first used. They remember what they read, so never share them.

    `product_fields` are those of `Product` that anything in the request may ask for, `dependency_fields` those of
    `Dependency`; the records have no others. `turns`: reads by key are made together with those of other requests.
    `known`, by loader and key, and `edge_pages` were read along with something else."""

    def __init__(
        self,
        store: Store,
        product_fields: tuple[str, ...] = Product._fields,
        dependency_fields: tuple[str, ...] = Dependency._fields,
        turns: Turns | None = None,
    ) -> None:
        self.store = store
        self._turns = turns
        self.product_fields = product_fields
        self.dependency_fields = dependency_fields
        self.known: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self.edge_pages: dict[tuple[Side, int, str], Page] = {}
        self._made: dict[Hashable, Any] = {}

    async def many(self, loader: str, keys: list[str]) -> dict[str, Any]:
        """What `loader` finds for distinct `keys`, those that there are; read at once, without a future for each."""
        known = self.known[loader]
        missing = [key for key in keys if key not in known]
        if missing:
            found = await self._reader(loader)(missing)
            there = zip(missing, found, strict=True)
            known.update((pair for pair in there if pair[1] is not None) if None in found else there)
        return known

    async def one(self, loader: str, key: str) -> Any | None:
        """What `loader` finds for the key that a field at the root of an operation was given. `turns` gathers such
        keys, those of this request and of others; a loader's own gathering would only come on top."""
        if self._turns is None:
            return await getattr(self, loader).load(key)
        return (await self.many(loader, [key])).get(key)

    def once(self, make: Callable[..., L], *arguments: Hashable) -> L:
        """The loader `make(self, *arguments)`, one for the same arguments in the whole request."""
        key = (make, arguments)
        if key not in self._made:
            self._made[key] = make(self, *arguments)
        return self._made[key]

    def _reader(self, loader: str) -> Callable[[list[str]], Coroutine[Any, Any, list[Any]]]:
        """It does not hold these loaders, which hold it: what they read is freed without the collector."""
        (read, *given), turns, store = READS[loader](self), self._turns, self.store

        async def load(keys: list[str]) -> list[Any]:
            return await (read(store, keys, *given) if turns is None else turns.read(read, store, keys, *given))

        return load

    def _by_key(self, loader: str) -> DataLoader[str, Any]:
        return DataLoader(self._reader(loader))

    @cached_property
    def product(self) -> DataLoader[str, Product | None]:
        return self._by_key("product")

    @cached_property
    def product_by_urn(self) -> DataLoader[str, Product | None]:
        return self._by_key("product_by_urn")

    @cached_property
    def domain(self) -> DataLoader[str, Domain | None]:
        return self._by_key("domain")

    @cached_property
    def domain_by_name(self) -> DataLoader[str, Domain | None]:
        return self._by_key("domain_by_name")

    @cached_property
    def contract(self) -> DataLoader[str, Contract | None]:
        return self._by_key("contract")

    @cached_property
    def contract_fields(self) -> DataLoader[str, list[ContractField]]:
        return self._by_key("contract_fields")

    @cached_property
    def policy(self) -> DataLoader[str, Policy | None]:
        return self._by_key("policy")

    @cached_property
    def domain_policies(self) -> DataLoader[str, list[Policy]]:
        """By the domain's name."""
        return DataLoader(partial(policies.of_domains, self.store, clock.now()))

    @cached_property
    def change_request(self) -> DataLoader[str, ChangeRequest | None]:
        return self._by_key("change_request")

    @cached_property
    def audit_event(self) -> DataLoader[str, AuditEvent | None]:
        return self._by_key("audit_event")


# How each loader reads, with what else it is given; all answer aligned with the keys.
READS: dict[str, Callable[[Loaders], tuple[Any, ...]]] = {
    "product": lambda loaders: (products.by_ids, loaders.product_fields),
    "product_by_urn": lambda loaders: (
        products.by_urns,
        partial_records.fields_of(Product, loaders.product_fields, "urn"),
    ),
    "domain": lambda loaders: (domains.by_ids,),
    "domain_by_name": lambda loaders: (domains.by_names,),
    "contract": lambda loaders: (contracts.by_ids,),
    "contract_fields": lambda loaders: (contracts.fields_of,),
    "policy": lambda loaders: (policies.by_ids,),
    "change_request": lambda loaders: (change_requests.by_ids,),
    "audit_event": lambda loaders: (queries.by_ids,),
}
