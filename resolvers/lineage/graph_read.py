"""Reads the present mesh, whole or what changed of it since an event of the audit log.

Of a commit, all that it did to products and edges can be seen before the log's index has its event. So whoever finds an
event there, and then reads what it touched, from the same server, misses nothing of it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import chain
from typing import Any, LiteralString, NamedTuple

import orjson

from resolvers.audit.high_watermark import settled
from resolvers.graph.store import Store
from resolvers.lineage.graph import ID, Found, Graph, Provider
from resolvers.model.errors import StoreError

PAGE = 1_000
# What changed is read for so many events, which touched so many products; the whole mesh costs less than much more.
EVENTS = 2_000
TOUCHED = 1_000
# Nearly all who ask find nothing new, or a write or two, and are told by a smaller question.
FEW_EVENTS = 3
FEW_TOUCHED = 50
# So small a question is not waited for long; who asked for the lineage has a longer one to ask instead.
SECONDS = 2.0


class Place(NamedTuple):
    """Behind event `seq` of the audit log, which has `hash`; 0 and None before the first one."""

    seq: int
    hash: str | None


class News(NamedTuple):
    """What the log says behind `since`. `same` when it is the log that `since` is of, and goes as far; `last` is where
    it ends. `touched` are the products to read anew, None where there are too many, or an event does not say.
    `products` and `edges` count what there is."""

    since: Place
    same: bool
    last: Place
    touched: list[str] | None
    products: int
    edges: int


# The event of the place itself comes first, if it is there. The database keeps the counts by itself, so they cost the
# same whatever the size of the mesh: they tell of products and edges that came or went past the service.
FEW_NEWS: LiteralString = """
MATCH (e:AuditEvent) WHERE e.seq >= $seq
WITH e ORDER BY e.seq LIMIT $events
RETURN [
  collect([e.seq, e.hash, CASE WHEN e.seq > $seq AND size(e.touches) <= $touched THEN e.touches END]),
  COUNT { (:DataProduct) }, COUNT { ()-[:DEPENDS_ON]->() }
]
"""
NEWS: LiteralString = """
MATCH (e:AuditEvent) WHERE e.seq >= $seq
WITH e ORDER BY e.seq LIMIT $events
WITH collect(e) AS events
CALL (events) {
  UNWIND events AS e
  WITH e WHERE e.seq > $seq AND e.touches IS NOT NULL
  UNWIND e.touches AS id
  WITH DISTINCT id LIMIT $touched
  RETURN collect(id) AS touched
}
RETURN [
  [e IN events[..1] | [e.seq, e.hash]], [e IN events[-1..] | [e.seq, e.hash]], size(events),
  any(e IN events WHERE e.seq > $seq AND e.touches IS NULL), touched,
  COUNT { (:DataProduct) }, COUNT { ()-[:DEPENDS_ON]->() }
]
"""


async def read_news(store: Store, since: Place) -> News:
    few = {"seq": since.seq, "events": FEW_EVENTS + 2, "touched": FEW_TOUCHED}
    news = to_few_news(since, *await store.read_within(SECONDS, FEW_NEWS, **few))
    return news or to_news(since, await store.read_within(SECONDS, NEWS, **asked(since)))


async def latest_news(store: Store, since: Place) -> News:
    """From where writes go, which has heard of all."""
    return to_news(since, await store.read_latest(NEWS, **asked(since)))


def asked(since: Place) -> dict[str, Any]:
    return {"seq": since.seq, "events": EVENTS + 2, "touched": TOUCHED + 1}


def to_few_news(since: Place, events: list[list[Any]], products: int, edges: int) -> News | None:
    """None where there is more than that."""
    touched = [touches for seq, _, touches in events if seq > since.seq]
    if len(events) > FEW_EVENTS + 1 or None in touched:
        return None
    ids, places = list(dict.fromkeys(chain.from_iterable(touched))), [event[:2] for event in events]
    return to_news(since, [places[:1], places[-1:], len(events), False, ids, products, edges])


def to_news(since: Place, found: list[Any]) -> News:
    first, last, count, unknown, touched, products, edges = found
    same = since.seq == 0 or first == [[*since]]
    whole = count <= EVENTS + 1 and not unknown and len(touched) <= TOUCHED
    return News(since, same, Place(*last[0]) if last else since, touched if whole else None, products, edges)


_FOUND: LiteralString = """
collect([p.card, COLLECT { MATCH (p)-[r:DEPENDS_ON]->(m) RETURN [m.id, r.kind, r.origin, r.since] }])
"""

PRODUCTS: LiteralString = f"""
MATCH (e:AuditEvent {{seq: $last.seq}}) WHERE e.hash = $last.hash
UNWIND $ids AS id
MATCH (p:DataProduct {{id: id}})
RETURN {_FOUND}
"""


async def read_products(store: Store, ids: Sequence[str], last: Place) -> list[Found]:
    """Those that are found, with a card, by a server that has event `last`: none by another."""
    return with_cards(await store.read_within(SECONDS, PRODUCTS, ids=list(ids), last=last._asdict()))


async def latest_products(store: Store, ids: Sequence[str], last: Place) -> list[Found]:
    """From where writes go."""
    return with_cards(await store.read_latest(PRODUCTS, ids=list(ids), last=last._asdict())) if ids else []


def with_cards(rows: list[list[Any]]) -> list[Found]:
    return to_products([row for row in rows if row[0] is not None], {})


COUNTED: LiteralString = """
OPTIONAL MATCH (e:AuditEvent {seq: $seq})
RETURN [e.hash, COUNT { (:DataProduct) }]
"""


async def read_graph(store: Store, most: int) -> tuple[Graph, Place] | None:
    """The whole mesh as it is at that place of the log; what is written meanwhile may be in it or not. None when it has
    more than `most` products."""
    seq = await settled(store)  # all that was written up to there is found from now on
    hash, count = await store.read(COUNTED, seq=seq)
    if count > most:
        return None
    products = [product async for page in pages(store) for product in page]
    # In a thread, beside which the others go on: it takes a second for 100,000.
    return await asyncio.to_thread(Graph, products), Place(seq, hash)


AFTER: LiteralString = f"""
MATCH (p:DataProduct) WHERE p.id > $after
WITH p ORDER BY p.id LIMIT $limit
RETURN {_FOUND}
"""


async def pages(store: Store) -> AsyncIterator[list[Found]]:
    """All products by their ids."""
    after, seen = "", dict[Any, Any]()
    while True:
        rows = await store.read(AFTER, after=after, limit=PAGE)
        if any(card is None for card, _ in rows):
            raise StoreError("A data product has no card, so another version wrote it.", "INCONSISTENT")
        page = to_products(rows, seen)
        yield page
        if len(page) < PAGE:
            return
        after = str(page[-1].card[ID])


def to_products(rows: list[list[Any]], seen: dict[Any, Any]) -> list[Found]:
    """`seen` has each text and `Told` that came before, so that what many products or edges share is there once."""

    def once(value: Any) -> Any:
        return seen.setdefault(value, value)

    return [
        Found(
            tuple(map(once, orjson.loads(card))),
            [Provider(once(id), once(tuple(map(once, told)))) for id, *told in providers],
        )
        for card, providers in rows
    ]
