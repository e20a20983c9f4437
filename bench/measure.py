"""One run: every contender on every shape, interleaved and shuffled, so that a busy moment hits them all alike."""

import gc
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

from bench.contenders import Contender, Exchange
from bench.shapes import Shape


class Unequal(Exception):
    """Two contenders answered differently: there is no figure without equal work."""


class Figure(NamedTuple):
    """Milliseconds of one contender on one shape."""

    p50: float
    p95: float
    runs: int


Figures = dict[tuple[str, str], Figure]


def compare(shapes: Sequence[Shape], contenders: Sequence[Contender]) -> dict[str, int]:
    """The number of answers compared for each shape. Raises `Unequal`."""
    compared = {}
    for shape in shapes:
        for variables in shape.variables:
            answers = {one.name: one.answer(shape, variables) for one in contenders if one.answer is not None}
            first, *others = answers
            for other in others:
                if answers[other] != answers[first]:
                    raise Unequal(f"{shape.name}, {variables}: {first} and {other} answer differently")
        compared[shape.name] = len(shape.variables)
    return compared


def measure(
    shapes: Sequence[Shape],
    contenders: Sequence[Contender],
    rounds: Callable[[Shape], int],
    seed: int = 1,
    warm_up: int = 5,
) -> Figures:
    dice = random.Random(seed)
    plan: list[tuple[tuple[str, str], Exchange]] = []
    for shape in shapes:
        for one in contenders:
            exchanges = [one.prepare(shape, variables) for variables in shape.variables]
            for number in range(warm_up):
                exchanges[number % len(exchanges)]()
            plan += [((shape.name, one.name), exchanges[n % len(exchanges)]) for n in range(rounds(shape))]
    dice.shuffle(plan)
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
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
