"""References to data products in arguments: an id or a urn.

A urn may be in upper case and percent-encoded, as people paste it; the graph has it in lower case and plain.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, LiteralString
from urllib.parse import unquote

from resolvers.graph.store import Store
from resolvers.model.ids import plain_id

URN = "urn:mesh:"
ID_OF_URN: LiteralString = "MATCH (p:DataProduct {urn: $urn}) RETURN p.id"
IDS_OF_URNS: LiteralString = (
    "UNWIND $arguments.urns AS urn MATCH (p:DataProduct {urn: urn}) RETURN collect([p.urn, p.id])"
)


def is_urn(reference: str) -> bool:
    return decoded(reference)[: len(URN)].lower() == URN


def decoded(reference: str) -> str:
    """Without the space around it, and without percent-encoding where that hides a urn."""
    reference = reference.strip()
    return unquote(reference) if "%" in reference and reference[:3].lower() == "urn" else reference


def plain_urn(reference: str) -> str:
    """The urn in the form stored in the graph; other texts are returned unchanged."""
    return decoded(reference).lower() if is_urn(reference) else reference


async def ids_of(store: Store, references: Sequence[str]) -> list[str]:
    """`references` with each urn replaced by the id of its product, and each id of a snapshot by its product's. A urn
    of no product stays as it is, so that a message about it names what was given. Without a urn nothing is read."""
    urns = [plain_urn(reference) for reference in references if is_urn(reference)]
    ids_by_urn = dict(await store.read(IDS_OF_URNS, arguments={"urns": urns})) if urns else {}
    return [ids_by_urn.get(plain_urn(reference)) or plain_id(reference) for reference in references]


async def id_by(run: Callable[..., Awaitable[Any]], reference: str) -> str:
    """As `ids_of`, of one reference, read by `run`: a transaction's, or a store's."""
    if not is_urn(reference):
        return plain_id(reference)
    return await run(ID_OF_URN, urn=plain_urn(reference)) or reference


async def id_for_write(store: Store, reference: str) -> str:
    """As `ids_of`, of one reference, and from the leader: a write may follow the one that made the product."""
    return await id_by(store.read_latest, reference)
