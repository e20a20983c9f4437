"""Payloads of mutations of contracts and change requests. The source is a `resolvers.writes.pipeline.Outcome`."""

import strawberry
from strawberry import Parent

from resolvers.writes.pipeline import Outcome
from schema.change_request import ChangeRequest
from schema.contract_diff import ContractDiff
from schema.data_contract import DataContract
from schema.payloads import Payload


@strawberry.type(description="The outcome of a publication.")
class DataContractPayload(Payload):
    @strawberry.field(description="The contract; null if the write was refused or a change request was opened.")
    def contract(outcome: Parent[Outcome]) -> DataContract | None:
        return outcome.thing

    @strawberry.field(
        description="Changes against the version in force and the consumers they affect, also when refused; null for a "
        "first contract and when the contract was refused before the comparison."
    )
    def diff(outcome: Parent[Outcome]) -> ContractDiff | None:
        return outcome.extra.get("diff")

    @strawberry.field(description="The change request that was opened or published; otherwise null.")
    def change_request(outcome: Parent[Outcome]) -> ChangeRequest | None:
        return outcome.extra.get("change_request")


@strawberry.type(description="The outcome of a write to a change request.")
class ChangeRequestPayload(Payload):
    @strawberry.field(description="The change request; null if the write was refused.")
    def change_request(outcome: Parent[Outcome]) -> ChangeRequest | None:
        return outcome.thing
