"""Reads of the audit log, newest first and filtered: for the whole mesh, or for each of many products."""

from enum import StrEnum
from typing import Any, LiteralString, NamedTuple

from aiodataloader import DataLoader

from resolvers.graph.projections import AUDIT_EVENT
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model.records import AuditEvent, Product
from resolvers.paging.connection import Listing, Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode

NO_END = 2**53  # after the last event


class AuditFilter(NamedTuple):
    """Conditions that all must hold. `since` is inclusive, `until` exclusive, both in the format of
    `resolvers.model.clock`.
    """

    subject_kind: str | None = None
    subject_id: str | None = None
    domain: str | None = None
    actor: str | None = None
    action: str | None = None
    since: str | None = None
    until: str | None = None


class AuditEntry(StrEnum):
    """The index that a listing starts from, or the end of the log."""

    SUBJECT = "SUBJECT"
    ACTOR = "ACTOR"
    DOMAIN = "DOMAIN"
    ALL = "ALL"


MATCHES: LiteralString = """e.seq < $f.before
  AND ($f.subject_kind IS NULL OR e.subjectKind = $f.subject_kind)
  AND ($f.domain IS NULL OR e.domain = $f.domain)
  AND ($f.actor IS NULL OR e.actor = $f.actor)
  AND ($f.action IS NULL OR e.action = $f.action)
  AND ($f.since IS NULL OR e.at >= $f.since)
  AND ($f.until IS NULL OR e.at < $f.until)"""
# The same with the subject: an event also is about the products that it mentions.
MATCHES_WITH_SUBJECT: LiteralString = (
    """($f.subject_id IS NULL OR e.subjectId = $f.subject_id
    OR EXISTS { MATCH (:EventMention {subjectId: $f.subject_id, seq: e.seq}) }) AND """
    + MATCHES
)
# The condition that an index answers, and the order in which it does: nothing is sorted.
STARTS: dict[AuditEntry, tuple[LiteralString, LiteralString]] = {
    AuditEntry.ACTOR: ("e.actor = $f.actor AND ", "e.actor DESC, "),
    AuditEntry.DOMAIN: ("e.domain = $f.domain AND ", "e.domain DESC, "),
    AuditEntry.ALL: ("", ""),
}
SUBJECT: LiteralString = "MATCH (e:AuditEvent) WHERE e.subjectId = $f.subject_id AND " + MATCHES
MENTION: LiteralString = (
    "MATCH (m:EventMention) WHERE m.subjectId = $f.subject_id AND m.seq < $f.before\n"
    "MATCH (e:AuditEvent {seq: m.seq}) WHERE " + MATCHES
)
PAGE_OF_SUBJECT: LiteralString = (
    "CALL () {\n"
    + SUBJECT
    + "\nWITH e ORDER BY e.subjectId DESC, e.seq DESC LIMIT $limit RETURN e\nUNION ALL\n"
    + MENTION
    + "\nWITH e, m ORDER BY m.subjectId DESC, m.seq DESC LIMIT $limit RETURN e\n}\n"
    + "WITH e ORDER BY e.seq DESC LIMIT $limit RETURN collect("
    + AUDIT_EVENT
    + ")"
)
PAGES: dict[AuditEntry, LiteralString] = {
    entry: "MATCH (e:AuditEvent) WHERE "
    + start
    + MATCHES
    + "\nWITH e ORDER BY "
    + order
    + "e.seq DESC LIMIT $limit RETURN collect("
    + AUDIT_EVENT
    + ")"
    for entry, (start, order) in STARTS.items()
}
PAGES[AuditEntry.SUBJECT] = PAGE_OF_SUBJECT
COUNTS: dict[AuditEntry, LiteralString] = {
    entry: "MATCH (e:AuditEvent) WHERE " + start + MATCHES + " RETURN count(e)" for entry, (start, _) in STARTS.items()
}
COUNTS[AuditEntry.SUBJECT] = "RETURN COUNT { " + SUBJECT + " } + COUNT { " + MENTION + " }"
OF_SUBJECTS: LiteralString = (
    "UNWIND $keys AS key CALL (key) {\n  CALL (key) {\n"
    "    MATCH (e:AuditEvent) WHERE e.subjectId = key[0] AND e.seq < key[1]\n"
    "    WITH e ORDER BY e.subjectId DESC, e.seq DESC LIMIT $limit RETURN e\n"
    "    UNION ALL\n    MATCH (m:EventMention) WHERE m.subjectId = key[0] AND m.seq < key[1]\n"
    "    WITH m ORDER BY m.subjectId DESC, m.seq DESC LIMIT $limit MATCH (e:AuditEvent {seq: m.seq}) RETURN e\n  }\n"
    "  WITH e ORDER BY e.seq DESC LIMIT $limit RETURN collect(" + AUDIT_EVENT + ") AS found\n"
    "}\nRETURN collect([key, found])"
)
COUNT_OF_SUBJECTS: LiteralString = (
    "UNWIND $ids AS id RETURN collect([id, COUNT { MATCH (e:AuditEvent) WHERE e.subjectId = id } "
    "+ COUNT { MATCH (m:EventMention) WHERE m.subjectId = id }])"
)
BY_IDS: LiteralString = "MATCH (e:AuditEvent) WHERE e.id IN $ids RETURN collect(" + AUDIT_EVENT + ")"


