"""Tables hold ratios first, and stand between marks of their own in the document."""

import pytest

from bench import report
from bench.measure import Figure

GROWTH = report.marks("growth", "python -m bench.growth")
BENCH = report.marks("bench", "python -m bench")
FIGURES = {
    ("by id", "meshweave"): Figure(3.0, 4.5, 9),
    ("by id", "peer"): Figure(6.0, 9.0, 9),
    ("hub", "meshweave"): Figure(30.0, 45.0, 9),
}


def test_ours_are_a_part_of_the_others_times():
    table = report.times("t", ["by id", "hub"], ["meshweave", "peer"], FIGURES)
    assert table.head == ["shape", "of peer", "meshweave p50/p95 ms", "peer p50/p95 ms"]
    assert table.rows == [
        ["by id", "0.50", "3.0 / 4.5", "6.0 / 9.0"],
        ["hub", report.NONE, "30.0 / 45.0", report.NONE],
    ]


def test_ours_are_a_multiple_of_the_others_rates():
    found = {("by id", "meshweave"): 1_200.4, ("by id", "driver"): 600.2, ("hub", "driver"): 4.56}
    table = report.rates("t", ["by id", "hub"], ["meshweave", "driver"], found)
    assert table.head == ["shape", "times driver", "meshweave /s", "driver /s"]
    assert table.rows == [["by id", "2.00", "1,200", "600"], ["hub", report.NONE, report.NONE, "4.6"]]


def test_each_command_writes_between_its_own_marks(tmp_path):
    file = tmp_path / "performance.md"
    file.write_text(f"words\n\n{BENCH.begin}\nold\n{BENCH.end}\n\nmore words\n")
    report.write(file, GROWTH, "grown")
    report.write(file, BENCH, report.markdown([report.Table("t", ["a", "b"], [["1", "2"]])]))
    report.write(file, GROWTH, "grown more")
    assert file.read_text() == (
        f"words\n\n{BENCH.begin}\nt\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n{BENCH.end}\n\nmore words\n\n"
        f"{GROWTH.begin}\ngrown more\n{GROWTH.end}\n"
    )


def test_a_mark_without_its_end_is_not_written_over(tmp_path):
    file = tmp_path / "performance.md"
    file.write_text(f"{BENCH.begin}\nold\nall the rest\n")
    with pytest.raises(ValueError, match="without"):
        report.write(file, BENCH, "new")
    assert file.read_text() == f"{BENCH.begin}\nold\nall the rest\n"
