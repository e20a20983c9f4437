"""What one client asks for, however much, leaves the others their turn: bounded, queued, and done in portions."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import httpx
import neo4j
import pytest
import strawberry
from starlette.applications import Starlette

from graph_api.app import create_app
from graph_api.execution.compiled.faults import FieldPath, settle
from graph_api.execution.compiled.operations import Run
from graph_api.execution.engine import MAX_WAITING, WIDE_PRICE, Engine, Operation
from graph_api.execution.limits import limits_of
from graph_api.fair_gate import FairGate
from graph_api.neo4j.endpoint import Endpoint
from graph_api.neo4j.store import READS, READS_AT_ONCE, WIDE_READS_AT_ONCE, WRITES, Gates, Neo4jStore, open_gates
from resolvers.governance.engine.cycles import cycles_among
from resolvers.governance.engine.facts_builder import assemble
from resolvers.graph.store import Transaction
from resolvers.lineage.request import Question
from resolvers.lineage.result import Walk, build
from resolvers.model.errors import StoreError, UserFault
from resolvers.model.portions import PORTION, at_once
from schema.context import Context
from schema.entities import MAX_FAULTS, resolve_entities
from tests.graph_api.tiny import BASE, Notebook, bearer, settings
from tests.resolvers.model.test_portions import pauses

# Operations


@strawberry.type
class Item:
    name: str
    item: "Item | None"

    @strawberry.field
    def items(self) -> list["Item"]:
        return [Item(name=str(number), item=None) for number in range(2 * PORTION + 1)]


@strawberry.type
class ItemConnection:
    nodes: list[Item]


class Hold:
    """Keeps operations running until it opens, and notes which run and ran."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.ended: list[str] = []

    async def __call__(self, name: str) -> None:
        self.running[name] += 1
        self.most[name] = max(self.most[name], self.running[name])
        self.most["all"] = max(self.most["all"], self.running.total())
        try:
            await self.opened.wait()
            await asyncio.sleep(0)
        finally:
            self.running[name] -= 1
        self.ended.append(name)


class Asking:
    """The context of a request."""

    hold: Hold

    def __init__(self, store: Any, caller: Any) -> None:
        self.caller = caller


@strawberry.type
class Query:
    @strawberry.field
    async def page(self, info: strawberry.Info, first: int, name: str) -> ItemConnection:
        await Asking.hold(name)
        return ItemConnection(nodes=[Item(name=name, item=None)])

    @strawberry.field
    def small(self, name: str) -> str:
        Asking.hold.ended.append(name)
        return name

    @strawberry.field
    def many(self, size: int) -> list[Item]:
        return [Item(name=str(number), item=Item(name="inner", item=None)) for number in range(size)]


schema = strawberry.Schema(Query)
WIDE = "query($name: String!) { page(first: 5000, name: $name) { nodes { name } } }"


@pytest.fixture
def hold() -> Hold:
    Asking.hold = Hold()
    return Asking.hold


def app_of(tmp_path: Path, **changes: Any) -> Starlette:
    return create_app(settings(tmp_path, **changes), schema, Notebook, Asking)  # type: ignore[arg-type]


