"""The bench gate: a small mesh, the service beside the driver, and no shape more than half slower than its baseline.

`python -m bench.gate --check` is a step of continuous integration and exits with 1 when a shape is slower.
`python -m bench.gate` measures anew and writes bench/baseline.json, after a change that is meant to cost or save. Only
ratios of medians that were measured interleaved are compared, never times. The baseline carries a digest, so that one
that was edited by hand is refused.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import sleep
from typing import NamedTuple, TypeVar

import orjson

from bench.chosen import choose
from bench.contenders import DRIVER, OURS, enter_contenders, open_driver
from bench.data import load
from bench.measure import Figures, compare, measure
from bench.mesh import Mesh, make_mesh
from bench.servers import started
from bench.shapes import all_shapes
from bench.targets import choose_targets
from bench.updates import LEAF, enter_writers, looking, measure_updates
from graph_api.neo4j.embedded import start_embedded
from graph_api.neo4j.endpoint import Endpoint
from graph_api.settings import Settings

BASELINE = Path(__file__).with_name("baseline.json")
COMMAND = "uv run python -m bench.gate"
PRODUCTS = 1_000
LIMIT = 1.5  # of the baseline's ratio
ROUNDS, WARM_UP_ROUNDS, WARM_UP_WRITES = 100, 15, 25
PASSES = 3  # of which a baseline is the median
TIMES = 4  # that a shape is measured in all before it counts as slower, with a pause before each but the first
PAUSE = 10.0

T = TypeVar("T")

Ratios = dict[str, float]  # by shape: our median time as a multiple of the driver's
Measure = Callable[[Collection[str] | None, int], Ratios]


class Slower(NamedTuple):
    """A shape whose `ratios` are beyond what the baseline allows each time that it was measured."""

    shape: str
    ratios: tuple[float, ...]
    baseline: float

    def __str__(self) -> str:
        found = ", ".join(f"{ratio:.2f}" for ratio in self.ratios)
        return (
            f"{self.shape}: {found} times the driver's time in {len(self.ratios)} measurements; the baseline is "
            f"{self.baseline:.2f} and the limit {self.baseline * LIMIT:.2f}. "
            f"If that is meant to be, renew the baseline: {COMMAND}"
        )


def check(measure: Measure, baseline: Mapping[str, float], pause: float = PAUSE) -> list[Slower]:
    """Measures everything, and anew what looks slower: others may have been busy on this machine. What became slower is
    so each time."""
    known = set(baseline)
    first = measure(None, ROUNDS)
    if first.keys() != known:
        names = ", ".join(sorted(first.keys() ^ known))
        raise LookupError(f"not both measured and in the baseline: {names}. Renew the baseline: {COMMAND}")
    passes, suspects = [first], beyond(first, baseline)
    while suspects and len(passes) < TIMES:
        print(f"measured anew, since it may have been a busy moment: {', '.join(suspects)}", flush=True)
        sleep(pause)
        passes.append(measure(suspects, ROUNDS))
        suspects = beyond(passes[-1], baseline)
    return [Slower(shape, tuple(one[shape] for one in passes), baseline[shape]) for shape in suspects]


def beyond(ratios: Ratios, baseline: Mapping[str, float]) -> list[str]:
    return [shape for shape, ratio in ratios.items() if ratio > baseline[shape] * LIMIT]


@contextmanager
def measuring(endpoint: Endpoint, folder: Path, mesh: Mesh, ids: dict[str, str]) -> Iterator[Measure]:
    """Yields what measures some shapes, or all, in so many rounds; every answer was compared and everything warmed."""
    shapes, targets = all_shapes(choose(mesh, ids)), choose_targets(mesh, ids)
    with started(endpoint, folder, peer=False) as servers, ExitStack() as stack:
        contenders = list(enter_contenders(servers, stack))
        writers = [one for one in enter_writers(servers, targets, stack) if one.shape == LEAF]
        look = looking(stack.enter_context(open_driver(endpoint)), endpoint.database, writers)

        def measured(only: Collection[str] | None, rounds: int) -> Ratios:
            wanted = [shape for shape in shapes if only is None or shape.name in only]
            figures = measure(wanted, contenders, rounds, warm_up=0)
            if only is None or LEAF in only:
                figures |= measure_updates(writers, look, rounds, WARM_UP_WRITES)
            ratios = ratios_of(figures)
            return {name: ratios[name] for name in (*(shape.name for shape in shapes), LEAF) if name in ratios}

        compare(shapes, contenders)
        measured(None, WARM_UP_ROUNDS)
        yield measured


def ratios_of(figures: Figures) -> Ratios:
    shapes = dict.fromkeys(shape for shape, _ in figures)
    return {shape: figures[shape, OURS].p50 / figures[shape, DRIVER].p50 for shape in shapes}


def read_baseline() -> Ratios:
    """Raises `LookupError` for a baseline that `python -m bench.gate` did not write."""
    stored = orjson.loads(BASELINE.read_bytes())
    if stored["digest"] != digest_of(stored["ratios"]):
        raise LookupError(f"{BASELINE.name} was not written by `{COMMAND}` as it is: run that to renew it.")
    return stored["ratios"]


def write_baseline(passes: list[Ratios]) -> Ratios:
    ratios = {shape: round(median(one[shape] for one in passes), 2) for shape in passes[0]}
    stored = {"command": COMMAND, "products": PRODUCTS, "ratios": ratios, "digest": digest_of(ratios)}
    BASELINE.write_bytes(orjson.dumps(stored, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return ratios


def digest_of(ratios: Ratios) -> str:
    return sha256(orjson.dumps(ratios, option=orjson.OPT_SORT_KEYS)).hexdigest()


Work = Callable[[Endpoint, Path, Mesh, dict[str, str]], T]


async def on_small_mesh(folder: Path, work: Work[T]) -> T:
    """Runs `work` on a Neo4j as the tests have it: new and with the settings' defaults."""
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    async with await start_embedded(settings, train=False) as server:
        mesh = make_mesh(PRODUCTS)
        ids, _ = await load(server.endpoint, mesh)
        return await asyncio.to_thread(work, server.endpoint, folder, mesh, ids)


def renewed(endpoint: Endpoint, folder: Path, mesh: Mesh, ids: dict[str, str]) -> Ratios:
    with measuring(endpoint, folder, mesh, ids) as measure:
        return write_baseline([measure(None, ROUNDS) for _ in range(PASSES)])


def checked(endpoint: Endpoint, folder: Path, mesh: Mesh, ids: dict[str, str]) -> list[Slower]:
    baseline = read_baseline()
    with measuring(endpoint, folder, mesh, ids) as measure:
        return check(measure, baseline)


def main() -> None:
    with TemporaryDirectory() as folder:
        if sys.argv[1:] == ["--check"]:
            slower = asyncio.run(on_small_mesh(Path(folder), checked))
            print(*slower or ["no shape is more than half slower than its baseline"], sep="\n")
            sys.exit(1 if slower else 0)
        for shape, ratio in asyncio.run(on_small_mesh(Path(folder), renewed)).items():
            print(f"{ratio:>6.2f}  {shape}")
    print(f"written to {BASELINE.name}; load average {os.getloadavg()[0]:.0f}")


if __name__ == "__main__":
    main()
