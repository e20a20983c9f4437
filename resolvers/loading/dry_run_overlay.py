"""Records that a dry run or refused write would have created, for payloads that show them."""

import orjson

from resolvers.contracts.fields import derive_fields
from resolvers.loading.loaders import Loaders
from resolvers.model.ids import mark_of, plain_id, snapshot_id
from resolvers.model.records import Contract, ContractField, Product
from resolvers.writes.pipeline import Outcome


def show_would_be(loaders: Loaders, outcome: Outcome) -> None:
    """Products and contracts of a refused or dry-run write are found by their ids in this request; lists that hang off
    them (dependencies, versions, events) still show the graph as it is."""
    for record in outcome.overlay:
        if isinstance(record, Product):
            loaders.product.prime(plain_id(record.id), record)
        elif isinstance(record, Contract):
            loaders.contract.prime(plain_id(record.id), record)
            loaders.contract_fields.prime(record.id, would_be_fields(record))


def would_be_fields(contract: Contract) -> list[ContractField]:
    """These fields were never kept: their ids are made of the contract's."""
    derived = derive_fields(orjson.loads(contract.json_schema_json))
    return [
        ContractField(snapshot_id(contract.id, f"{mark_of(contract.id)}.{position}"), *field, position=position)
        for position, field in enumerate(derived)
    ]
