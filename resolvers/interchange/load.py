"""Runs an import: checks all documents, then writes them chunk by chunk. Each chunk is one write, which succeeds or
fails as a whole.

An import can be interrupted and run again: what is already in the mesh stays unchanged and makes no event.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store
from resolvers.interchange.attribution import Blame, blame
from resolvers.interchange.chunk import Chunk, Wish, Written, plan
from resolvers.interchange.current_state import CurrentState, aspects_of, current_states, says_same
from resolvers.interchange.document_set import DocumentSet, gather
from resolvers.interchange.documents import Document, EdgeItem, ImportRefused, ProductItem
from resolvers.interchange.domains import write_domains
from resolvers.interchange.policies import write_policies
from resolvers.interchange.prune import Named
from resolvers.interchange.prune import prune as end_others
from resolvers.interchange.schedules import write_schedules
from resolvers.interchange.templates import write_templates
from resolvers.interchange.trial import StartAgain, tried
from resolvers.interchange.write_order import chunks, providers_first
from resolvers.model.access import Action, Caller
from resolvers.model.errors import AlreadyThere, StoreError
from resolvers.writes.judgement import EVERYTHING, Aspect
from resolvers.writes.pipeline import WriteOptions

PRODUCTS_AT_ONCE = 500
EDGES_AT_ONCE = 2_000
# How often a chunk is compared with the mesh again because another write changed it meanwhile.
ATTEMPTS = 8
CONTENTION = "The mesh kept changing under the import: run it again."
NOTHING: frozenset[Aspect] = frozenset()
EDGES_ALONE = frozenset({Aspect.EDGES})


class Imported(NamedTuple):
    """How many were added; how many that were there are changed; of how many products and domains all was so already.
    `skipped` says what was left out and why; `retired` counts what was not in the documents; `schedules` those that
    were set or ended."""

    domains: int = 0
    products: int = 0
    dependencies: int = 0
    changed: int = 0
    known: int = 0
    skipped: tuple[str, ...] = ()
    policies: int = 0
    waivers: int = 0
    retired: int = 0
    templates: int = 0
    schedules: int = 0


Report = Callable[[Imported], None]


def silent(done: Imported) -> None:
    pass


async def import_mesh(
    store: Store,
    caller: Caller,
    documents: Iterable[Document | Mapping[str, Any]],
    on_chunk: Report = silent,
    *,
    skip: bool = False,
    at_once: int = PRODUCTS_AT_ONCE,
    prune: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Documents in any order. `skip`: what is refused, and what depends on it, is left out; else nothing more is
    written after a refusal. `prune`: what is not in the documents is retired, unless some were left out. `dry_run`:
    everything is judged and nothing kept.

    Raises `ImportRefused` with all that was found; `StoreError` when the database does not answer: run it again then.
    """
    payload = await gather(store, placed(documents), skip)
    excluded = Blame([], {}, {})

    async def run(store: Store) -> Imported:
        loading = Loading(store, caller, payload, on_chunk, skip, dry_run, excluded)
        await loading.run(at_once, prune)
        return loading.done

    return await tried(store, run) if dry_run else await run(store)


def placed(documents: Iterable[Document | Mapping[str, Any]]) -> Iterable[Document]:
    for number, one in enumerate(documents, 1):
        yield one if isinstance(one, Document) else Document(f"document {number}", one)


