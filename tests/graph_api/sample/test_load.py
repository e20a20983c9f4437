"""What a load does with a database that is empty, the sample's, half the sample's, or somebody's."""

from typing import Any

import pytest

from graph_api.neo4j.errors import StartError
from graph_api.neo4j.store import Neo4jStore
from graph_api.sample import steps
from graph_api.sample.files import read_sample
from graph_api.sample.load import SAMPLE_LOADER, SampleSummary, load_sample
from graph_api.sample.steps import Loader, held
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS
from resolvers.mutations.domain_register import register_domain
from resolvers.mutations.inputs import DomainInput
from tests.checksum import checksum

HAS = "RETURN [COUNT { (:Domain) }, COUNT { (:DataProduct) }, COUNT { ()-[:DEPENDS_ON]->() }, COUNT { (:Policy) }]"
EVOLVED = "RETURN [COUNT { (:DataContract {status: 'SUPERSEDED'}) }, COUNT { (:ChangeRequest) }, COUNT { (:Waiver) }]"
COMPLETE = [8, 60, 115, 10]


class Killed(BaseException):
    """What no handler of ours sees, like the end of the process."""


async def test_again_changes_nothing_and_keeps_what_was_added(store: Neo4jStore) -> None:
    told: list[tuple[str, float | None]] = []
    first = await load_sample(store, on_progress=lambda message, fraction: told.append((message, fraction)))
    added = await register_domain(store, ADMINISTRATOR, DomainInput("people", "human-resources"))
    before = await checksum(store)

    again = await load_sample(store)

    assert first == SampleSummary(8, 60, 115, 10, writes=91)
    assert str(first) == "loaded: 8 domains, 60 data products, 115 dependencies, 10 policies"
    told = [(message, fraction) for message, fraction in told if "waiting for the database" not in message]
    fractions = [fraction for _, fraction in told if fraction is not None]
    assert len(told) == 92
    assert fractions == sorted(fractions)
    assert told[0] == ("Loading the sample mesh: catalog", 0.0)
    assert told[-1] == ("The sample mesh is loaded", 1.0)
    assert again == first._replace(writes=0)
    assert str(again).startswith("there already: ")
    assert added.thing is not None
    assert await checksum(store) == before


async def test_data_of_its_own_are_left_alone(store: Neo4jStore) -> None:
    await register_domain(store, ADMINISTRATOR, DomainInput("people", "human-resources"))
    before = await checksum(store)

    with pytest.raises(StartError, match=r"other data \(1 domains, 0 data products, 0 policies\)") as refused:
        await load_sample(store)

    assert "empty database" in refused.value.remedy
    assert await checksum(store) == before


async def test_a_load_cut_short_is_completed(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies in the middle of the products, and again in the middle of the moves."""
    with monkeypatch.context() as patched:
        patched.setattr(steps, "create_product", dying_after(30, steps.create_product))
        with pytest.raises(Killed):
            await load_sample(store)
    assert await store.read(HAS) == [8, 30, (await store.read(HAS))[2], 0]
    with monkeypatch.context() as patched:
        patched.setattr(steps, "write", dying_after(2, steps.write))
        with pytest.raises(Killed):
            await load_sample(store)
    assert (await store.read(HAS))[1] == 60

    rest = await load_sample(store)

    assert await store.read(HAS) == COMPLETE
    assert rest.writes == 91 - 8 - 60 - 2
    assert (await load_sample(store)).writes == 0


async def test_a_load_cut_short_in_its_evolution_is_completed(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between a change request and its answer, and again before the waiver."""
    for name, left in (("reject_change_request", 2), ("grant_waiver", 1)):
        with monkeypatch.context() as patched:
            patched.setattr(steps, name, dying_after(0, getattr(steps, name)))
            with pytest.raises(Killed):
                await load_sample(store)
        assert len(list(Loader(read_sample(), await held(store), store, SAMPLE_LOADER)._evolution())) == left

    assert (await load_sample(store)).writes == 2
    assert await store.read(EVOLVED) == [1, 2, 1]
    assert (await load_sample(store)).writes == 0


async def test_who_may_not_write_loads_nothing(store: Neo4jStore) -> None:
    with pytest.raises(StartError, match="Writes need a caller"):
        await load_sample(store, ANONYMOUS)

    assert await store.read(HAS) == [0, 0, 0, 0]


def dying_after(calls: int, function: Any) -> Any:
    """`function` for so many calls, then what a killed process is to whoever awaits it."""
    left = [calls]

    async def dying(*args: Any, **kwargs: Any) -> Any:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return await function(*args, **kwargs)

    return dying
