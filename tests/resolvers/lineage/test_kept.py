"""The mesh that is kept in memory: always as the database has it, or the database answers."""

import asyncio

import pytest

from resolvers.catalog.products import by_ids
from resolvers.graph import partial_records
from resolvers.graph.coalescing import Turns
from resolvers.graph.product_snapshot import CARD
from resolvers.interchange import import_mesh
from resolvers.lineage import Direction, Kept, Question, graph_read, graph_walk, trace, trace_each
from resolvers.lineage import kept as module
from resolvers.lineage.graph_read import COUNTED, FEW_NEWS, NEWS, PRODUCTS, read_graph
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.errors import StoreError
from resolvers.model.records import Product, ProductStatus
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.data_product_update import update_product
from resolvers.mutations.dependency_declare import declare_dependency
from resolvers.mutations.dependency_retire import retire_dependency
from tests.counting_store import CountingStore
from tests.kept import WALKS, asked, comparable, compare, read_anew
from tests.resolvers.interchange.meshes import DOCUMENTS
from tests.writes import a_domain, a_product, done

EDGE = """
MATCH (a:DataProduct {id: $a}), (b:DataProduct {id: $b})
CREATE (a)-[:DEPENDS_ON {kind: 'feeds', origin: 'DECLARED', since: '2026-01-01T00:00:00.000000Z'}]->(b)
"""
UNKNOWN = """
MATCH (t:AuditLog {key: 'tail'}) SET t.seq = t.seq + 1, t.hash = 'next'
CREATE (e:AuditEvent) SET e = $event, e.seq = t.seq, e.hash = 'next'
"""


@pytest.fixture
async def kept(store):
    made = Kept(lambda: store, Turns(), most=1_000, pause_seconds=0)
    yield made
    await made.close()


async def three(store):
    """The ids of orders, of revenue made from it, and of returns, which stands alone."""
    await a_domain(store)
    ids = [(await a_product(store, name)).id for name in ("orders", "revenue", "returns")]
    done(await declare_dependency(store, ADMINISTRATOR, ids[1], ids[0]))
    return ids


async def walked(store, kept, *roots, **given):
    """What `kept` has in memory, as the answer to a question; fails when the database was to be asked."""
    counting = CountingStore(store)
    question = asked(*roots)._replace(**given)
    graph = await trace(counting, question, clock.now(), kept=kept)
    assert not WALKS.intersection(counting.queries)
    return graph


async def by_database(store, kept, *roots, **given):
    """The answer of the database, which `kept` leaves it to."""
    counting = CountingStore(store)
    graph = await trace(counting, asked(*roots)._replace(**given), clock.now(), kept=kept)
    assert len(WALKS.intersection(counting.queries)) == 1
    return graph


def pairs(graph):
    """(provider, consumer) of each edge."""
    return sorted((edge.source, edge.target) for edge in graph.edges)


async def test_the_first_question_has_the_mesh_read_and_is_answered_by_the_database(store, kept):
    orders, revenue, _ = await three(store)
    first = await by_database(store, kept, revenue)
    await read_anew(kept)
    again = await walked(store, kept, revenue)
    assert pairs(again) == pairs(first) == [(orders, revenue)]


async def test_lineages_that_are_asked_together_cost_one_small_query(store, kept):
    ids = await three(store)
    await kept.load()
    counting = CountingStore(store)
    graphs = await trace_each(counting, asked(), [(id,) for id in ids], clock.now(), kept=kept)
    assert [len(graph.nodes) for graph in graphs] == [2, 2, 1]
    assert counting.queries == [FEW_NEWS]


async def test_requests_that_come_together_share_it(store, kept):
    ids = await three(store)
    await kept.load()
    counting = CountingStore(store)
    graphs = await asyncio.gather(*(trace(counting, asked(id), clock.now(), kept=kept) for id in ids))
    assert [len(graph.nodes) for graph in graphs] == [2, 2, 1]
    assert counting.queries == [FEW_NEWS]


async def test_what_was_written_since_is_read_and_nothing_else(store, kept):
    orders, revenue, returns = await three(store)
    await kept.load()
    done(await declare_dependency(store, ADMINISTRATOR, returns, orders))
    counting = CountingStore(store)
    graph = await trace(counting, asked(orders), clock.now(), kept=kept)
    assert pairs(graph) == sorted([(orders, revenue), (orders, returns)])
    assert counting.queries == [FEW_NEWS, PRODUCTS]
    counting.queries.clear()
    await trace(counting, asked(orders), clock.now(), kept=kept)
    assert counting.queries == [FEW_NEWS]


