"""The parts that a profile is told in."""

import cProfile
import pstats

import orjson
import pytest

from bench.profile import REST, part_of, profiles, shares_of
from bench.shapes import Shape
from bench.shapes.shape import same
from tests.mesh import Mesh


@pytest.mark.parametrize(
    ("file", "name", "part"),
    [
        ("/venv/site-packages/neo4j/_async/work/session.py", "run", "driver"),
        ("~", "{built-in method neo4j._rust.codec.packstream.v2.unpack}", "driver"),
        ("/venv/site-packages/graphql/execution/executor.py", "execute", "GraphQL libraries"),
        ("<string>", "object_1", "compiled code"),
        ("/project/resolvers/products.py", "by_ids", "lineage, governance, records"),
        ("~", "{built-in method orjson.dumps}", "JSON"),
        ("/usr/lib/python3.11/asyncio/tasks.py", "sleep", REST),
    ],
)
def test_parts_go_by_the_file_or_the_name(file, name, part):
    assert part_of(file, name) == part


def test_functions_in_c_count_where_they_are_called():
    work: dict = {}
    exec(compile("def made(): return sorted(range(300_000), key=lambda n: -n)", "<string>", "exec"), work)
    profiler = cProfile.Profile()
    profiler.runcall(work["made"])
    profiler.runcall(orjson.dumps, [1])
    shares = shares_of(pstats.Stats(profiler))
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["compiled code"] > 0.9


async def test_a_shape_is_told_for_both_executors(store, clean_database):
    mesh = Mesh()
    orders = mesh.product("sales", "orders")
    await mesh.write(store)
    query = "query ($id: ID!) { dataProduct(id: $id) { name } }"
    shape = Shape("by id", query, same, "", same, "", same, [{"id": orders.id}])
    table = await profiles(clean_database, [shape], 2, "one product")
    assert [row[:2] for row in table.rows] == [["by id", "graphql-core"], ["by id", "compiled"]]
    for row in table.rows:
        assert float(row[2]) == pytest.approx(sum(map(float, row[3:])), abs=0.5)