async def ask(app: Starlette, name: str, query: str = WIDE, address: str = "10.0.0.1", **headers: str) -> Any:
    transport = httpx.ASGITransport(app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as http:
        return (await http.post("/graphql", json={"query": query, "variables": {"name": name}})).json()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_others_are_answered_while_one_has_large_operations_under_way(tmp_path: Path, hold: Hold) -> None:
    app = app_of(tmp_path, wide_operations=4)
    hostile = [asyncio.create_task(ask(app, "hostile")) for _ in range(20)]
    await until(lambda: hold.running["hostile"] == 2)
    # A small one of the same client, and a large one of another.
    assert await ask(app, "small", "query($name: String!) { small(name: $name) }") == {"data": {"small": "small"}}
    other = asyncio.create_task(ask(app, "other", address="10.0.0.2"))
    await until(lambda: hold.running["other"] == 1)
    third = asyncio.create_task(ask(app, "third", **bearer()))
    await until(lambda: hold.running["third"] == 1)
    assert hold.running == {"hostile": 2, "other": 1, "third": 1}
    hold.opened.set()
    answers = await asyncio.gather(*hostile, other, third)
    assert [set(answer) for answer in answers] == [{"data"}] * 22  # those that waited are answered too
    assert (hold.most["hostile"], hold.most["all"]) == (2, 4)


async def test_a_caller_that_waits_is_next_and_not_behind_a_queue(tmp_path: Path, hold: Hold) -> None:
    app = app_of(tmp_path, wide_operations=1)
    hostile = [asyncio.create_task(ask(app, "hostile")) for _ in range(10)]
    await until(lambda: hold.running["hostile"] == 1)
    await asyncio.sleep(0.05)  # the others wait
    other = asyncio.create_task(ask(app, "other", address="10.0.0.2"))
    await asyncio.sleep(0.05)
    hold.opened.set()
    await asyncio.gather(*hostile, other)
    assert hold.ended.index("other") <= 2
    assert hold.most["all"] == 1


async def test_a_queue_has_an_end(tmp_path: Path, hold: Hold) -> None:
    app = app_of(tmp_path, wide_operations=1)
    tasks = [asyncio.create_task(ask(app, "hostile")) for _ in range(MAX_WAITING + 3)]
    await until(lambda: sum(task.done() for task in tasks) == 2)
    hold.opened.set()
    answers = await asyncio.gather(*tasks)
    refused = [answer["errors"][0]["extensions"] for answer in answers if "errors" in answer]
    assert refused == [{"code": "TOO_MANY_OPERATIONS"}] * 2


async def test_one_that_is_out_of_time_while_it_waits_leaves_the_queue(tmp_path: Path, hold: Hold) -> None:
    app = app_of(tmp_path, wide_operations=1, request_seconds=0.2)
    first, second = (asyncio.create_task(ask(app, "hostile")) for _ in range(2))
    for answer in await asyncio.gather(first, second):
        assert answer["errors"][0]["extensions"]["code"] == "TIMEOUT"
    hold.opened.set()
    assert set(await ask(app, "later")) == {"data"}


def test_a_page_of_a_thousand_products_is_no_large_operation(tmp_path: Path) -> None:
    from schema.schema import schema as whole

    engine = Engine(whole, limits_of(settings(tmp_path)))
    fields = "id urn name status version ownerTeam"
    page = engine.prepare(Operation(f"{{ dataProducts(first: 1000) {{ nodes {{ {fields} }} }} }}", {}, None, {}), "id")
    report = engine.prepare(Operation("{ complianceReport { checkedProducts } }", {}, None, {}), "id")
    assert (page.is_wide, report.is_wide) == (False, True)
    assert page.price < WIDE_PRICE < report.price


# Sessions of the database


SLOW = "UNWIND range(1, 3000000) AS i WITH i WHERE i % 7 = $n RETURN count(i)"


class Watched(Neo4jStore):
    """Notes how many sessions each requester has open."""

    running: ClassVar[Counter[Any]]
    most: ClassVar[Counter[Any]]
    ended: ClassVar[list[Any]]

    def _session(self, access_mode: str | None = None):
        Watched.running[self.requester] += 1
        Watched.most[self.requester] = max(Watched.most[self.requester], Watched.running[self.requester])
        Watched.most["all"] = max(Watched.most["all"], Watched.running.total())
        return self._counted(super()._session(access_mode))

    def _counted(self, session: Any) -> Any:
        closed = session.close

        async def close() -> None:
            Watched.running[self.requester] -= 1
            await closed()

        session.close = close
        return session


@pytest.fixture
def watched(request_driver: neo4j.AsyncDriver, migrated: Endpoint) -> Callable[[str, Gates], Watched]:
    Watched.running, Watched.most, Watched.ended = Counter(), Counter(), []

    def open_store(requester: str, gates: Gates) -> Watched:
        store = Watched(request_driver, migrated.database, gates=gates)
        store.requester = requester
        return store

    return open_store


async def noted(name: str, work: Awaitable[Any]) -> Any:
    result = await work
    Watched.ended.append(name)
    return result


async def test_one_caller_has_few_sessions_and_another_is_answered_before_it(watched) -> None:
    gates = Gates(FairGate(4, 2), FairGate(4, 2))
    reads = [noted("hostile", watched("hostile", gates).read(SLOW, n=number % 7)) for number in range(12)]
    hostile = [asyncio.create_task(read) for read in reads]
    await until(lambda: Watched.running["hostile"] == 2)
    assert await noted("other", watched("other", gates).read("RETURN 1")) == 1
    await asyncio.gather(*hostile)
    assert "other" in Watched.ended[:-1]
    assert (Watched.most["hostile"], Watched.most["all"]) == (2, 3)


async def test_writes_of_one_caller_are_bounded_apart_from_reads(watched) -> None:
    gates = Gates(FairGate(2, 1), FairGate(2, 1))

    async def work(tx: Transaction) -> int:
        # A read of the same caller while it writes waits for no write.
        assert await watched("hostile", gates).read("RETURN 2") == 2
        return await tx.run("RETURN 1")

    stores = [watched("hostile", gates) for _ in range(5)]
    assert await asyncio.gather(*(store.write(work) for store in stores)) == [1] * 5
    assert Watched.most["hostile"] == 2


def test_requests_leave_connections_for_the_services_own_work() -> None:
    from graph_api.neo4j.driver import POOL_SIZE

    gates = open_gates()
    assert (gates.reads.statistics().places, gates.writes.statistics().places) == (READS, WRITES)
    assert READS + WRITES < POOL_SIZE - 20


async def test_a_large_operation_has_fewer_reads_at_once(watched) -> None:
    for few in (READS_AT_ONCE, WIDE_READS_AT_ONCE):
        Watched.most.clear()
        store = watched("one", open_gates())
        store.reads_at_once = few
        assert await asyncio.gather(*(store.read("RETURN $n", n=n) for n in range(20))) == list(range(20))
        assert Watched.most["one"] == few


# Work of this process


async def turns_during(work: Awaitable[Any]) -> tuple[Any, int]:
    """The result, and how often another task had its turn. `work` waits for nothing else."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    await asyncio.sleep(0)
    before = turns
    try:
        return await work, turns - before
    finally:
        beside.cancel()


@pytest.mark.parametrize(
    ("query", "pauses_at_least"),
    [
        ("{ many(size: 1000) { name item { name } } }", 0),
        ("{ many(size: 5000) { name item { name } } }", 5),
        ("{ many(size: 2) { name items { name item { name } } } }", 6),
    ],
)
async def test_long_lists_are_completed_in_portions(tmp_path: Path, query: str, pauses_at_least: int) -> None:
    engine = Engine(schema, limits_of(settings(tmp_path)))
    prepared = engine.prepare(Operation(query, {}, None, {}), "id")
    answer, turns = await turns_during(engine.run(prepared, Asking(None, None), "id"))
    assert prepared.document.compiled.hits == 1
    assert turns >= pauses_at_least
    engine.compiles = False
    assert (await engine.run(prepared, Asking(None, None), "id")).data == answer.data


async def test_thousands_of_bad_representations_give_way() -> None:
    bad = [{"__typename": "Nothing", "id": "x"}, None, 7] * 10_000

    async def resolve() -> str:
        with pytest.raises(UserFault) as caught:
            await resolve_entities(Context(None), bad)  # type: ignore[arg-type]
        return str(caught.value)

    message, turns = await turns_during(resolve())
    assert message.startswith("30,000 of 30,000 representations cannot be read")
    assert turns >= 29


class Unavailable:
    bookmarks = ()

    async def read(self, *_: Any, **__: Any) -> Any:
        raise StoreError("The database is unavailable: try again.")


@pytest.mark.parametrize("others", [[], [{"__typename": "Domain", "name": "x"}] * (MAX_FAULTS + 1)])
async def test_a_failure_that_concerns_thousands_is_one_error(others: list[Any]) -> None:
    representations = [{"__typename": "DataProduct", "id": "prd_1"}] * (MAX_FAULTS + 1)
    with pytest.raises(StoreError, match="unavailable"):
        await resolve_entities(Context(Unavailable()), representations + others)  # type: ignore[arg-type]


def test_thousands_of_facts_and_lineage_nodes_are_built_in_portions() -> None:
    count = 4 * PORTION
    ids = [f"prd_{number:05}" for number in range(count)]
    products = [[[id, f"urn:{id}", *[None] * 18], None] for id in ids]
    up = [[one, other, "DATA", None, None] for one, other in pairwise(ids)]
    paused, loaded = pauses(assemble(ids, products, [], up, [], [], [], [], []))
    assert paused >= 9
    assert list(loaded.facts) == ids
    assert loaded.facts[ids[0]].providers[0].product.id == ids[1]

    rows = [[number, None, number, 1, 0, id] for number, id in enumerate(ids)]
    walk = Walk(rows, ("id",), list(range(1, count)), list(range(count - 1)), [[]] * (count - 1), count, False)
    question = Question((ids[0],), product_fields=("id",), edge_fields=("source", "target"), ranks=True)
    paused, graph = pauses(build(question, walk, "2026"))
    assert paused >= 12
    assert [node.rank for node in graph.nodes] == list(range(count))


def test_cycles_in_two_places_are_both_found() -> None:
    edges = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("e", "a"), ("f", "f")]
    found = at_once(cycles_among(edges, {"a", "b", "c", "d", "e", "f"}))
    assert found == {
        "a": ["a", "b", "a"],
        "b": ["b", "a", "b"],
        "c": ["c", "d", "c"],
        "d": ["d", "c", "d"],
        "f": ["f", "f"],
    }


def test_each_of_thousands_of_faults_leaves_its_null() -> None:
    types = strawberry.Schema(Query)._schema.type_map
    many, item = types["Query"].fields["many"].type, types["Item"].fields["item"].type  # type: ignore[union-attr]
    place = FieldPath([], (many, item))
    run = Run.__new__(Run)
    run.faults = 0
    data = {"many": [{"item": run.fault(StoreError(str(number)), place)} for number in range(20_000)]}
    settled, errors = settle(data)
    assert settled == {"many": [{"item": None}] * 20_000}
    assert [error.path for error in errors] == [["many", number, "item"] for number in range(20_000)]
