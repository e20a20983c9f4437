"""Everything that hangs off a list is read through these: one Cypher per level and kind, whatever the list's length."""

from functools import cached_property, partial

from aiodataloader import DataLoader

from resolvers import contracts, domains, products
from resolvers.records import Contract, ContractField, Domain, Product
from resolvers.store import Store


class Loaders:
    """The loaders of one request, made when first used. They remember what they read, so never share them."""

    def __init__(self, store: Store) -> None:
        self.store = store

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
