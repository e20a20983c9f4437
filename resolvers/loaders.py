"""Everything that hangs off a list is read through these: one Cypher per level and kind, whatever the list's length."""

from collections.abc import Callable, Hashable
from functools import cached_property, partial
from typing import Any, TypeVar

from aiodataloader import DataLoader

from resolvers import audit_read, clock, contracts, domains, policies_read, products
from resolvers.contracting import change_requests
from resolvers.contracting.change_requests import ChangeRequest
from resolvers.records import AuditEvent, Contract, ContractField, Domain, Policy, Product
from resolvers.store import Store

L = TypeVar("L")


class Loaders:
    """The loaders of one request, made when first used. They remember what they read, so never share them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._made: dict[Hashable, Any] = {}

    def once(self, make: Callable[..., L], *arguments: Hashable) -> L:
        """The loader `make(self, *arguments)`, one for the same arguments in the whole request."""
        key = (make, arguments)
        if key not in self._made:
            self._made[key] = make(self, *arguments)
        return self._made[key]

    @cached_property
    def product(self) -> DataLoader[str, Product | None]:
        return DataLoader(partial(products.by_ids, self.store))

    @cached_property
    def product_by_urn(self) -> DataLoader[str, Product | None]:
        return DataLoader(partial(products.by_urns, self.store))

    @cached_property
    def domain(self) -> DataLoader[str, Domain | None]:
        return DataLoader(partial(domains.by_ids, self.store))

    @cached_property
    def domain_by_name(self) -> DataLoader[str, Domain | None]:
        return DataLoader(partial(domains.by_names, self.store))

    @cached_property
    def contract(self) -> DataLoader[str, Contract | None]:
        return DataLoader(partial(contracts.by_ids, self.store))

    @cached_property
    def contract_fields(self) -> DataLoader[str, list[ContractField]]:
        return DataLoader(partial(contracts.fields_of, self.store))

    @cached_property
    def policy(self) -> DataLoader[str, Policy | None]:
        return DataLoader(partial(policies_read.by_ids, self.store))

    @cached_property
    def domain_policies(self) -> DataLoader[str, list[Policy]]:
        """By the domain's name."""
        return DataLoader(partial(policies_read.of_domains, self.store, clock.now()))

    @cached_property
    def change_request(self) -> DataLoader[str, ChangeRequest | None]:
        return DataLoader(partial(change_requests.by_ids, self.store))

    @cached_property
    def audit_event(self) -> DataLoader[str, AuditEvent | None]:
        return DataLoader(partial(audit_read.by_ids, self.store))
