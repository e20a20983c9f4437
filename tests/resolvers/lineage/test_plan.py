"""What makes lineage fast is the plan: a walk that visits a product once. Every text is held to it."""

from typing import ClassVar

import pytest

from resolvers.lineage.cypher import PAST, PRESENT, UNBOUNDED
from resolvers.lineage.service import NOBODY, warm

PRUNING = "VarLengthExpand(Pruning,BFS,All)"
ONE_EDGE = "VarLengthExpand(All)"  # a single edge has nothing to prune
TEXTS = {f"{name} {bound}": text for name, table in (("now", PRESENT), ("then", PAST)) for bound, text in table.items()}


def operators(plan):
    yield plan["operatorType"].partition("@")[0]
    for child in plan.get("children", ()):
        yield from operators(child)


@pytest.mark.parametrize("name", TEXTS)
async def test_every_text_prunes_from_an_index(driver, migrated, name):
    async with driver.session(database=migrated.database) as session:
        summary = await (await session.run("EXPLAIN " + TEXTS[name], arguments=NOBODY)).consume()
    found = list(operators(summary.plan))
    wanted = ONE_EDGE if name.endswith(" 1") else PRUNING
    assert [kind for kind in found if "VarLength" in kind or "Path" in kind or "Trail" in kind] == [wanted, wanted]
    assert found.count("NodeUniqueIndexSeek") == 2
    assert not {kind for kind in found if kind.endswith("Scan")}


def test_the_table_covers_every_depth():
    for table in (PRESENT, PAST):
        assert list(table) == sorted(table)
        assert next(reversed(table)) == UNBOUNDED
        for bound, text in table.items():
            assert text.count("*0.." + ("" if bound == UNBOUNDED else str(bound)) + "]") == 2


async def test_warming_runs_every_text_the_present_ones_first(store):
    class Recording:
        texts: ClassVar[list[str]] = []

        async def read(self, query, /, **parameters):
            self.texts.append(query)
            assert await store.read(query, **parameters) == []

    await warm(Recording())
    assert Recording.texts == list(TEXTS.values())
