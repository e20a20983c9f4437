"""Runs lineage queries: one round trip, and a shallower walk when the time limit is reached."""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, LiteralString

from resolvers.graph.product_references import ids_of, is_urn
from resolvers.graph.product_snapshot import ReadingOf, by_properties, read_products
from resolvers.graph.store import Store
from resolvers.lineage.cypher import PAST, PRESENT, text_for
from resolvers.lineage.projection import WALKED, edge_keys, product_fields
from resolvers.lineage.records import Absence, AbsenceReason, Direction, LineageGraph
from resolvers.lineage.request import Question, check
from resolvers.lineage.result import ID, Walk, build
from resolvers.model.errors import StoreError, UserErrorCode, UserFault
from resolvers.model.portions import giving_way, mapped

SECONDS = 20.0
# When time runs out: depths to try instead, and which part of the time each attempt may take.
SHALLOWER = (3, 1)
SHARES = (0.6, 0.3, 0.1)

NOBODY: dict[str, Any] = {
    "walks": [],
    "depth": 0,
    "limit": 1,
    "asOf": "",
    "keys": ["id"],
    "edgeKeys": [],
    "edges": True,
    "counts": True,
}
Roots = tuple[str, ...]
CREATED: LiteralString = (
    "UNWIND $arguments.ids AS id MATCH (p:DataProduct {id: id}) RETURN collect([p.id, p.urn, p.createdAt])"
)


async def trace(store: Store, question: Question, now: str, seconds: float = SECONDS) -> LineageGraph:
    """The lineage that `question` asks for. Raises `UserFault` (INVALID_INPUT, or NOT_FOUND naming the roots that are
    not there), and `StoreError` TIMEOUT when even the nearest neighbours take longer than `seconds`."""
    roots = tuple(await ids_of(store, check(question, now).roots))
    (graph,) = await trace_each(store, question, [roots], now, seconds)
    if isinstance(graph, UserFault):
        raise graph
    return graph


async def trace_each(
    store: Store,
    question: Question,
    roots_of: Sequence[Roots],
    now: str,
    seconds: float = SECONDS,
) -> list[LineageGraph | UserFault]:
    """One lineage for each of `roots_of`, read together: `question` with those roots in place of its own. Where
    there are no such products, the fault that `trace` would raise. Products that were not there at `as_of` are
    `absent` from the lineage."""
    questions = [check(question._replace(roots=roots), now) for roots in roots_of]
    walks = await read_products(lambda reading_of: walk_within(store, questions, reading_of, seconds))
    missing = [missing_roots(requested, walk) for requested, walk in zip(questions, walks, strict=True)]
    later = await later_products(store, question.as_of, {root for roots in missing for root in roots})
    return [await answer(*one, later, now) for one in zip(questions, walks, missing, strict=True)]


def missing_roots(question: Question, walk: Walk) -> list[str]:
    nearest = {row[ID] for row in islice(walk.rows, len(question.roots))}  # the nearest come first
    return [root for root in question.roots if root not in nearest]


async def later_products(store: Store, as_of: str | None, ids: Collection[str]) -> dict[str, Absence]:
    """Those of `ids` that are products which came after `as_of`."""
    if as_of is None or not ids:
        return {}
    rows = await store.read(CREATED, arguments={"ids": sorted(ids)})
    return {row[0]: Absence(AbsenceReason.NOT_YET_CREATED, *row) for row in rows if row[2] > as_of}


async def answer(
    question: Question, walk: Walk, missing: Sequence[str], later: Mapping[str, Absence], now: str
) -> LineageGraph | UserFault:
    unknown = [root for root in missing if root not in later]
    if unknown:
        return not_found(unknown)
    return await giving_way(build(question, walk, question.as_of or now, [later[root] for root in missing]))


async def walk_within(store: Store, questions: Sequence[Question], reading_of: ReadingOf, seconds: float) -> list[Walk]:
    """Walks as deep as requested, or as deep as time allows. The questions differ only in their roots.

    Raises:
        StaleSnapshot: read again by properties.
        StoreError: TIMEOUT, when the shallowest walk took too long too.
    """
    question = questions[0]
    # The past has revisions and no snapshots.
    products = (reading_of if question.as_of is None else by_properties)(product_fields(question))
    requested = question.farthest
    depths = (requested, *(depth for depth in SHALLOWER if depth < requested))
    for depth, share in zip(depths, SHARES, strict=False):
        text = text_for(depth, past=question.as_of is not None)
        try:
            answer = await store.read_within(
                seconds * share, text, arguments=arguments(questions, depth, products.keys)
            )
        except StoreError as error:
            if error.code != "TIMEOUT" or depth == depths[-1]:
                raise
        else:
            return [
                Walk(
                    await giving_way(mapped(lambda some: products.decode(list(some), WALKED), rows)),
                    products.fields,
                    *flow,
                    depth=depth,
                    out_of_time=depth < requested,
                )
                for _, rows, *flow in sorted(answer, key=place)
            ]
    raise AssertionError("the last depth returns or raises")


place = itemgetter(0)


def arguments(questions: Sequence[Question], depth: int, keys: list[str]) -> dict[str, Any]:
    question = questions[0]
    up, down = question.direction is not Direction.DOWNSTREAM, question.direction is not Direction.UPSTREAM
    return {
        "walks": [
            {"place": place, "up": list(requested.roots) if up else [], "down": list(requested.roots) if down else []}
            for place, requested in enumerate(questions)
        ],
        "depth": depth,
        "limit": question.max_nodes,
        "asOf": question.as_of,
        "keys": keys,
        "edgeKeys": edge_keys(question),
        "edges": question.edges or question.counts or question.ranks,
        "counts": question.counts,
    }


def not_found(roots: Sequence[str]) -> UserFault:
    names = ", ".join(f"'{root}'" for root in roots[:10]) + (", …" if len(roots) > 10 else "")
    key = "urn" if is_urn(roots[0]) else "id"
    return UserFault(UserErrorCode.NOT_FOUND, f"There is no data product with {key} {names}.", ("roots",))


async def warm(store: Store) -> None:
    """Lets the database plan every lineage text, the present ones first, so that no caller waits for it."""
    for text in (*PRESENT.values(), *PAST.values()):
        await store.read(text, arguments=NOBODY)
