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


# A key that is new is created here, so that the next sender of the same key waits for this transaction's end. All lists
# come in one map: Neo4j plans a text again for each order of size of a list or text parameter, but not inside a map.
LOCK: LiteralString = """
CALL () {
  UNWIND $on.keys AS key MERGE (k:IdempotencyKey {key: key})
  RETURN collect([k.inputHash, k.answerJson]) AS known
}
CALL () {
  UNWIND $on.names AS x MATCH (n:Domain {name: x}) SET n._lock = true REMOVE n._lock RETURN count(*) AS names
}
CALL () {
  UNWIND $on.domains AS x MATCH (n:Domain {id: x}) SET n._lock = true REMOVE n._lock RETURN count(*) AS domains
}
CALL () {
  UNWIND $on.changes AS x MATCH (n:ChangeRequest {id: x}) SET n._lock = true REMOVE n._lock RETURN count(*) AS changes
}
CALL () {
  UNWIND $on.policies AS x MATCH (n:Policy {id: x}) SET n._lock = true REMOVE n._lock RETURN count(*) AS policies
}
CALL () {
  UNWIND $on.products AS x MATCH (n:DataProduct {id: x}) SET n._lock = true REMOVE n._lock RETURN count(*) AS products
}
CALL () {
  UNWIND $on.contracts AS x MATCH (n:DataContract {id: x}) SET n._lock = true REMOVE n._lock RETURN count(*) AS terms
}
RETURN known
"""


async def lock(tx: Transaction, locks: Locks, key: str | None = None) -> list[Any] | None:
    """Takes the locks; returns `[inputHash, answerJson]` of the idempotency key when it was used before, else None."""
    on = {
        "keys": [key] if key else [],
        "names": sorted(set(locks.domain_names)),
        "domains": _of(Prefix.DOMAIN, locks.ids),
        "changes": _of(Prefix.CHANGE_REQUEST, locks.ids),
        "policies": _of(Prefix.POLICY, locks.ids),
        "products": _of(Prefix.PRODUCT, locks.ids),
        "contracts": _of(Prefix.CONTRACT, locks.ids),
    }
    known = await tx.run(LOCK, on=on)
    return known[0] if known and known[0][0] is not None else None


def _of(prefix: Prefix, ids: Iterable[str]) -> list[str]:
    return sorted({identifier for identifier in ids if prefix_of(identifier) is prefix})
