"""Locks on what a write decides about, taken by a separate statement before anything that counts is read.

Neo4j is read-committed: what was read before the lock may be gone. Setting and removing `_lock` takes the node's write
lock and leaves nothing behind. Every writer locks in the same order (idempotency key, domains by name, then the other
labels by id, the audit log's tail last), so that writers wait for each other and do not deadlock. A locked product's
edges cannot change either, since an edge write locks both ends.
"""

from collections.abc import Iterable
from typing import Any, LiteralString, NamedTuple

from resolvers.ids import Prefix, prefix_of
from resolvers.store import Transaction


class Locks(NamedTuple):
    """`ids` are of domains, products, contracts, policies or change requests that exist; unknown ones lock nothing."""

    ids: tuple[str, ...] = ()
    domain_names: tuple[str, ...] = ()


# A key that is new is created here, so that the next sender of the same key waits for this transaction's end.
LOCK: LiteralString = """
CALL () { UNWIND $keys AS key MERGE (k:IdempotencyKey {key: key}) RETURN collect([k.inputHash, k.answerJson]) AS known }
CALL () { UNWIND $names AS name MATCH (n:Domain {name: name}) SET n._lock = true REMOVE n._lock RETURN count(*) AS d }
CALL () { UNWIND $domains AS id MATCH (n:Domain {id: id}) SET n._lock = true REMOVE n._lock RETURN count(*) AS e }
CALL () { UNWIND $changes AS i MATCH (n:ChangeRequest {id: i}) SET n._lock = true REMOVE n._lock RETURN count(*) AS q }
CALL () { UNWIND $policies AS id MATCH (n:Policy {id: id}) SET n._lock = true REMOVE n._lock RETURN count(*) AS y }
CALL () { UNWIND $products AS id MATCH (n:DataProduct {id: id}) SET n._lock = true REMOVE n._lock RETURN count(*) AS p }
CALL () { UNWIND $contracts AS i MATCH (n:DataContract {id: i}) SET n._lock = true REMOVE n._lock RETURN count(*) AS c }
RETURN known
"""


async def lock(tx: Transaction, locks: Locks, key: str | None = None) -> list[Any] | None:
    """Takes the locks; returns `[inputHash, answerJson]` of the idempotency key when it was used before, else None."""
    known = await tx.run(
        LOCK,
        keys=[key] if key else [],
        names=sorted(set(locks.domain_names)),
        domains=_of(Prefix.DOMAIN, locks.ids),
        changes=_of(Prefix.CHANGE_REQUEST, locks.ids),
        policies=_of(Prefix.POLICY, locks.ids),
        products=_of(Prefix.PRODUCT, locks.ids),
        contracts=_of(Prefix.CONTRACT, locks.ids),
    )
    return known[0] if known and known[0][0] is not None else None


def _of(prefix: Prefix, ids: Iterable[str]) -> list[str]:
    return sorted({identifier for identifier in ids if prefix_of(identifier) is prefix})
