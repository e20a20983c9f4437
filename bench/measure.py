"""One run: every contender on every shape, interleaved and shuffled, so that a busy moment hits them all alike."""

import gc
import random
from collections import defaultdict
from collections.abc import Sequence
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

from bench.contenders import Contender, Exchange
from bench.shapes import Shape, Variables


class Unequal(Exception):
    """Two contenders answered differently: there is no figure without equal work."""


class Figure(NamedTuple):
    """Milliseconds of one contender on one shape."""

    p50: float
    p95: float
    runs: int


Key = tuple[str, str]  # shape, contender
Figures = dict[Key, Figure]
Timed = tuple[Key, Exchange]
FEWEST_TO_WARM_UP = 5
# A JVM comes to its speed after hundreds of executions. Without them each answer is measured at half that speed, the
# database's part of it most of all, and what is behind a large share of that looks as slow as the others.
WARM_UP = 500
WARM_UP_SECONDS = 3.0  # of one contender on one shape, at most
FEWEST = 20  # exchanges of a large shape
MOST_SECONDS = 15.0  # for one contender on one shape


def compare(shapes: Sequence[Shape], contenders: Sequence[Contender]) -> dict[str, int]:
    """The number of answers compared for each shape; one that a contender cannot answer is left out and reported.
    Raises `Unequal`."""
    compared = {}
    for shape in shapes:
        try:
            for variables in shape.variables:
                compare_one(shape, variables, contenders)
        except RuntimeError as error:
            print(f"no figures for {shape.name}: {error}", flush=True)
            continue
        compared[shape.name] = len(shape.variables)
    return compared


def compare_one(shape: Shape, variables: Variables, contenders: Sequence[Contender]) -> None:
    answers = {one.name: one.answer(shape, variables) for one in contenders if one.answer is not None}
    first, *others = answers
    for other in others:
        if answers[other] != answers[first]:
            raise Unequal(f"{shape.name}, {variables}: {first} and {other} answer differently")


def measure(
    shapes: Sequence[Shape], contenders: Sequence[Contender], rounds: int, warm_up: int = WARM_UP, seed: int = 1
) -> Figures:
    plan: list[Timed] = []
    for shape in shapes:
        for one in contenders:
            exchanges = [one.prepare(shape, variables) for variables in shape.variables]
            plan += planned((shape.name, one.name), exchanges, shape.size, rounds, warm_up)
    return timed(plan, seed)


def planned(key: Key, exchanges: Sequence[Exchange], size: str, rounds: int, warm_up: int = WARM_UP) -> list[Timed]:
    """Warms up, and then plans for as many exchanges as `rounds_of` says."""
    began = perf_counter()
    made, seconds = 0, 0.0
    while made < FEWEST_TO_WARM_UP or (made < warm_up and seconds < WARM_UP_SECONDS):
        exchanges[made % len(exchanges)]()
        made, seconds = made + 1, perf_counter() - began
    times = rounds_of(size, rounds, seconds / made)
    return [(key, exchanges[number % len(exchanges)]) for number in range(times)]


def rounds_of(size: str, rounds: int, seconds: float) -> int:
    """Large answers take long enough to be steady in fewer exchanges; `seconds` is what one takes about."""
    wanted = rounds if size == "S" else max(FEWEST, rounds // 5)
    return max(5, min(wanted, int(MOST_SECONDS / seconds)))


def timed(plan: list[Timed], seed: int) -> Figures:
    """Every exchange once, shuffled."""
    random.Random(seed).shuffle(plan)
    times: dict[Key, list[float]] = defaultdict(list)
    gc.collect()
    gc.disable()  # the bench's own garbage is nobody's time
    try:
        for key, exchange in plan:
            started = perf_counter()
            exchange()
            times[key].append((perf_counter() - started) * 1000)
    finally:
        gc.enable()
    return {key: figure(found) for key, found in times.items()}


def figure(times: list[float]) -> Figure:
    cuts = quantiles(times, n=20, method="inclusive")
    return Figure(cuts[9], cuts[18], len(times))
