"""Reads of webhooks: all for role governance, otherwise those that the caller registered."""

from typing import LiteralString

from aiodataloader import DataLoader

from resolvers.graph.keyed_loader import KeyedLoader
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.model.access import Caller, Role
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.paging.connection import Listing, Page, cut, page_size
from resolvers.paging.cursors import ListScope, decode
from resolvers.webhooks.records import LETTER, WEBHOOK, DeadLetter, Webhook

MATCHES: LiteralString = """
MATCH (w:Webhook)
WHERE ($creator IS NULL OR w.createdBy = $creator)
  AND ($domain IS NULL OR w.domain = $domain)
  AND ($retired OR w.active)
"""
COUNT: LiteralString = MATCHES + "RETURN count(w)"
PAGE: LiteralString = f"""{MATCHES}
  AND ($at IS NULL OR w.createdAt > $at OR (w.createdAt = $at AND w.id > $id))
WITH w ORDER BY w.createdAt, w.id LIMIT $limit
RETURN collect({WEBHOOK})
"""


def listing(
    store: Store, caller: Caller, domain: str | None, retired: bool, first: int | None, after: str | None
) -> Listing[Webhook]:
    """Webhooks in order of registration. Raises `UserFault` UNAUTHENTICATED for anonymous callers."""
    requested = {"creator": creator_of(caller), "domain": domain, "retired": retired}
    size = page_size(first)
    scope = ListScope("webhooks", domain, retired)
    place = decode(after, scope, str, str)

    async def read() -> Page:
        at, identifier = place or (None, None)
        rows = await store.read(PAGE, **requested, at=at, id=identifier, limit=size + 1)
        return cut(list(map(Webhook._make, rows)), size, lambda webhook: [webhook.created_at, webhook.id])

    return Listing(scope, place, read, lambda: store.read(COUNT, **requested))


def creator_of(caller: Caller) -> str | None:
    """Name of the caller whose webhooks are visible; None for all."""
    if caller.anonymous:
        raise UserFault(UserErrorCode.UNAUTHENTICATED, "Webhooks are visible to the user who registered them: sign in.")
    return None if Role.GOVERNANCE in caller.roles else caller.name


ONE: LiteralString = f"""
MATCH (w:Webhook {{id: $id}}) WHERE $creator IS NULL OR w.createdBy = $creator
RETURN {WEBHOOK}
"""


async def find(store: Store, caller: Caller, webhook_id: str) -> Webhook | None:
    """A webhook. None if it does not exist or the caller may not see it."""
    row = await store.read(ONE, id=webhook_id, creator=creator_of(caller))
    return None if row is None else Webhook(*row)


BY_IDS: LiteralString = f"""
MATCH (w:Webhook) WHERE w.id IN $ids AND ($creator IS NULL OR w.createdBy = $creator)
RETURN collect({WEBHOOK})
"""


def webhook_loader(loaders: RequestScope, caller: Caller) -> KeyedLoader[Webhook | None]:
    """Loads webhooks by id; None where there is none or the caller may not see it, like `find`."""

    async def load(ids: list[str]) -> list[Webhook | None]:
        rows = await loaders.store.read(BY_IDS, ids=ids, creator=creator_of(caller))
        webhooks = {webhook.id: webhook for webhook in map(Webhook._make, rows)}
        return [webhooks.get(id) for id in ids]

    return KeyedLoader(load, {}, coalesced=False)


LETTERS: LiteralString = f"""
UNWIND $keys AS key CALL (key) {{
  MATCH (l:DeadLetter {{webhookId: key[0]}}) WHERE l.seq > key[1] OR (l.seq = key[1] AND l.id > key[2])
  WITH l ORDER BY l.seq, l.id LIMIT $limit RETURN collect({LETTER}) AS found
}}
RETURN collect([key, found])
"""
LETTER_COUNTS: LiteralString = (
    "UNWIND $ids AS id RETURN collect([id, COUNT { MATCH (l:DeadLetter) WHERE l.webhookId = id }])"
)


def letters_of(loaders: RequestScope, webhook: Webhook, first: int | None, after: str | None) -> Listing[DeadLetter]:
    """Dead letters, ordered by event number."""
    size = page_size(first)
    scope = ListScope("webhook.deadLetters", webhook.id)
    place = decode(after, scope, int, str)
    start: tuple[int, str] = (place[0], place[1]) if place else (0, "")
    return Listing(
        scope,
        place,
        lambda: loaders.once(letter_loader, size).load((webhook.id, start[0], start[1])),
        lambda: loaders.once(letter_count_loader).load(webhook.id),
    )


def letter_loader(loaders: RequestScope, size: int) -> DataLoader[tuple[str, int, str], Page]:
    """Loads the page of (webhook id, sequence number and id to continue after)."""

    async def load(keys: list[tuple[str, int, str]]) -> list[Page]:
        rows = await loaders.store.read(LETTERS, keys=[list(key) for key in keys], limit=size + 1)
        letters_by_key = {tuple(key): [DeadLetter(*letter) for letter in letters] for key, letters in rows}
        return [cut(letters_by_key[key], size, lambda letter: [letter.seq, letter.id]) for key in keys]

    return DataLoader(load)


def letter_count_loader(loaders: RequestScope) -> DataLoader[str, int]:
    async def load(ids: list[str]) -> list[int]:
        counts = dict(await loaders.store.read(LETTER_COUNTS, ids=list(ids)))
        return [counts[id] for id in ids]

    return DataLoader(load)