@pytest.mark.parametrize(("few", "many"), [("FEW_EVENTS", 1), ("FEW_TOUCHED", 0)])
async def test_what_is_more_than_a_small_question_tells_is_asked_for_by_a_larger_one(
    store, kept, monkeypatch, few, many
):
    orders, revenue, returns = await three(store)
    await kept.load()
    monkeypatch.setattr(graph_read, few, many)
    done(await declare_dependency(store, ADMINISTRATOR, returns, orders))
    done(await update_product(store, ADMINISTRATOR, revenue, {"description": "Another"}))
    counting = CountingStore(store)
    graph = await trace(counting, asked(orders), clock.now(), kept=kept)
    assert pairs(graph) == sorted([(orders, revenue), (orders, returns)])
    assert counting.queries == [FEW_NEWS, NEWS, PRODUCTS]
    counting.queries.clear()
    await trace(counting, asked(orders), clock.now(), kept=kept)
    assert counting.queries == [FEW_NEWS]


async def test_several_writes_are_told_by_the_small_question(store, kept):
    orders, revenue, returns = await three(store)
    await kept.load()
    done(await declare_dependency(store, ADMINISTRATOR, returns, orders))
    for _ in range(graph_read.FEW_EVENTS - 1):
        done(await update_product(store, ADMINISTRATOR, revenue, {"description": clock.now()}))
    counting = CountingStore(store)
    graph = await trace(counting, asked(orders), clock.now(), kept=kept)
    assert pairs(graph) == sorted([(orders, revenue), (orders, returns)])
    assert counting.queries == [FEW_NEWS, PRODUCTS]


async def test_it_follows_every_sort_of_write(store, kept):
    await a_domain(store)
    await kept.load()
    orders = await a_product(store)
    assert len((await walked(store, kept, orders.id)).nodes) == 1
    revenue = await a_product(store, "revenue")
    done(await declare_dependency(store, ADMINISTRATOR, revenue.id, orders.id))
    assert pairs(await walked(store, kept, orders.id)) == [(orders.id, revenue.id)]

    done(await update_product(store, ADMINISTRATOR, orders.id, {"version": "2.0.0"}))
    (root,) = (await walked(store, kept, orders.id)).roots
    assert root.version == "2.0.0"

    done(await transition_product(store, ADMINISTRATOR, orders.id, ProductStatus.TESTING))
    (root,) = (await walked(store, kept, orders.id)).roots
    assert root.status == "TESTING"

    done(await retire_dependency(store, ADMINISTRATOR, revenue.id, orders.id))
    assert pairs(await walked(store, kept, orders.id)) == []
    assert await compare(store, kept) == 2


async def test_it_follows_an_import(store, kept):
    await a_domain(store)
    await kept.load()
    mine = await a_product(store, "mine")
    await walked(store, kept, mine.id)
    await import_mesh(store, ADMINISTRATOR, DOCUMENTS)
    assert await compare(store, kept) == 4


async def test_whoever_wrote_sees_it_at_once_while_others_read(store, kept):
    orders, revenue, returns = await three(store)
    await kept.load()
    over = asyncio.Event()

    async def look():
        while not over.is_set():
            graph = await trace(store, asked(orders), clock.now(), kept=kept)
            assert (orders, revenue) in pairs(graph)

    async def write():
        for _ in range(15):
            done(await declare_dependency(store, ADMINISTRATOR, returns, orders))
            assert (orders, returns) in pairs(await trace(store, asked(orders), clock.now(), kept=kept))
            done(await retire_dependency(store, ADMINISTRATOR, returns, orders))
            assert (orders, returns) not in pairs(await trace(store, asked(orders), clock.now(), kept=kept))
        over.set()

    await asyncio.gather(write(), *(look() for _ in range(6)))
    assert await compare(store, kept) == 3


@pytest.fixture
async def past_the_service(store, kept, monkeypatch, cypher):
    """The ids of orders and of revenue, and all edges, one of which was made by Cypher after the mesh was loaded."""
    monkeypatch.setattr(module, "DOUBT_SECONDS", 0.0)
    orders, revenue, returns = await three(store)
    await kept.load()
    await cypher(EDGE, a=returns, b=orders)
    return orders, revenue, sorted([(orders, revenue), (orders, returns)])


async def test_an_edge_that_came_past_the_service_is_noticed(store, kept, past_the_service):
    orders, _, both = past_the_service
    assert pairs(await by_database(store, kept, orders)) == both
    assert pairs(await by_database(store, kept, orders)) == both  # the doubt lasts, so all is read anew
    await read_anew(kept)
    assert pairs(await walked(store, kept, orders)) == both


