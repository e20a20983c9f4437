"""Locks on everything that a write depends on, taken before it reads.

Neo4j is read-committed, so a value read before the lock may be outdated. Setting and removing `_lock` takes the
node's write lock and leaves no trace. Every writer locks in the same order (idempotency key, domains by name, other
labels by id, the tail of the audit log last), which prevents deadlocks. The edges of a locked product cannot change
either, because an edge write locks both ends.
"""

from collections.abc import Iterable, Mapping
from typing import Any, LiteralString, NamedTuple

from resolvers.audit.log import Tail
from resolvers.graph import projections
from resolvers.graph.store import Transaction
from resolvers.model.ids import Prefix, prefix_of
from resolvers.model.records import Product
from resolvers.writes.neighbourhood import MESH, NEIGHBOURS, NOBODY, Neighbourhood

Products = Mapping[str, Product]


class Locks(NamedTuple):
    """`ids` are of existing domains, products, contracts, policies or change requests; unknown ids lock nothing.
    `products` are those that are also read once all locks are held.
    """

    ids: tuple[str, ...] = ()
    domain_names: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


class Locked(NamedTuple):
    """`ids` are held, or of what isn't there. `known` is `[inputHash, answerJson]` of an idempotency key that was used
    before. `products` were read under the locks, by id. `tail` is the end of the audit log, which nothing holds yet."""

    ids: frozenset[str]
    known: list[Any] | None
    products: Products
    tail: Tail


# A key that is new is created here, so that the next sender of the same key waits for this transaction's end. Each
# subquery ends before the next one begins, so the last one reads what the holders of the locks before left behind. All
# lists come in maps: Neo4j plans a text again for each order of size of a list or text parameter, but not inside a map.
LOCK: LiteralString = f"""
CALL () {{
  UNWIND $on.keys AS key MERGE (k:IdempotencyKey {{key: key}})
  RETURN collect([k.inputHash, k.answerJson]) AS known
}}
CALL () {{
  UNWIND $on.names AS x MATCH (n:Domain {{name: x}}) SET n._lock = true REMOVE n._lock RETURN count(*) AS names
}}
CALL () {{
  UNWIND $on.domains AS x MATCH (n:Domain {{id: x}}) SET n._lock = true REMOVE n._lock RETURN count(*) AS domains
}}
CALL () {{
  UNWIND $on.changes AS x MATCH (n:ChangeRequest {{id: x}}) SET n._lock = true REMOVE n._lock RETURN count(*) AS changes
}}
{MESH}
CALL (mesh) {{
  UNWIND $on.policies + mesh AS x WITH DISTINCT x ORDER BY x
  MATCH (n:Policy {{id: x}}) SET n._lock = true REMOVE n._lock RETURN collect(x) AS policies
}}
{NEIGHBOURS}
WITH known, policies, consumers + providers + downstream AS around
CALL (around) {{
  UNWIND $on.products + around AS x WITH DISTINCT x ORDER BY x
  MATCH (n:DataProduct {{id: x}}) SET n._lock = true REMOVE n._lock RETURN collect(x) AS products
}}
CALL () {{
  UNWIND $on.contracts AS x MATCH (n:DataContract {{id: x}}) SET n._lock = true REMOVE n._lock RETURN count(*) AS terms
}}
CALL () {{
  UNWIND $on.read AS x MATCH (p:DataProduct {{id: x}}) RETURN collect({projections.PRODUCT}) AS read
}}
CALL () {{ MATCH (t:AuditLog {{key: 'tail'}}) RETURN [t.seq, t.hash] AS tail }}
RETURN [known, policies + products, read, tail]
"""


async def lock(tx: Transaction, locks: Locks, key: str | None = None, around: Neighbourhood = NOBODY) -> Locked:
    """Takes the locks, including those on the neighbours that `around` selects at that moment."""
    on = {
        "keys": [key] if key else [],
        "names": sorted(set(locks.domain_names)),
        "domains": _of(Prefix.DOMAIN, locks.ids),
        "changes": _of(Prefix.CHANGE_REQUEST, locks.ids),
        "policies": _of(Prefix.POLICY, locks.ids),
        "products": _of(Prefix.PRODUCT, locks.ids),
        "contracts": _of(Prefix.CONTRACT, locks.ids),
        "read": list(locks.products),
    }
    replay, held, read, tail = await tx.run(LOCK, on=on, around=around._asdict())
    return Locked(
        frozenset(locks.ids).union(held),
        replay[0] if replay and replay[0][0] is not None else None,
        {product.id: product for product in (Product(*row) for row in read)},
        tuple(tail),
    )


def _of(prefix: Prefix, ids: Iterable[str]) -> list[str]:
    return sorted({identifier for identifier in ids if prefix_of(identifier) is prefix})


READ: LiteralString = f"""
UNWIND $read.products AS x MATCH (p:DataProduct {{id: x}}) RETURN collect({projections.PRODUCT})
"""


async def read_locked(tx: Transaction, ids: Iterable[str]) -> Products:
    """Reads products whose locks are held."""
    requested = list(dict.fromkeys(ids))
    rows = await tx.run(READ, read={"products": requested}) if requested else []
    return {product.id: product for product in (Product(*row) for row in rows)}
