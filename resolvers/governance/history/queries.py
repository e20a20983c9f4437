"""Reads of the history of compliance: the counts of each domain at a time, and every change since."""

from typing import Any, LiteralString, NamedTuple

from resolvers.catalog import domains
from resolvers.governance.history.recorder import is_behind
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.shared_read import SharedRead
from resolvers.paging.connection import Listing, Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode


class Standing(NamedTuple):
    """Counts of a domain from `at` on, as in a compliance report."""

    domain: str
    at: str
    checked_products: int
    compliant_products: int
    violations: int
    warnings: int
    waived: int

    @property
    def overall_compliance(self) -> bool:
        return self.violations == 0


class History(NamedTuple):
    """Counts over `since < t <= until`. `start` holds the counts of each domain at `since`; it is None before the log
    began, and `note` says so. `until` is earlier than requested if the history is not recorded that far; `note` says
    that too."""

    domain: str | None
    since: str
    until: str
    start: tuple[Standing, ...] | None
    note: str | None


_SUMS: LiteralString = """count(s), sum(CASE WHEN s.violations = 0 THEN 1 ELSE 0 END),
  sum(s.violations), sum(s.warnings), sum(s.waived)"""
_AT: LiteralString = f"""s.until > $at AND s.since <= $at
WITH s.domain AS domain, [{_SUMS}] AS sums ORDER BY domain
RETURN collect([domain] + sums)
"""
MESH_AT: LiteralString = "MATCH (s:ComplianceSpan) WHERE " + _AT
DOMAIN_AT: LiteralString = "MATCH (s:ComplianceSpan) WHERE s.domain = $domain AND " + _AT

BEGAN: LiteralString = """
OPTIONAL MATCH (e:AuditEvent {seq: 1})
OPTIONAL MATCH (h:ComplianceLog {key: 'history'})
RETURN [e.at, h.at]
"""


async def history_of(store: Store, domain: str | None, since: str | None, until: str | None) -> History:
    """Without `since` from the first event on, without `until` up to now. Raises `UserFault` for an unknown domain and
    for times that are still to come or the wrong way round."""
    now = clock.now()
    check_times(since, until, now)
    if domain is not None and await domains.by_names(store, (domain,)) == [None]:
        raise UserFault(UserErrorCode.NOT_FOUND, f"There is no domain '{domain[:200]}'.", ("domain",))
    complete = not await is_behind(store)
    began, reached = await store.read(BEGAN)
    begin, end = since or began or now, until or now
    if began is None:
        return History(domain, begin, end, None, "Nothing was written yet.")
    notes = []
    if not complete and (reached or began) < end:
        end = max(reached or began, begin)
        notes.append(f"The history is recorded up to {end} so far: ask again in a moment.")
    start = None
    if begin >= began and (complete or (reached is not None and begin <= reached)):
        start = tuple(await standings(store, domain, begin))
    elif begin < began:
        notes.append(f"The log begins at {began}: how things stood before is not known.")
    return History(domain, begin, end, start, " ".join(notes) or None)


def one_history(scope: RequestScope, domain: str | None, since: str | None, until: str | None) -> SharedRead[History]:
    """Read once, however often an operation asks for it. Give it to `RequestScope.once`."""
    return SharedRead(lambda: history_of(scope.store, domain, since, until))


def check_times(since: str | None, until: str | None, now: str) -> None:
    for name, value in (("from", since), ("to", until)):
        if value is not None and value > now:
            raise UserFault(UserErrorCode.INVALID_INPUT, f"{value} is in the future: give a past time.", (name,))
    if since is not None and until is not None and until < since:
        raise UserFault(UserErrorCode.INVALID_INPUT, "`to` is before `from`.", ("to",))


async def standings(store: Store, domain: str | None, at: str) -> list[Standing]:
    """Counts by domain, for domains that had a product then."""
    query = MESH_AT if domain is None else DOMAIN_AT
    return [Standing(name, at, *sums) for name, *sums in await store.read(query, at=at, domain=domain)]


# -- changes -----------------------------------------------------------------------------------------------------------

_BEGUN: LiteralString = "s.since >= $since AND s.since <= $until RETURN s, s.since AS at, 1 AS sign"
_ENDED: LiteralString = "s.until >= $since AND s.until <= $until RETURN s, s.until AS at, -1 AS sign"
_GROUPED: LiteralString = """
WITH at, s.domain AS domain, sum(sign) AS products,
  sum(CASE WHEN s.violations = 0 THEN sign ELSE 0 END) AS compliant,
  sum(sign * s.violations) AS violations, sum(sign * s.warnings) AS warnings, sum(sign * s.waived) AS waived
WHERE (at > $since OR domain > $behind)
  AND (products <> 0 OR compliant <> 0 OR violations <> 0 OR warnings <> 0 OR waived <> 0)
"""
_MATCH: LiteralString = "MATCH (s:ComplianceSpan) WHERE "
_OF_DOMAIN: LiteralString = "s.domain = $domain AND "
MESH_CHANGES: LiteralString = "CALL () { " + _MATCH + _BEGUN + " UNION ALL " + _MATCH + _ENDED + " }" + _GROUPED
DOMAIN_CHANGES: LiteralString = (
    "CALL () { " + _MATCH + _OF_DOMAIN + _BEGUN + " UNION ALL " + _MATCH + _OF_DOMAIN + _ENDED + " }" + _GROUPED
)
_PAGE: LiteralString = """WITH * ORDER BY at, domain LIMIT $limit
RETURN collect([at, domain, products, compliant, violations, warnings, waived])
"""
# Sorts after every name: none of the changes of that moment.
LAST = "\U0010ffff"


def changes(store: Store, history: History, first: int | None, after: str | None) -> Listing[Standing]:
    """Changes with the counts from then on, ordered by time and domain."""
    size = page_size(first)
    scope = ListScope("complianceHistory", history.domain, history.since)
    place = decode(after, scope, str, str)
    query = MESH_CHANGES if history.domain is None else DOMAIN_CHANGES
    # Before the log began nothing stood, and its first moment is a change.
    whole = [history.since, LAST if history.start is not None else ""]

    def parameters_of(since: str, behind: str) -> dict[str, Any]:
        return {"since": since, "behind": behind, "until": history.until, "domain": history.domain}

    async def read() -> Page:
        since, behind = place or whole
        rows = await store.read(query + _PAGE, **parameters_of(since, behind), limit=size + 1)
        stood = {one.domain: list(one[2:]) for one in await standings(store, history.domain, since)}
        return cut(list(followed(rows, stood, since)), size, lambda one: [one.at, one.domain])

    return Listing(scope, place, read, lambda: store.read(query + "RETURN count(*)", **parameters_of(*whole)))


def followed(rows: list[list[Any]], stood: dict[str, list[int]], since: str) -> list[Standing]:
    """`stood` holds the sums at `since`, including changes at exactly that time."""
    points = []
    for at, domain, *sums in rows:
        totals = stood.setdefault(domain, [0] * len(sums))
        if at > since:
            stood[domain] = totals = [old + change for old, change in zip(totals, sums, strict=True)]
        points.append(Standing(domain, at, *totals))
    return points
