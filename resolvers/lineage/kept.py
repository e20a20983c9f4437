"""The mesh that a process keeps in memory, so that a lineage of the present is walked where it is answered, and many
products at once are found there.

Nothing is answered from memory alone. Each question first asks the database what was written since, one small query
that those who come together share; what changed is read, so the answer has all up to the last event that the database
told of. Whatever speaks against what is in memory leaves the answer to the database: events that touched too much, a
log that is another one, counts that do not agree. If that lasts, what is in memory is read anew.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from time import monotonic
from typing import Any

from resolvers.graph.coalescing import Turns
from resolvers.graph.store import Store
from resolvers.lineage.graph import ID, Found, Graph
from resolvers.lineage.graph_products import on_cards, products_in
from resolvers.lineage.graph_read import News, Place, latest_news, latest_products, read_graph, read_news, read_products
from resolvers.lineage.graph_walk import answers, walk_each
from resolvers.lineage.request import Question
from resolvers.lineage.result import Walk
from resolvers.model.errors import StoreError
from resolvers.model.records import Product

log = logging.getLogger("meshweave.lineage")

# How long a doubt may last before the database is asked whether it is right: another's write is seen in part for a
# moment, and a follower may not have heard of what is in memory.
DOUBT_SECONDS = 1.0
# From one reading of the mesh to the next; twice as long each time, until what was read agrees with the database.
PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 600.0


class Kept:
    """One a process. A mesh of more than `most` products is not kept."""

    def __init__(
        self, open_store: Callable[[], Store], turns: Turns, most: int, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self._open_store = open_store
        self._turns = turns
        self.most = most
        self._shortest_pause = self._pause = pause_seconds
        self._graph: Graph | None = None
        self._place = Place(0, None)
        self._doubted: float | None = None  # since when nothing has agreed
        self.loading: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._closed = False

    async def walks(self, store: Store, questions: Sequence[Question]) -> list[Walk] | None:
        """One walk for each question, as `store` sees the mesh; they differ in their roots alone. None: ask the
        database, which also tells what is wrong with it, if something is."""
        graph = await self._current(store) if answers(questions[0]) else None
        return None if graph is None else walk_each(graph, questions)

    async def products(self, store: Store, ids: Sequence[str], fields: tuple[str, ...]) -> list[Product | None] | None:
        """What `resolvers.catalog.products.by_ids` finds, by memory. None: ask the database."""
        graph = await self._current(store) if on_cards(fields) else None
        return None if graph is None else products_in(graph, ids, fields)

    async def _current(self, store: Store) -> Graph | None:
        """What is in memory, if that is what `store` sees."""
        graph = self._graph
        if graph is None:
            self._load_soon()
            return None
        try:
            return graph if await self._catch_up(store, graph) else None
        except StoreError as error:
            if error.code != "TIMEOUT":
                raise
            return None  # it may still answer the question itself, which may take longer

    async def _catch_up(self, store: Store, graph: Graph) -> bool:
        """Whether `graph` is what `store` sees, or newer."""
        (news,) = await self._turns.read(news_of, store, ("news",), self._place)
        if self._graph is not graph:
            return False  # it was given up
        if not news.same:
            return self._doubt(graph)
        if news.last.seq <= self._place.seq:
            return news.since != self._place or self._agrees(graph, news)
        if news.touched is None:
            return news.since == self._place and self._give_up()
        touched = news.touched
        found = await self._turns.read(products_of, store, touched, news.last) if touched else []
        return self._graph is graph and self._take(graph, news, found)

    def _take(self, graph: Graph, news: News, found: Sequence[Found | None]) -> bool:
        """Others may have taken the same, or more, while this was read."""
        if news.last.seq <= self._place.seq:
            return True
        there = [one for one in found if one is not None]
        if len(there) < len(found):  # one was created just now, and its index does not have it yet; or a follower lags
            return self._doubt(graph, news.touched)
        graph.put(there)
        self._place = news.last
        return self._give_up() if len(graph) > self.most else self._agrees(graph, news)

    def _agrees(self, graph: Graph, news: News) -> bool:
        if (news.products, news.edges) != (len(graph), graph.edges):
            return self._doubt(graph)
        if self._doubted is not None or self._pause > self._shortest_pause:
            self._doubted, self._pause = None, self._shortest_pause
            self._not_before = min(self._not_before, monotonic() + self._pause)
        return True

    def _doubt(self, graph: Graph, missing: Sequence[str] | None = None) -> bool:
        """False. `missing` are products that were not found, or some of them."""
        if self._doubted is None:
            self._doubted = monotonic()
        elif monotonic() - self._doubted >= DOUBT_SECONDS:
            self._begin(self._confirm(graph, missing or ()))
        return False

    async def _confirm(self, graph: Graph, missing: Sequence[str]) -> None:
        """Has the mesh read anew if the doubt is right where writes go."""
        store, place = self._open_store(), self._place
        news = await latest_news(store, place)
        counts = news.last != place or (news.products, news.edges) == (len(graph), graph.edges)
        if news.same and counts and len(await latest_products(store, missing, news.last)) == len(missing):
            self._doubted = None
            return
        if self._graph is graph and self._place == place:
            log.warning("the mesh in memory and the database do not agree, so it is read anew")
            self._graph = None
            if monotonic() >= self._not_before:
                await self.load()

    def _give_up(self) -> bool:
        """False. What is in memory is of no more use."""
        self._graph = None
        self._load_soon()
        return False

    # -- reading all of it ---------------------------------------------------------------------------------------------

    def _load_soon(self) -> None:
        if self.most > 0 and monotonic() >= self._not_before:
            self._begin(self.load())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside the requests, one at a time."""
        if self.loading is not None or self._closed:
            work.close()
            return
        self.loading = asyncio.get_running_loop().create_task(work, name="keep the mesh")
        self.loading.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.loading = None
        if not task.cancelled() and (error := task.exception()) is not None:
            expected = isinstance(error, StoreError)
            log.warning("the mesh is not kept in memory for now: %s", error, exc_info=None if expected else error)

    async def load(self) -> None:
        """Reads the mesh. Raises `StoreError`: whoever asks is answered by the database then, if it can."""
        begun = monotonic()
        try:
            found = await read_graph(self._open_store(), self.most)
        finally:
            self._not_before = monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        if found is not None:
            self._graph, self._place = found
            self._doubted = None
            said = (len(self._graph), self._graph.edges, monotonic() - begun)
            log.info("%d products and %d edges are kept in memory, read in %.1f s", *said)

    async def close(self) -> None:
        self._closed = True
        if self.loading is not None:
            self.loading.cancel()
            await asyncio.wait([self.loading])


async def news_of(store: Store, keys: Sequence[str], since: Place) -> list[News]:
    """As `Turns` reads; whatever the keys, there is one thing to tell."""
    return [await read_news(store, since)] * len(keys)


async def products_of(store: Store, ids: Sequence[str], last: Place) -> list[Found | None]:
    """Aligned with the ids."""
    found = {one.card[ID]: one for one in await read_products(store, ids, last)}
    return [found.get(id) for id in ids]
