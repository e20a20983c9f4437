"""The inbox of a caller: open approvals, findings of their products, ending waivers, deprecated providers they use."""

from datetime import timedelta
from typing import LiteralString, NamedTuple

from resolvers.contracts import change_requests
from resolvers.contracts.change_requests import ChangeRequest, Status
from resolvers.governance.engine.facts_cypher import MESH, Scope
from resolvers.governance.report import report_on
from resolvers.graph.projections import WAIVER
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.access import Caller, Role
from resolvers.model.records import Dependency
from resolvers.writes.judgement import Violation, Waiver

# How far ahead of its end a waiver is listed.
WAIVER_NOTICE = timedelta(days=30)
ALL = "*"
MAX_ITEMS = 200

# `$domains` null: every domain.
APPROVALS: LiteralString = f"""
MATCH (q:ChangeRequest {{status: 'PENDING'}})-[:NEEDS {{decision: 'PENDING'}}]->(d:Domain)
WHERE ($domains IS NULL OR d.name IN $domains) AND q.deadline > $now
WITH DISTINCT q ORDER BY q.deadline, q.id LIMIT $limit
RETURN collect({change_requests.PROJECTION})
"""
WAIVERS: LiteralString = f"""
MATCH (w:Waiver) WHERE w.expiresAt > $now AND w.expiresAt <= $until
MATCH (p:DataProduct {{id: w.productId}}) WHERE $domains IS NULL OR p.domain IN $domains
WITH w ORDER BY w.expiresAt, w.id LIMIT $limit
RETURN collect({WAIVER})
"""
# A token may name a domain that is not registered.
DOMAINS: LiteralString = "MATCH (d:Domain) WHERE d.name IN $names RETURN collect(d.name)"
DEPRECATED: LiteralString = """
MATCH (c:DataProduct)-[r:DEPENDS_ON]->(p:DataProduct {status: 'DEPRECATED'})
WHERE $domains IS NULL OR c.domain IN $domains
WITH c, r, p ORDER BY p.urn, c.urn LIMIT $limit
RETURN collect([c.id, p.id, r.kind, r.origin, r.since, r.fields, r.contractVersion])
"""


class Inbox(NamedTuple):
    """One caller's, at `now`. `domains` are those they answer for; None means every domain."""

    domains: tuple[str, ...] | None
    now: str


def inbox_of(caller: Caller, now: str) -> Inbox:
    """Governance and owners of `*` answer for every domain; callers that own none have an empty inbox."""
    everywhere = Role.GOVERNANCE in caller.roles or (Role.DOMAIN_OWNER in caller.roles and ALL in caller.domains)
    owned = tuple(sorted(caller.domains)) if Role.DOMAIN_OWNER in caller.roles else ()
    return Inbox(None if everywhere else owned, now)


async def approvals(store: Store, inbox: Inbox) -> list[ChangeRequest]:
    """Open change requests that wait for one of the domains, the earliest deadline first; at most 200."""
    rows = await store.read(APPROVALS, domains=_names(inbox), now=inbox.now, limit=MAX_ITEMS)
    requests = [request for row in rows if (request := change_requests.from_row(row)) is not None]
    return [request for request in requests if change_requests.status_at(request, inbox.now) == Status.PENDING]


async def findings(store: Store, inbox: Inbox, fields: tuple[str, ...]) -> tuple[Violation, ...]:
    """Findings of the domains' products, the mandatory ones first; `fields` are those read of the products."""
    if inbox.domains is None:
        scope = MESH
    elif registered := await store.read(DOMAINS, names=list(inbox.domains)):
        scope = Scope(domains=tuple(registered))
    else:
        return ()
    report = await report_on(store, scope, fields=fields)
    return report.violations + report.warnings


async def ending_waivers(store: Store, inbox: Inbox) -> list[Waiver]:
    """Waivers of the domains' products that end within 30 days, the next to end first; at most 200."""
    until = clock.to_text(clock.from_text(inbox.now) + WAIVER_NOTICE)
    rows = await store.read(WAIVERS, domains=_names(inbox), now=inbox.now, until=until, limit=MAX_ITEMS)
    return [Waiver(*row) for row in rows]


async def deprecated_providers(store: Store, inbox: Inbox) -> list[Dependency]:
    """Dependencies of the domains' products on deprecated ones, by the provider's urn; at most 200."""
    rows = await store.read(DEPRECATED, domains=_names(inbox), limit=MAX_ITEMS)
    return [Dependency(*row) for row in rows]


def _names(inbox: Inbox) -> list[str] | None:
    return None if inbox.domains is None else list(inbox.domains)
