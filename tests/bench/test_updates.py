"""Writes are measured on products that let them through, change something each time, and leave the mesh as it was."""

import asyncio

import pytest

from bench.bare_write import bare_write
from bench.contenders import open_driver
from bench.measure import Unequal
from bench.mesh import make_mesh
from bench.targets import PROVIDERS, Target, choose_targets
from bench.updates import LEAF, WARM_UP, Writer, looking, measure_updates
from resolvers.audit import log
from tests.writes import a_domain, a_product

MESH = make_mesh(2_000)
IDS = {MESH.urn(number): f"prd_{number}" for number in range(2_000)}


def test_targets_are_alike_and_keep_to_what_refuses():
    targets = choose_targets(MESH, IDS)
    numbers = [int(one.id.removeprefix("prd_")) for one in targets.leaves]
    assert len(set(numbers)) == 3
    for number, leaf in zip(numbers, targets.leaves, strict=True):
        document = MESH.products[number]
        assert (document["status"], document["contract"] is None) == ("PRODUCTION", False)
        assert (leaf.urn, leaf.tags, leaf.consumers) == (MESH.urn(number), document["tags"], 0)
        assert sum(provider == number for _, provider in MESH.edges) == 0
        assert sum(consumer == number for consumer, _ in MESH.edges) == PROVIDERS
    hub = int(targets.hub.id.removeprefix("prd_"))
    assert MESH.products[hub]["contract"] is not None
    assert targets.hub.consumers == sum(provider == hub for _, provider in MESH.edges) > 200


def test_a_mesh_without_leaves_enough_says_so():
    with pytest.raises(ValueError, match="too few leaves"):
        choose_targets(MESH, IDS, leaves=2_000)


class Tags:
    """Products in memory, and what was written to them in turn."""

    def __init__(self) -> None:
        self.now = {"a": ["gold"], "b": ["pii"]}
        self.written: dict[str, list[list[str]]] = {"a": [], "b": []}

    def writer(self, name: str, id: str, forgetful: bool = False) -> Writer:
        def prepare(tags: list[str]):
            def exchange() -> None:
                self.written[id].append(tags)
                self.now[id] = tags[:1] if forgetful else tags

            return exchange

        return Writer(LEAF, name, Target(id, id, self.now[id], 0), prepare)


def test_every_exchange_writes_other_tags_and_the_first_ones_come_back():
    tags = Tags()
    figures = measure_updates([tags.writer("x", "a"), tags.writer("y", "b")], lambda: tags.now, 20)
    assert tags.now == {"a": ["gold"], "b": ["pii"]}
    assert {key: figure.runs for key, figure in figures.items()} == {(LEAF, "x"): 20, (LEAF, "y"): 20}
    for written in tags.written.values():
        assert len(written) == len({tuple(one) for one in written}) == 20 + WARM_UP + 3


def test_other_tags_than_those_asked_for_are_no_equal_work():
    tags = Tags()
    writers = [tags.writer("x", "a"), tags.writer("y", "b", forgetful=True)]
    with pytest.raises(Unequal, match=r"y left \['bench-after'\]"):
        measure_updates(writers, lambda: tags.now, 3)
    assert tags.now == {"a": ["gold"], "b": ["pii"]}


async def test_a_bare_write_leaves_tags_and_no_trace_in_history_and_log(store, endpoint, cypher):
    await a_domain(store)
    made = await a_product(store)

    def write() -> dict[str, list[str]]:
        with open_driver(endpoint) as driver:
            target = Target(made.id, made.urn, [], 0)
            with bare_write(driver, endpoint.database, made.id) as prepare:
                look = looking(driver, endpoint.database, [Writer(LEAF, "driver", target, prepare)])
                for tags in (["a"], ["a", "b"], ["c"]):
                    prepare(tags)()
                counted = driver.execute_query(
                    "MATCH (r:BenchRevision) OPTIONAL MATCH (e:BenchEvent {seq: r.revision}) "
                    "WITH r, e ORDER BY r.revision RETURN [r.revision, r.validTo IS NULL, e.seq] AS row",
                    database_=endpoint.database,
                ).records
                assert [record["row"] for record in counted] == [[1, False, 1], [2, False, 2], [3, True, 3]]
                return look()

    assert await asyncio.to_thread(write) == {made.id: ["c"]}
    assert (await log.verify(store)).fault is None
    left = "MATCH (n:BenchRevision|BenchEvent|BenchLog) RETURN count(n) AS n"
    assert await cypher(left) == [{"n": 0}]
    assert await cypher("SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'bench' RETURN name") == []