async def test_a_doubt_that_passes_costs_nothing_more(store, kept, cypher):
    orders, revenue, returns = await three(store)
    await kept.load()
    await cypher(EDGE, a=returns, b=orders)
    await by_database(store, kept, orders)
    await cypher("MATCH (:DataProduct {id: $a})-[r:DEPENDS_ON]->() DELETE r", a=returns)
    assert pairs(await walked(store, kept, orders)) == [(orders, revenue)]


async def test_another_log_is_not_taken_for_this_one(store, kept, cypher):
    orders, _, _ = await three(store)
    await kept.load()
    await cypher("MATCH (e:AuditEvent) WITH e ORDER BY e.seq DESC LIMIT 1 SET e.hash = 'another'")
    await by_database(store, kept, orders)


async def test_a_log_that_ends_earlier_is_another_one(store, kept, cypher):
    orders, _, _ = await three(store)
    await kept.load()
    await cypher("MATCH (e:AuditEvent) WITH e ORDER BY e.seq DESC LIMIT 2 DELETE e")
    await by_database(store, kept, orders)


async def test_an_event_that_does_not_say_what_it_touched_has_all_read_anew(store, kept, cypher):
    orders, revenue, returns = await three(store)
    await kept.load()
    await cypher(EDGE, a=returns, b=orders)
    await cypher(UNKNOWN, event={"id": "evt_unknown"})
    both = sorted([(orders, revenue), (orders, returns)])
    assert pairs(await by_database(store, kept, orders)) == both
    await read_anew(kept)
    assert pairs(await walked(store, kept, orders)) == both


async def test_a_product_that_the_index_does_not_have_yet_is_waited_for(store, kept, cypher):
    orders, _, _ = await three(store)
    await kept.load()
    await cypher(UNKNOWN, event={"id": "evt_unknown", "touches": ["prd_yet.to.come"]})
    await by_database(store, kept, orders)
    await cypher("MATCH (e:AuditEvent {id: 'evt_unknown'}) SET e.touches = []")
    await walked(store, kept, orders)


@pytest.mark.parametrize(("bound", "most"), [("EVENTS", 2), ("TOUCHED", 1)])
async def test_after_more_than_is_worth_following_all_is_read_anew(store, kept, monkeypatch, bound, most):
    orders, revenue, returns = await three(store)
    await kept.load()
    monkeypatch.setattr(graph_read, bound, most)
    monkeypatch.setattr(graph_read, "FEW_EVENTS", 0)
    for product in [orders, orders, revenue][: 1 if bound == "TOUCHED" else 2]:
        done(await update_product(store, ADMINISTRATOR, product, {"description": clock.now()}))
    await walked(store, kept, orders)  # as many as there may be

    for product in (orders, revenue):
        done(await update_product(store, ADMINISTRATOR, product, {"description": clock.now()}))
    done(await declare_dependency(store, ADMINISTRATOR, returns, orders))
    both = sorted([(orders, revenue), (orders, returns)])
    assert pairs(await by_database(store, kept, orders)) == both
    await read_anew(kept)
    assert pairs(await walked(store, kept, orders)) == both


@pytest.mark.parametrize(("most", "read"), [(0, False), (2, True)])
async def test_a_mesh_that_is_too_large_is_not_kept(store, most, read):
    orders, _, _ = await three(store)
    counting = CountingStore(store)
    kept = Kept(lambda: counting, Turns(), most, pause_seconds=3600)
    await by_database(store, kept, orders)
    await read_anew(kept)
    assert bool(counting.queries) is read
    counting.queries.clear()
    await by_database(store, kept, orders)  # and is not read again and again
    await read_anew(kept)
    assert counting.queries == []


async def test_a_mesh_that_just_fits_is_kept_until_it_grows(store):
    orders, _, _ = await three(store)
    kept = Kept(lambda: store, Turns(), most=3)
    await kept.load()
    await walked(store, kept, orders)
    await a_product(store, "one-more")
    for _ in range(2):
        assert len((await by_database(store, kept, orders)).nodes) == 2


async def test_a_follower_that_has_not_heard_of_an_event_is_not_believed(store, kept):
    """One server tells of the event, and another is asked for what it touched."""
    orders, revenue, returns = await three(store)
    await kept.load()
    done(await declare_dependency(store, ADMINISTRATOR, returns, orders))

    class Lagging(CountingStore):
        async def read_within(self, seconds, query, /, **parameters):
            if query == PRODUCTS:
                parameters["last"]["seq"] += 1
            return await super().read_within(seconds, query, **parameters)

    both = sorted([(orders, revenue), (orders, returns)])
    assert pairs(await by_database(Lagging(store), kept, orders)) == both
    assert pairs(await walked(store, kept, orders)) == both


