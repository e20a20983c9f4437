"""What `/metrics` says of compiled execution."""

from prometheus_client import CollectorRegistry, generate_latest

from graph_api.execution.compiled.statistics import Fallback, Statistics
from graph_api.http.metrics import Collected, execution_metrics


def test_compiled_runs_and_fallbacks_are_counted_by_reason() -> None:
    statistics = Statistics()
    statistics.runs = 3
    statistics.fallbacks[Fallback.VALUE] = 2
    registry = CollectorRegistry()
    registry.register(Collected(execution_metrics(statistics)))
    text = generate_latest(registry).decode()
    assert "meshweave_compiled_runs_total 3.0" in text
    assert 'meshweave_compiled_fallbacks_total{reason="value"} 2.0' in text
    assert 'meshweave_compiled_fallbacks_total{reason="error"} 0.0' in text