def listing(store: Store, filter: AuditFilter, first: int | None, after: str | None) -> Listing[AuditEvent]:
    """Audit events, newest first."""
    size = page_size(first)
    scope = ListScope("auditEvents", filter)
    place = decode(after, scope, int)
    entry, parameters = entry_of(filter), filter._asdict()

    async def read() -> Page:
        return to_page(
            await store.read(PAGES[entry], f={**parameters, "before": start_of(place)}, limit=size + 1), size
        )

    return Listing(scope, place, read, lambda: store.read(COUNTS[entry], f={**parameters, "before": NO_END}))


def entry_of(filter: AuditFilter) -> AuditEntry:
    if filter.subject_id is not None:
        return AuditEntry.SUBJECT
    if filter.actor is not None:
        return AuditEntry.ACTOR
    return AuditEntry.ALL if filter.domain is None else AuditEntry.DOMAIN


def start_of(place: list[Any] | None) -> int:
    return min(place[0], NO_END) if place else NO_END


def to_page(rows: list[Any], size: int) -> Page:
    return cut(list(map(AuditEvent._make, rows)), size, lambda event: [event.seq])


async def by_ids(store: Store, ids: list[str]) -> list[AuditEvent | None]:
    """Aligned with `ids`; None where there is no such event."""
    events = {row[0]: AuditEvent._make(row) for row in await store.read(BY_IDS, ids=list(ids))}
    return [events.get(id) for id in ids]


def page_loader(loaders: RequestScope, size: int) -> DataLoader[tuple[str, int], Page]:
    """Loads the page of (subject id, exclusive upper sequence number)."""

    async def load(keys: list[tuple[str, int]]) -> list[Page]:
        rows = await loaders.store.read(OF_SUBJECTS, keys=[list(key) for key in keys], limit=size + 1)
        pages = {tuple(key): to_page(events, size) for key, events in rows}
        return [pages[key] for key in keys]

    return DataLoader(load)


def count_loader(loaders: RequestScope) -> DataLoader[str, int]:
    async def load(ids: list[str]) -> list[int]:
        counts = dict(await loaders.store.read(COUNT_OF_SUBJECTS, ids=list(ids)))
        return [counts[id] for id in ids]

    return DataLoader(load)


def events_of(loaders: RequestScope, product: Product, first: int | None, after: str | None) -> Listing[AuditEvent]:
    """Audit events of the product, newest first."""
    size = page_size(first)
    scope = ListScope("dataProduct.auditEvents", product.id)
    place = decode(after, scope, int)
    return Listing(
        scope,
        place,
        lambda: loaders.once(page_loader, size).load((product.id, start_of(place))),
        lambda: loaders.once(count_loader).load(product.id),
    )