async def test_a_follower_that_lags_does_not_have_all_read_anew(store, monkeypatch):
    monkeypatch.setattr(module, "DOUBT_SECONDS", 0.0)
    orders, _, _ = await three(store)
    reads = CountingStore(store)
    kept = Kept(lambda: reads, Turns(), most=1_000, pause_seconds=0)
    await kept.load()
    reads.queries.clear()

    class Lagging(CountingStore):
        async def read_within(self, seconds, query, /, **parameters):
            if query == FEW_NEWS:
                parameters["seq"] += 1
            return await super().read_within(seconds, query, **parameters)

    for _ in range(3):
        await by_database(Lagging(store), kept, orders)
        await read_anew(kept)
    await walked(store, kept, orders)
    assert reads.queries
    assert set(reads.queries) == {NEWS}  # of the one that has heard of all


async def test_who_would_keep_others_waiting_is_answered_by_the_database(store, kept, monkeypatch):
    orders, _, returns = await three(store)
    await kept.load()
    monkeypatch.setattr(graph_walk, "VISITS", 2)
    await walked(store, kept, orders, direction=Direction.DOWNSTREAM)
    await by_database(store, kept, orders)  # itself on both ways, and revenue
    questions = [asked(id)._replace(direction=Direction.DOWNSTREAM) for id in (orders, returns)]
    assert await kept.walks(store, questions) is None


@pytest.mark.parametrize("given", [{"product_fields": ("id", "description")}, {"as_of": "now"}])
async def test_what_is_not_in_memory_is_the_databases_to_answer(store, kept, given):
    orders, _, _ = await three(store)
    await kept.load()
    counting = CountingStore(store)
    if "as_of" in given:
        given = {"as_of": clock.now()}
    await trace(counting, Question((orders,), **given), clock.now(), kept=kept)
    assert len(counting.queries) == 1
    assert FEW_NEWS not in counting.queries


async def test_unknown_roots_are_named(store, kept):
    orders, _, _ = await three(store)
    await kept.load()
    with pytest.raises(Exception, match="There is no data product with id 'prd_none'"):
        await walked(store, kept, orders, "prd_none")


async def test_fields_of_products_and_edges_as_asked(store, kept):
    orders, _, _ = await three(store)
    await kept.load()
    given = {"product_fields": ("id", "name"), "edge_fields": ("since",), "direction": Direction.DOWNSTREAM}
    by_memory = await walked(store, kept, orders, **given)
    answered = await trace(store, asked(orders)._replace(**given), clock.now())
    assert [node.product.name for node in by_memory.nodes] == ["orders", "revenue"]
    assert [edge.since for edge in by_memory.edges] == [edge.since for edge in answered.edges]
    assert comparable(by_memory)._replace(as_of="") == comparable(answered)._replace(as_of="")


@pytest.mark.parametrize("fields", [("id", "name", "status"), ("id", "name"), ("id", "status", "urn", "domain_id")])
async def test_products_are_as_the_database_finds_them(store, kept, fields):
    ids = [*await three(store), "prd_none"]
    await kept.load()
    counting = CountingStore(store)
    ordered = partial_records.fields_of(Product, fields)
    found = await kept.products(counting, ids, ordered)
    assert counting.queries == [FEW_NEWS]
    expected = await by_ids(store, ids, ordered)
    assert (found, list(map(type, found))) == (expected, list(map(type, expected)))
    assert found[-1] is None


async def test_products_with_what_is_on_no_card_are_the_databases_to_find(store, kept):
    orders, _, _ = await three(store)
    await kept.load()
    assert await kept.products(store, [orders], ("id", "name", "tags")) is None


async def test_products_are_as_they_were_written_last(store, kept):
    orders, _, _ = await three(store)
    await kept.load()
    done(await update_product(store, ADMINISTRATOR, orders, {"version": "3.0.0"}))
    (found,) = await kept.products(store, [orders], ("id", "version"))
    assert found == (orders, "3.0.0")


