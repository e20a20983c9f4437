"""Issued tokens and ended sessions in the graph, as SHA-256 only, so that all replicas share them.

Every change counts up one number, so that looking whether anything changed reads one node.
"""

from typing import Any, LiteralString, NamedTuple

from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Caller, Role
from resolvers.model.errors import AlreadyThere
from resolvers.model.records import Classification


class AccessToken(NamedTuple):
    """`digest` is the SHA-256 of the token, in hex; times as `resolvers.model.clock` writes them. `clearance` None: the
    roles' own."""

    name: str
    digest: str
    roles: tuple[str, ...]
    domains: tuple[str, ...]
    issued_at: str
    expires_at: str
    clearance: str | None = None

    @property
    def caller(self) -> Caller:
        clearance = None if self.clearance is None else Classification(self.clearance)
        roles = frozenset(map(Role, self.roles)) | {Role.READER}
        return Caller(self.name, roles, frozenset(self.domains), clearance=clearance)


class AccessList(NamedTuple):
    """All tokens, by digest and by name, and the digests of sessions that were signed out."""

    version: int
    by_digest: dict[str, AccessToken]
    by_name: dict[str, AccessToken]
    ended: frozenset[str]


READ: LiteralString = """
OPTIONAL MATCH (a:AccessList {key: 'access'})
WITH coalesce(a.version, 0) AS version
RETURN [version, CASE WHEN version <> $known THEN
  [COLLECT { MATCH (t:AccessToken)
     RETURN [t.name, t.digest, t.roles, t.domains, t.issuedAt, t.expiresAt, t.clearance] },
   COLLECT { MATCH (s:EndedSession) WHERE s.until > $now RETURN s.digest }] END]
"""


async def read_access(store: Store, cached: AccessList | None, now: str) -> AccessList:
    """`known` itself when nothing has changed since. From where writes go: a follower may not have heard of the end."""
    version, records = await store.read_latest(READ, known=cached.version if cached else -1, now=now)
    if cached is not None and records is None:
        return cached
    rows, ended = records or ((), ())
    tokens = [
        AccessToken(name, digest, tuple(roles), tuple(domains), *at) for name, digest, roles, domains, *at in rows
    ]
    by_digest, by_name = {one.digest: one for one in tokens}, {one.name: one for one in tokens}
    return AccessList(version, by_digest, by_name, frozenset(ended))


CHANGED: LiteralString = """
MERGE (a:AccessList {key: 'access'})
SET a.version = coalesce(a.version, 0) + 1
RETURN a.version
"""
DOMAINS: LiteralString = "MATCH (d:Domain) WHERE d.name IN $names RETURN collect(d.name)"
CREATE: LiteralString = "CREATE (t:AccessToken) SET t = $token RETURN t.name"
DROP: LiteralString = "MATCH (t:AccessToken {name: $name}) WITH t, t.name AS name DETACH DELETE t RETURN name"


async def unknown_domains(store: Store, names: tuple[str, ...]) -> list[str]:
    registered = await store.read(DOMAINS, names=list(names))
    return [name for name in names if name not in registered and name != "*"]


async def create_token(store: Store, token: AccessToken) -> bool:
    """False when there is one of that name."""

    async def work(tx: Transaction) -> None:
        await tx.run(CHANGED)  # first, as a lock: concurrent changes of the list wait for each other
        await tx.run(CREATE, token=properties(token))

    try:
        await store.write(work)
    except AlreadyThere:
        return False
    return True


def properties(token: AccessToken) -> dict[str, Any]:
    return {
        "name": token.name,
        "digest": token.digest,
        "roles": list(token.roles),
        "domains": list(token.domains),
        "issuedAt": token.issued_at,
        "expiresAt": token.expires_at,
        "clearance": token.clearance,
    }


async def drop_token(store: Store, name: str) -> bool:
    """False when there is none of that name."""

    async def work(tx: Transaction) -> bool:
        await tx.run(CHANGED)
        return await tx.run(DROP, name=name) is not None

    return await store.write(work)


END: LiteralString = """
MERGE (s:EndedSession {digest: $digest})
SET s.until = $until
WITH s
CALL () { MATCH (old:EndedSession) WHERE old.until <= $now DETACH DELETE old }
RETURN s.digest
"""


async def end_session(store: Store, digest: str, until: str, now: str) -> None:
    """Remembers that the session is over until it would have ended by itself; forgets those that have."""

    async def work(tx: Transaction) -> None:
        await tx.run(CHANGED)
        await tx.run(END, digest=digest, until=until, now=now)

    await store.write(work)
