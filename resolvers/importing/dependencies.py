"""Many new dependencies in one write. One that is in force already stays as it is."""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from resolvers.caller import Action
from resolvers.errors import UserErrorCode, UserFault, UserFaults
from resolvers.importing.documents import Edge
from resolvers.locking import Locks
from resolvers.records import EdgeOrigin
from resolvers.store import Store, Transaction
from resolvers.verdicts import Aspect, Touched
from resolvers.writing import Change, Seen, Write


class Pair(NamedTuple):
    consumer_id: str
    provider_id: str
    kind: str


IDS: LiteralString = """
UNWIND $given.urns AS urn
MATCH (p:DataProduct {urn: urn})
RETURN collect([p.urn, p.id])
"""


async def ids_of(store: Store, edges: Sequence[Edge]) -> dict[str, str]:
    """By urn. Raises `UserFaults` that name the urns of no product."""
    urns = sorted({urn for edge in edges for urn in (edge.consumer, edge.spec.provider)})
    found = dict(await store.read(IDS, given={"urns": urns}))
    missing = [urn for urn in urns if urn not in found]
    if missing:
        raise UserFaults([UserFault(UserErrorCode.NOT_FOUND, f"There is no data product '{urn}'.") for urn in missing])
    return found


def plan(pairs: Sequence[Pair]) -> Write:
    """`thing` is the number of dependencies that are new."""
    consumers = tuple(sorted({pair.consumer_id for pair in pairs}))
    providers = tuple(sorted({pair.provider_id for pair in pairs}))

    async def look(tx: Transaction) -> Seen:
        return Seen(None, tuple(await tx.run(DOMAINS, given={"ids": consumers})))

    async def apply(tx: Transaction, state: None, now: str) -> Change:
        rows = [pair._asdict() for pair in pairs]
        created = await tx.run(CREATE, given={"pairs": rows, "origin": EdgeOrigin.DECLARED.value, "now": now})
        after = {"dependencies": [[pair.consumer_id, pair.provider_id] for pair in pairs]}
        return Change(created, "BATCH", "import", after=after, changed=created > 0)

    touched = Touched(consumers, frozenset({Aspect.EDGES}), providers)
    locks = Locks((*consumers, *providers))
    return Write(
        "importDependencies", Action.WRITE_DEPENDENCY, [list(pair) for pair in pairs], locks, touched, look, apply
    )


DOMAINS: LiteralString = """
UNWIND $given.ids AS id
MATCH (p:DataProduct {id: id})
RETURN collect(DISTINCT p.domain)
"""

CREATE: LiteralString = """
UNWIND $given.pairs AS pair
MATCH (a:DataProduct {id: pair.consumer_id})
MATCH (b:DataProduct {id: pair.provider_id})
WHERE NOT EXISTS { (a)-[:DEPENDS_ON]->(b) }
CREATE (a)-[:DEPENDS_ON {kind: pair.kind, origin: $given.origin, since: $given.now}]->(b)
RETURN count(*)
"""