async def test_texts_that_many_have_are_kept_once(store):
    orders, revenue, returns = await three(store)
    done(await declare_dependency(store, ADMINISTRATOR, returns, orders))
    (graph, _) = await read_graph(store, 10)
    cards = [graph.cards[graph.numbers[id]] for id in (orders, revenue, returns)]
    for field in ("domain", "owner_team", "status"):
        first, *others = [card[CARD.index(field)] for card in cards]
        assert all(other is first for other in others)
    first, second = [graph.told[graph.numbers[id]][0] for id in (revenue, returns)]
    assert first[0] is second[0]


async def test_while_the_mesh_cannot_be_read_the_database_answers(store, kept, cypher, caplog):
    orders, _, _ = await three(store)
    await cypher("MATCH (p:DataProduct {id: $id}) REMOVE p.card", id=orders)
    for _ in range(2):
        await by_database(store, kept, orders, product_fields=("id",))
        await read_anew(kept)
    assert "the mesh is not kept in memory for now: A data product has no card" in caplog.text


async def test_a_database_that_fails_is_told_of(store, kept):
    orders, _, _ = await three(store)
    await kept.load()

    class Failing(CountingStore):
        async def read_within(self, seconds, query, /, **parameters):
            raise StoreError("The database cannot be reached at the moment: try again.")

    with pytest.raises(StoreError, match="cannot be reached"):
        await trace(Failing(store), asked(orders), clock.now(), kept=kept)


async def test_a_product_that_was_deleted_after_its_last_write_has_all_read_anew(store, kept, monkeypatch, cypher):
    monkeypatch.setattr(module, "DOUBT_SECONDS", 0.0)
    orders, revenue, returns = await three(store)
    await kept.load()
    done(await update_product(store, ADMINISTRATOR, returns, {"description": "New"}))
    await cypher("MATCH (p:DataProduct {id: $id}) DETACH DELETE p", id=returns)
    for _ in range(2):
        assert pairs(await by_database(store, kept, orders)) == [(orders, revenue)]
        await read_anew(kept)
    assert pairs(await walked(store, kept, orders)) == [(orders, revenue)]


async def test_what_came_past_the_service_is_noticed_beside_steady_writes(store, kept, past_the_service):
    orders, revenue, both = past_the_service
    for _ in range(2):
        done(await update_product(store, ADMINISTRATOR, revenue, {"description": clock.now()}))
        assert pairs(await by_database(store, kept, orders)) == both
    await read_anew(kept)
    done(await update_product(store, ADMINISTRATOR, revenue, {"description": clock.now()}))
    assert pairs(await walked(store, kept, orders)) == both


async def test_a_product_without_a_card_keeps_nobody_from_others(store, kept, cypher):
    orders, revenue, returns = await three(store)
    await kept.load()
    done(await update_product(store, ADMINISTRATOR, returns, {"description": "New"}))
    await cypher("MATCH (p:DataProduct {id: $id}) REMOVE p.card", id=returns)
    assert pairs(await by_database(store, kept, orders)) == [(orders, revenue)]


async def test_a_fault_of_ours_is_logged(store, kept, monkeypatch, caplog):
    async def broken(*_):
        raise ZeroDivisionError

    orders, _, _ = await three(store)
    monkeypatch.setattr(module, "read_graph", broken)
    await by_database(store, kept, orders)
    await asyncio.sleep(0)
    assert "the mesh is not kept in memory for now" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_what_is_read_in_vain_is_read_ever_more_seldom(store, cypher, monkeypatch):
    """An edge that no product has: the counts never agree."""
    monkeypatch.setattr(module, "DOUBT_SECONDS", 0.0)
    orders, _, _ = await three(store)
    await cypher("CREATE (:Other)-[:DEPENDS_ON]->(:Other)")
    reads = CountingStore(store)
    kept = Kept(lambda: reads, Turns(), most=1_000, pause_seconds=0.05)
    until = asyncio.get_running_loop().time() + 1.0
    while asyncio.get_running_loop().time() < until:
        await by_database(store, kept, orders)
    await kept.close()
    assert 2 <= reads.queries.count(COUNTED) <= 6


async def test_closing_ends_what_is_being_read(store):
    orders, _, _ = await three(store)
    waiting = asyncio.Event()

    class Slow(CountingStore):
        async def read(self, query, /, **parameters):
            if query == COUNTED:
                waiting.set()
                await asyncio.Event().wait()
            return await super().read(query, **parameters)

    opened = list[Slow]()

    def open_store():
        opened.append(Slow(store))
        return opened[-1]

    kept = Kept(open_store, Turns(), most=1_000, pause_seconds=0)
    await by_database(store, kept, orders)
    await waiting.wait()
    await kept.close()
    await by_database(store, kept, orders)
    assert (kept.loading, len(opened)) == (None, 1)
