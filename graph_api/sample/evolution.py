"""Later changes of the sample mesh: further contract versions, change requests and waivers."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class NextContract(NamedTuple):
    """A version that differs from the product's first contract by fields at the top of its schema."""

    product: str
    version: str
    add: Mapping[str, Any]
    remove: tuple[str, ...] = ()


class Refusal(NamedTuple):
    domain: str
    note: str


class SampleRequest(NamedTuple):
    """A breaking contract that consumers are asked about; `days` are those they have to answer."""

    contract: NextContract
    reason: str
    days: int
    refused: Refusal | None = None


class SampleWaiver(NamedTuple):
    policy: str
    product: str
    reason: str
    days: int


class Evolution(NamedTuple):
    contracts: tuple[NextContract, ...]
    requests: tuple[SampleRequest, ...]
    waivers: tuple[SampleWaiver, ...]


def read_evolution(payload: Mapping[str, Any]) -> Evolution:
    """The part `evolution` of `mesh.json`."""
    return Evolution(
        contracts=tuple(map(_contract, payload["contracts"])),
        requests=tuple(map(_request, payload["changeRequests"])),
        waivers=tuple(SampleWaiver(**waiver) for waiver in payload["waivers"]),
    )


def _contract(payload: Mapping[str, Any]) -> NextContract:
    return NextContract(
        payload["product"], payload["version"], payload.get("add", {}), tuple(payload.get("remove", ()))
    )


def _request(payload: Mapping[str, Any]) -> SampleRequest:
    refused = Refusal(**payload["refused"]) if "refused" in payload else None
    return SampleRequest(_contract(payload), payload["reason"], payload["days"], refused)


def evolved(first: Mapping[str, Any], following: NextContract) -> dict[str, Any]:
    """The contract input that follows the product's `first`."""
    schema = first["jsonSchema"]
    kept = {name: field for name, field in schema["properties"].items() if name not in following.remove}
    required = [name for name in schema.get("required", ()) if name not in following.remove]
    changed = {**schema, "required": required, "properties": {**kept, **following.add}}
    return {**first, "version": following.version, "jsonSchema": changed}
