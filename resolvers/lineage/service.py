"""Runs lineage queries: one round trip, and a shallower walk when the time limit is reached."""

from collections.abc import Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, LiteralString

from resolvers.graph.product_snapshot import ReadingOf, by_properties, read_products
from resolvers.graph.store import Store
from resolvers.lineage.cypher import PAST, PRESENT, text_for
from resolvers.lineage.projection import WALKED, edge_keys, product_fields
from resolvers.lineage.records import Direction, LineageGraph
from resolvers.lineage.request import Question, check
from resolvers.lineage.result import ID, Walk, build
from resolvers.model.errors import StoreError, UserErrorCode, UserFault
from resolvers.model.ids import plain_id

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
URN = "urn:mesh:"
IDS_OF_URNS: LiteralString = (
    "UNWIND $arguments.urns AS urn MATCH (p:DataProduct {urn: urn}) RETURN collect([p.urn, p.id])"
)


async def trace(store: Store, question: Question, now: str, seconds: float = SECONDS) -> LineageGraph:
    """The lineage that `question` asks for. Raises `UserFault` (INVALID_INPUT, or NOT_FOUND naming the roots that are
    not there), and `StoreError` TIMEOUT when even the nearest neighbours take longer than `seconds`."""
    roots = await ids_of(store, check(question, now).roots)
    (graph,) = await trace_each(store, question, [roots], now, seconds)
    if isinstance(graph, UserFault):
        raise graph
    return graph


async def ids_of(store: Store, roots: Roots) -> Roots:
    """`roots` with each urn replaced by the id of its product, and each id of a snapshot by its product's; a urn of no
    product stays as it is."""
    urns = [root for root in roots if root.startswith(URN)]
    found = dict(await store.read(IDS_OF_URNS, arguments={"urns": urns})) if urns else {}
    return tuple(found.get(root) or plain_id(root) for root in roots)


async def trace_each(
    store: Store,
    question: Question,
    roots_of: Sequence[Roots],
    now: str,
    seconds: float = SECONDS,
) -> list[LineageGraph | UserFault]:
    """One lineage for each of `roots_of`, read together: `question` with those roots in place of its own. Where
    roots are not there, the fault that `trace` would raise."""
    questions = [check(question._replace(roots=roots), now) for roots in roots_of]
    walks = await read_products(lambda reading_of: walk_within(store, questions, reading_of, seconds))
    return [answer(requested, walk, now) for requested, walk in zip(questions, walks, strict=True)]


def answer(question: Question, walk: Walk, now: str) -> LineageGraph | UserFault:
    found = {row[ID] for row in islice(walk.rows, len(question.roots))}  # the nearest come first
    missing = [root for root in question.roots if root not in found]
    return not_found(missing, question.as_of) if missing else build(question, walk, question.as_of or now)


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
            found = await store.read_within(seconds * share, text, arguments=arguments(questions, depth, products.keys))
        except StoreError as error:
            if error.code != "TIMEOUT" or depth == depths[-1]:
                raise
        else:
            ordered = sorted(found, key=place)
            return [
                Walk(products.decode(rows, WALKED), products.fields, *flow, depth=depth, out_of_time=depth < requested)
                for _, rows, *flow in ordered
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


def not_found(roots: Sequence[str], as_of: str | None) -> UserFault:
    names = ", ".join(f"'{root}'" for root in roots[:10]) + (", …" if len(roots) > 10 else "")
    when = "" if as_of is None else f" at {as_of}"
    key = "urn" if roots[0].startswith(URN) else "id"
    return UserFault(UserErrorCode.NOT_FOUND, f"There is no data product with {key} {names}{when}.", ("roots",))


async def warm(store: Store) -> None:
    """Lets the database plan every lineage text, the present ones first, so that no caller waits for it."""
    for text in (*PRESENT.values(), *PAST.values()):
        await store.read(text, arguments=NOBODY)