class Loading:
    """One run. `ids` are those of the products that are there, by urn; `waiting` the products still to be written;
    `later` edges whose provider is; `gone` the products that were left out. After a refusal, whose `reasons` are kept,
    the rest is judged and not written. A `trial` cannot undo a part of what it wrote: what is to be left out of it is
    noted in `excluded`, for the next start."""

    def __init__(
        self,
        store: Store,
        caller: Caller,
        payload: DocumentSet,
        on_chunk: Report,
        skip: bool,
        trial: bool,
        excluded: Blame,
    ) -> None:
        self._store = store
        self._caller = caller
        self._given = payload._replace(products=dict(payload.products), edges=dict(payload.edges))
        self._named = named_in(payload)
        self._scheduled = [item for item in payload.products.values() if item.schedules is not None]
        self._on_chunk = on_chunk
        self._skip = skip
        self._trial = trial
        self._excluded = excluded
        self._reasons: list[str] = []
        self._ids = dict(payload.ids)
        self._waiting = set(payload.products)
        self._later: list[EdgeItem] = []
        self._gone: set[str] = set()
        self._clashes = 0
        self.done = Imported(skipped=(*payload.skipped, *excluded.reasons))

    @property
    def _options(self) -> WriteOptions:
        return WriteOptions(dry_run=self._trial or bool(self._reasons))

    async def run(self, at_once: int, prune: bool) -> None:
        """Raises `ImportRefused` at the end with all that was refused."""
        domains = list(self._given.domains.values())
        new, changed = await write_domains(self._store, self._caller, domains, self._options)
        self._count(domains=new, changed=changed, known=len(domains) - new - changed)
        registered = await write_templates(self._store, self._caller, self._given.templates, self._options)
        self._count(templates=registered.added, known=registered.known)
        self._refuse(registered.reasons)
        await self._write_products(at_once)
        schedules = await write_schedules(self._store, self._caller, self._scheduled, self._ids, self._options)
        self._count(schedules=schedules.changed)
        self._refuse(schedules.reasons)
        await self._write_policies()
        if prune:
            await self._prune()
        if self._reasons:
            raise ImportRefused(self._reasons)

    async def _write_policies(self) -> None:
        payload = self._given
        if not payload.policies and not payload.waivers:
            return
        urns = {name for one in payload.policies for name in [one.payload.product] if name}
        urns |= {name for one in payload.waivers for name in (one.product, one.policy_product) if name}
        states = await current_states(self._store, sorted(urns - self._ids.keys()))
        ids = self._ids | {urn: stand.product.id for urn, stand in states.items()}
        governed = await write_policies(
            self._store, self._caller, payload.policies, payload.waivers, ids, self._options
        )
        self._count(policies=governed.policies, waivers=governed.waivers, known=governed.known)
        self._refuse(governed.reasons)

    async def _prune(self) -> None:
        if self.done.skipped or not self._named.products:
            self._skipped(["Nothing was retired: the documents are not the whole mesh."])
            return
        pruned = await end_others(self._store, self._caller, self._named, self._options)
        self._count(retired=pruned.retired)
        self._refuse(pruned.reasons)

    def _refuse(self, reasons: Iterable[str]) -> None:
        if self._skip:
            self._skipped(list(reasons))
        else:
            self._reasons += reasons

    async def _write_products(self, at_once: int) -> None:
        payload = self._given
        order = providers_first(payload.products, payload.edges)
        for urns in list(chunks(order, payload.products, payload.edges, at_once)):
            edges = [edge for urn in urns for edge in payload.edges.pop(urn, ())]
            await self._add([payload.products.pop(urn) for urn in urns], edges)
        alone = [edge for edges in payload.edges.values() for edge in edges]
        for edges in (alone, self._later):  # what closes a cycle over several chunks comes last
            for at in range(0, len(edges), EDGES_AT_ONCE):
                await self._add([], edges[at : at + EDGES_AT_ONCE])

    async def _add(self, items: list[ProductItem], edges: list[EdgeItem]) -> None:
        """What a slow database does not take in time is tried again in halves."""
        later = self._waiting - {item.urn for item in items}
        self._later += [edge for edge in edges if edge.provider in later]
        edges = [edge for edge in edges if edge.provider not in later]
        try:
            await self._write(items, edges)
        except StoreError as error:
            if error.code != "TIMEOUT" or len(items) + len(edges) < 2:
                raise
            for half in halves(items, edges):
                await self._add(*half)

    async def _write(self, items: list[ProductItem], edges: list[EdgeItem]) -> None:
        """New products with their edges are judged together; what changes of others is judged by what changes."""
        items, edges = self._left_over(items, edges)
        states = await current_states(
            self._store, list(dict.fromkeys([*(item.urn for item in items), *consumers(edges)]))
        )
        self._ids |= {urn: stand.product.id for urn, stand in states.items()}
        items, edges = self._without_excluded(items, edges)
        new = [item for item in items if item.urn not in states]
        fresh = {item.urn for item in new}
        old = [edge for edge in edges if edge.consumer not in fresh and not exists(edge, states)]
        own = [edge for edge in edges if edge.consumer in fresh]
        groups = by_aspects([item for item in items if item.urn in states], states)
        self._count(known=len(groups.pop(NOTHING, ())) + len(edges) - len(old) - len(own))
        for aspects, group in groups.items():
            await self._until_accepted(group, [], aspects)
        await self._until_accepted(new, own, EVERYTHING)
        await self._until_accepted([], old, EDGES_ALONE)
        self._waiting.difference_update(item.urn for item in items)
        self._on_chunk(self.done)

    async def _until_accepted(
        self, items: list[ProductItem], edges: list[EdgeItem], aspects: frozenset[Aspect]
    ) -> None:
        items, edges = self._left_over(items, edges)
        for _ in range(ATTEMPTS):
            if not items and not edges:
                return
            chunk = self._chunk(items, edges, aspects)
            action = Action.WRITE_PRODUCT
            try:
                outcome = await write(self._store, self._caller, action, lambda chunk=chunk: plan(chunk), self._options)
            except AlreadyThere:  # another write has just created one of them
                self._clashes += 1
                if self._clashes > ATTEMPTS:
                    raise StoreError(CONTENTION, "CONTENTION") from None
                await self._write(items, edges)
                return
            blamed = blame(chunk, outcome)
            if not blamed.reasons:
                self._accepted(items, outcome.thing or Written(0, 0, 0))
                return
            if not self._skip:
                self._refused(blamed, items, written=self._trial and not outcome.user_errors)
                return
            items, edges = self._without(blamed, items, edges)
        raise StoreError(CONTENTION, "CONTENTION")

    def _chunk(self, items: list[ProductItem], edges: list[EdgeItem], aspects: frozenset[Aspect]) -> Chunk:
        ids = {item.urn: item.draft.product.id for item in items} | self._ids
        wishes = [Wish(edge, ids[edge.consumer], edge.spec._replace(provider=ids[edge.provider])) for edge in edges]
        existing = {self._ids[item.urn]: item for item in items if item.urn in self._ids}
        new = tuple(item for item in items if item.urn not in self._ids)
        return Chunk(new, existing, tuple(wishes), aspects)

    def _refused(self, blamed: Blame, items: list[ProductItem], written: bool) -> None:
        """What comes after is judged as well, without what depends on products that are not `written`."""
        self._reasons += blamed.reasons
        new = {item.urn: item.draft.product.id for item in items if item.urn not in self._ids}
        if written:
            self._ids |= new
        else:
            self._gone |= new.keys()

    def _accepted(self, items: list[ProductItem], written: Written) -> None:
        self._clashes = 0
        if self._reasons and not self._trial:  # judged alone
            self._gone |= {item.urn for item in items if item.urn not in self._ids}
            return
        self._ids |= {item.urn: item.draft.product.id for item in items if item.urn not in self._ids}
        self._count(products=written.new, changed=written.changed, dependencies=written.edges)

    def _count(self, **more: int) -> None:
        self.done = self.done._replace(**{name: getattr(self.done, name) + number for name, number in more.items()})

    def _without(
        self, blamed: Blame, items: list[ProductItem], edges: list[EdgeItem]
    ) -> tuple[list[ProductItem], list[EdgeItem]]:
        """Raises `ImportRefused` when no document can be named as the cause."""
        if not (blamed.products or blamed.edges):
            raise ImportRefused(blamed.reasons)
        if self._trial:
            self._excluded.reasons.extend(blamed.reasons)
            self._excluded.products.update(blamed.products)
            self._excluded.edges.update(blamed.edges)
            raise StartAgain
        self._skipped(blamed.reasons)
        self._gone.update(blamed.products.keys() - self._ids.keys())
        items = [item for item in items if item.urn not in blamed.products]
        edges = [
            edge
            for edge in edges
            if (edge.consumer, edge.provider) not in blamed.edges
            and not (edge.inline and edge.consumer in blamed.products)
        ]
        return self._left_over(items, edges)

    def _without_excluded(
        self, items: list[ProductItem], edges: list[EdgeItem]
    ) -> tuple[list[ProductItem], list[EdgeItem]]:
        products, pairs = self._excluded.products, self._excluded.edges
        if not products and not pairs:
            return items, edges
        self._gone.update(item.urn for item in items if item.urn in products and item.urn not in self._ids)
        items = [item for item in items if item.urn not in products]
        edges = [
            edge
            for edge in edges
            if (edge.consumer, edge.provider) not in pairs and not (edge.inline and edge.consumer in products)
        ]
        return self._left_over(items, edges)

    def _left_over(self, items: list[ProductItem], edges: list[EdgeItem]) -> tuple[list[ProductItem], list[EdgeItem]]:
        """Without what depends on a product that was left out. A new product is written as its document has it or not
        at all."""
        while bad := {edge.consumer: edge for edge in edges if edge.inline and self._misses(edge)}:
            names = {item.urn for item in items if item.urn in bad and item.urn not in self._ids}
            self._gone |= names
            self._skipped([gone_text(edge) for edge in bad.values()])
            items = [item for item in items if item.urn not in names]
            edges = [edge for edge in edges if edge.consumer not in names and bad.get(edge.consumer) is not edge]
        lost = [edge for edge in edges if self._misses(edge)]
        self._skipped([gone_text(edge) for edge in lost])
        return items, [edge for edge in edges if edge not in lost] if lost else edges

    def _misses(self, edge: EdgeItem) -> bool:
        return edge.provider in self._gone or edge.consumer in self._gone

    def _skipped(self, reasons: list[str]) -> None:
        self.done = self.done._replace(skipped=(*self.done.skipped, *reasons))


