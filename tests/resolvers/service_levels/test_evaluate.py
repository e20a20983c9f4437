"""Promises against measurements, without a database."""

import pytest

from resolvers.metrics.sketch import Sketch
from resolvers.metrics.window import Window
from resolvers.model.json_fields import ServiceLevel
from resolvers.service_levels.evaluate import Measures, QualityMeasure, evaluate

NOW, START = "2026-11-28T10:00:00.000000Z", "2026-11-27T10:00:00.000000Z"


def window(durations_ms: list[int], errors: int = 0) -> Window:
    sketch = Sketch()
    for value in durations_ms:
        sketch.add(value * 1000)
    return Window(START, NOW, len(durations_ms), errors, sketch)


EMPTY = window([])
QUALITY = QualityMeasure("2026-11-28T09:00:00.000000Z", 0.97, {"completeness": 0.99}, "2026-11-28T08:30:00.000000Z")


def test_availability_is_the_share_of_successes_with_its_error_budget() -> None:
    measures = Measures(NOW, window([10] * 1000, errors=5), window([10] * 100, errors=2))
    status = evaluate(ServiceLevel("availability", 99.0, "%", "HIGHER"), measures)
    assert (status.measured, status.kept, status.reason) == (pytest.approx(99.5), True, None)
    assert status.error_budget_left == pytest.approx(0.5)
    assert status.burn_rate == pytest.approx(2.0)


def test_latency_is_better_when_lower() -> None:
    slow = Measures(NOW, window([100] * 90 + [900] * 10), EMPTY)
    status = evaluate(ServiceLevel("latency_p95", 500, "ms", "LOWER"), slow)
    assert (status.measured, status.kept) == (pytest.approx(900, rel=0.01), False)
    assert status.error_budget_left == pytest.approx(-1.0)
    assert status.burn_rate is None
    assert evaluate(ServiceLevel("latency_p50", 0.5, "s", "LOWER"), slow).kept is True


def test_error_rate_and_throughput() -> None:
    measures = Measures(NOW, window([10] * 86_400, errors=864), EMPTY)
    assert evaluate(ServiceLevel("error_rate", 0.02, None, "LOWER"), measures).measured == 0.01
    status = evaluate(ServiceLevel("throughput", 2, None, "HIGHER"), measures)
    assert (status.measured, status.kept) == (1.0, False)


def test_freshness_and_quality_come_from_the_latest_run() -> None:
    measures = Measures(NOW, EMPTY, EMPTY, QUALITY)
    freshness = evaluate(ServiceLevel("freshness", 2, "h", "LOWER"), measures)
    assert (freshness.measured, freshness.kept) == (1.5, True)
    assert evaluate(ServiceLevel("completeness", 99.5, "%", "HIGHER"), measures).kept is False
    assert evaluate(ServiceLevel("data_quality", 0.95, None, "HIGHER"), measures).measured == 0.97


@pytest.mark.parametrize(
    ("promise", "reason"),
    [
        (ServiceLevel("availability", 0.99, None, "HIGHER"), "no requests were recorded in the window"),
        (ServiceLevel("freshness", 2, "h", "LOWER"), "no quality run has finished"),
        (ServiceLevel("accuracy", 0.9, None, "HIGHER"), "no quality run has finished"),
        (ServiceLevel("rpo", 1, "h", "LOWER"), "nothing measures 'rpo'"),
    ],
)
def test_what_was_not_measured_is_null_with_the_reason(promise: ServiceLevel, reason: str) -> None:
    status = evaluate(promise, Measures(NOW, EMPTY, EMPTY))
    assert (status.measured, status.kept, status.reason, status.measured_at) == (None, None, reason, None)


def test_a_unit_that_does_not_compare_is_no_verdict() -> None:
    status = evaluate(ServiceLevel("latency_p95", 5, "furlongs", "LOWER"), Measures(NOW, window([10]), EMPTY))
    assert (status.kept, status.reason) == (
        None,
        "what is measured is in s, which 'furlongs' does not compare with",
    )
