"""Impact of a contract on its consumers, read from the graph before it is published."""

import asyncio
from typing import NamedTuple

import orjson

from resolvers.contracts.diff import ContractDiff, diff_contracts
from resolvers.contracts.spec import STORED, ContractSpec
from resolvers.contracts.usage import Affected, Use, affected_in_portions, uses_of
from resolvers.graph.store import Store, Transaction
from resolvers.model.records import Contract


class Impact(NamedTuple):
    """What a contract would do to its readers. `diff` is None for a product's first contract, which breaks no one."""

    diff: ContractDiff | None = None
    affected: tuple[Affected, ...] = ()
    uses: tuple[Use, ...] = ()


def stored_spec(contract: Contract) -> ContractSpec:
    """A stored contract as a publisher would give it. It was checked when it came; it is not checked again."""
    return ContractSpec.model_validate(
        {
            "version": contract.version,
            "format": contract.format,
            "json_schema": orjson.loads(contract.json_schema_json),
            "classification": contract.classification,
            "retention": contract.retention_json and orjson.loads(contract.retention_json),
            "sla": orjson.loads(contract.sla_json),
            "quality": orjson.loads(contract.quality_json),
            "semantic_model": contract.semantic_model_json and orjson.loads(contract.semantic_model_json),
        },
        context=STORED,
    )


async def impact_of(reader: Store | Transaction, current: Contract | None, spec: ContractSpec) -> Impact:
    """Compares `spec` with `current`, the contract in force, and reads the consumers of what changes."""
    if current is None:
        return Impact()
    diff = await asyncio.to_thread(diff_contracts, stored_spec(current), spec)
    if not diff.breaking:
        return Impact(diff)
    uses = await uses_of(reader, current.product_id)
    return Impact(diff, tuple(await affected_in_portions(diff.changes, uses)), tuple(uses))
