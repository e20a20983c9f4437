"""The latency sketch: its error, merging and bytes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.metrics.sketch import Sketch, merged

durations = st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=200)


def of(values: list[int]) -> Sketch:
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    return sketch


@given(durations, st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_within_one_percent_of_the_exact_one(values: list[int], share: float) -> None:
    exact = sorted(values)[int(share * (len(values) - 1))]
    assert of(values).quantile(share) == pytest.approx(exact, rel=0.0101)


@given(durations, durations)
def test_merging_is_the_same_as_adding_all_to_one(left: list[int], right: list[int]) -> None:
    both = merged([of(left).to_bytes(), of(right).to_bytes()])
    assert both.to_bytes() == of([*left, *right]).to_bytes() == of([*right, *left][::-1]).to_bytes()
    assert (both.count, both.total) == (len(left) + len(right), sum(left) + sum(right))


def test_the_mean_is_exact_and_an_empty_sketch_has_no_numbers() -> None:
    assert of([1, 2, 6]).mean() == 3.0
    empty = Sketch.from_bytes(Sketch().to_bytes())
    assert (empty.mean(), empty.quantile(0.5), empty.share_above(1)) == (None, None, None)


def test_the_share_above_a_value() -> None:
    assert of([100] * 90 + [1000] * 10).share_above(500) == 0.1


def test_a_large_sketch_stays_small() -> None:
    chosen = random.Random(7)
    sketch = of([int(chosen.lognormvariate(4, 1) * 1000) for _ in range(20_000)])
    assert len(sketch.to_bytes()) < 2_000


def test_what_is_no_sketch_is_refused() -> None:
    for data in (b"", b"\x09"):
        with pytest.raises(ValueError, match="version"):
            Sketch.from_bytes(data)
    with pytest.raises(ValueError, match="negative"):
        of([-1])
