"""Requests that ask in the same turn of the event loop share a query, and nothing else."""

import asyncio
import gc
import weakref

import pytest

from resolvers.catalog import domains, products
from resolvers.graph.coalescing import FEW, ReadCoalescer
from resolvers.loading.loaders import Loaders
from resolvers.model.errors import StoreError
from schema.context import Process
from tests.counting_store import CountingStore
from tests.graphql_execution import ask
from tests.mesh import Mesh

FIELDS = ("id", "name")


async def three(store):
    mesh = Mesh()
    found = [mesh.product("sales", name) for name in ("orders", "returns", "revenue")]
    await mesh.write(store)
    return [product.id for product in found]


def named(found):
    return [product and product.name for product in found]


async def test_reads_of_a_turn_are_one_query_and_each_gets_its_own_keys(store):
    orders, returns, revenue = await three(store)
    counting, coalescer = CountingStore(store), ReadCoalescer()
    asked = [[orders], [returns, orders], ["prd_none"], [revenue, "prd_none", orders]]
    found = await asyncio.gather(*(coalescer.read(products.by_ids, counting, keys, FIELDS) for keys in asked))
    assert list(map(named, found)) == [["orders"], ["returns", "orders"], [None], ["revenue", None, "orders"]]
    assert len(counting.queries) == 1


async def test_a_later_turn_reads_anew(store):
    orders, *_ = await three(store)
    counting, coalescer = CountingStore(store), ReadCoalescer()
    for _ in range(2):
        assert named(await coalescer.read(products.by_ids, counting, [orders], FIELDS)) == ["orders"]
    assert len(counting.queries) == 2


class Seen(CountingStore):
    """As after a write of its caller."""

    def __init__(self, store, *bookmarks):
        super().__init__(store)
        self._seen = bookmarks

    @property
    def bookmarks(self):
        return self._seen


async def test_what_differs_is_not_shared(store):
    orders, *_ = await three(store)
    coalescer, stores = ReadCoalescer(), [CountingStore(store), Seen(store, "a"), Seen(store, "b")]
    found = await asyncio.gather(
        *(coalescer.read(products.by_ids, one, [orders], FIELDS) for one in stores),
        coalescer.read(products.by_ids, stores[0], [orders], ("id", "urn")),
        coalescer.read(domains.by_names, stores[0], ["sales"]),
    )
    assert [len(one.queries) for one in stores] == [3, 1, 1]
    assert [type(one[0])._fields for one in found[:4]] == [FIELDS, FIELDS, FIELDS, ("id", "urn")]
    assert found[4][0].name == "sales"


async def test_who_asks_for_much_reads_alone(store):
    orders, *_ = await three(store)
    counting, coalescer = CountingStore(store), ReadCoalescer()
    many = [f"prd_{number}" for number in range(FEW)] + [orders]
    both = await asyncio.gather(*(coalescer.read(products.by_ids, counting, many, FIELDS) for _ in range(2)))
    assert [named(found) for found in both] == [[None] * FEW + ["orders"]] * 2
    assert len(counting.queries) == 2


async def test_who_leaves_keeps_nobody_from_an_answer(store):
    orders, returns, _ = await three(store)
    coalescer = ReadCoalescer()
    first = asyncio.create_task(coalescer.read(products.by_ids, store, [orders], FIELDS))
    second = asyncio.create_task(coalescer.read(products.by_ids, store, [returns], FIELDS))
    await asyncio.sleep(0)
    first.cancel()
    assert named(await second) == ["returns"]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_failure_is_everyones_and_the_next_turn_is_free_of_it(store):
    orders, *_ = await three(store)
    coalescer = ReadCoalescer()

    async def failing(*_):
        raise StoreError("The database is unavailable: try again.")

    told = await asyncio.gather(*(coalescer.read(failing, store, [orders]) for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in told] == ["The database is unavailable: try again."] * 3
    assert named(await coalescer.read(products.by_ids, store, [orders], FIELDS)) == ["orders"]


async def test_operations_of_a_turn_share_their_query(store):
    ids = await three(store)
    counting, process = CountingStore(store), Process(coalescer=ReadCoalescer())
    query = "query ($id: ID!) { dataProduct(id: $id) { name domain { name } } }"

    answers = await asyncio.gather(*(ask(counting, query, process=process, id=id) for id in ids))
    assert [answer["dataProduct"] for answer in answers] == [
        {"name": name, "domain": {"name": "sales"}} for name in ("orders", "returns", "revenue")
    ]
    assert len(counting.queries) == 2  # the products, their domain


async def test_one_operation_reads_what_its_root_fields_ask_for_at_once(store):
    orders, returns, _ = await three(store)
    counting, process = CountingStore(store), Process(coalescer=ReadCoalescer())
    query = """query ($a: ID!, $b: ID!) {
      a: dataProduct(id: $a) { name } again: dataProduct(id: $a) { id } b: dataProduct(id: $b) { name }
      node(id: $b) { id } none: dataProduct(id: "prd_none") { id }
    }"""
    answer = await ask(counting, query, process=process, a=orders, b=returns)
    assert answer == {
        "a": {"name": "orders"},
        "again": {"id": orders},
        "b": {"name": "returns"},
        "node": {"id": returns},
        "none": None,
    }
    assert len(counting.queries) == 1


async def test_what_loaders_read_is_freed_without_the_collector(store):
    orders, returns, _ = await three(store)
    gc.collect()
    gc.disable()
    try:
        loaders = Loaders(store, FIELDS, coalescer=ReadCoalescer())
        found = await loaders.product.load(orders), await loaders.product.one(returns)
        assert named(found) == ["orders", "returns"]
        gone = weakref.ref(loaders)
        del loaders
        assert gone() is None
    finally:
        gc.enable()
