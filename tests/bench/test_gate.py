"""A shape fails when its ratio is half more than it was, each time that it is measured."""

import pytest

from bench import gate
from bench.measure import Figure

BASELINE = {"by id": 2.0, "hub": 1.0}


def measured(*passes):
    """Measures that give the passes in turn, and what each was asked for."""
    left, asked = list(passes), []

    def measure(only, rounds):
        asked.append(only)
        found = left.pop(0)
        return found if only is None else {shape: found[shape] for shape in only}

    return measure, asked


def test_half_more_is_allowed_and_is_not_measured_again():
    measure, asked = measured({"by id": 3.0, "hub": 1.5})
    assert gate.check(measure, BASELINE, 0) == []
    assert asked == [None]


def test_a_busy_moment_is_measured_again_alone(capsys):
    measure, asked = measured({"by id": 3.1, "hub": 1.0}, {"by id": 2.9})
    assert gate.check(measure, BASELINE, 0) == []
    assert asked == [None, ["by id"]]
    assert "measured anew" in capsys.readouterr().out


def test_a_busy_while_is_waited_for():
    measure, asked = measured({"by id": 3.1, "hub": 1.6}, {"by id": 3.2, "hub": 1.0}, {"by id": 3.3}, {"by id": 3.0})
    assert gate.check(measure, BASELINE, 0) == []
    assert asked == [None, ["by id", "hub"], ["by id"], ["by id"]]


def test_always_beyond_the_limit_names_all_there_is_to_know():
    measure, _ = measured({"by id": 3.1, "hub": 1.6}, {"by id": 3.2, "hub": 1.5}, {"by id": 3.3}, {"by id": 3.1})
    (slower,) = gate.check(measure, BASELINE, 0)
    assert slower == gate.Slower("by id", (3.1, 3.2, 3.3, 3.1), 2.0)
    assert str(slower) == (
        "by id: 3.10, 3.20, 3.30, 3.10 times the driver's time in 4 measurements; the baseline is 2.00 and the limit "
        "3.00. If that is meant to be, renew the baseline: uv run python -m bench.gate"
    )


def test_a_shape_without_a_baseline_and_one_that_is_gone_are_told():
    measure, _ = measured({"by id": 1.0, "new": 1.0})
    with pytest.raises(LookupError, match=r"hub, new\. Renew the baseline: uv run python -m bench\.gate"):
        gate.check(measure, BASELINE, 0)


def test_a_ratio_is_of_medians():
    figures = {("hub", "meshweave"): Figure(30.0, 99.0, 9), ("hub", "driver"): Figure(20.0, 21.0, 9)}
    assert gate.ratios_of(figures) == {"hub": 1.5}


def test_a_baseline_is_the_median_of_its_passes(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "BASELINE", tmp_path / "baseline.json")
    assert gate.write_baseline([{"hub": 1.0}, {"hub": 9.0}, {"hub": 1.234}]) == {"hub": 1.23}
    assert gate.read_baseline() == {"hub": 1.23}


def test_a_baseline_that_was_edited_by_hand_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "BASELINE", tmp_path / "baseline.json")
    gate.write_baseline([{"hub": 1.0}])
    gate.BASELINE.write_text(gate.BASELINE.read_text().replace("1.0", "9.0"))
    with pytest.raises(LookupError, match="was not written by"):
        gate.read_baseline()
