"""What `/metrics` says of compiled execution and of the gates."""

import asyncio

from prometheus_client import CollectorRegistry, generate_latest

from graph_api.execution.compiled.statistics import Fallback, Statistics
from graph_api.fair_gate import FairGate
from graph_api.http.metrics import Collected, execution_metrics, gate_metrics


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


async def test_a_gate_tells_what_runs_and_what_waits() -> None:
    gate = FairGate(2, 2)
    assert gate.take("a")
    assert gate.take("a")
    waiting = asyncio.create_task(gate.wait("b"))
    await asyncio.sleep(0)
    registry = CollectorRegistry()
    registry.register(Collected(gate_metrics({"database_reads": gate.statistics()})))
    text = generate_latest(registry).decode()
    assert 'meshweave_gate_entries{gate="database_reads",state="running"} 2.0' in text
    assert 'meshweave_gate_entries{gate="database_reads",state="waiting"} 1.0' in text
    assert 'meshweave_gate_limit{gate="database_reads"} 2.0' in text
    gate.leave("a")
    await waiting