def named_in(payload: DocumentSet) -> Named:
    edges = {(edge.consumer, edge.provider) for edges in payload.edges.values() for edge in edges}
    policies = {(item.payload.name, item.payload.domain, item.payload.product) for item in payload.policies}
    return Named(payload.products.keys(), edges, policies)


def gone_text(edge: EdgeItem) -> str:
    return f"{edge.at} {edge.consumer} on {edge.provider}: One of them was left out."


def consumers(edges: list[EdgeItem]) -> set[str]:
    return {edge.consumer for edge in edges}


def exists(edge: EdgeItem, states: Mapping[str, CurrentState]) -> bool:
    return edge.consumer in states and says_same(edge, states[edge.consumer].edges.get(edge.provider))


def by_aspects(
    items: list[ProductItem], states: Mapping[str, CurrentState]
) -> dict[frozenset[Aspect], list[ProductItem]]:
    groups: dict[frozenset[Aspect], list[ProductItem]] = {}
    for item in items:
        groups.setdefault(aspects_of(item, states[item.urn]), []).append(item)
    return groups


def halves(items: list[ProductItem], edges: list[EdgeItem]) -> Iterator[tuple[list[ProductItem], list[EdgeItem]]]:
    if len(items) < 2:
        middle = len(edges) // 2
        yield items, edges[:middle]
        yield [], edges[middle:]
        return
    middle = len(items) // 2
    for half in (items[:middle], items[middle:]):
        urns = {item.urn for item in half}
        yield half, [edge for edge in edges if edge.consumer in urns]
