"""The figures as tables: ratios first, since they are what carries over to another machine."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table as RichTable

from bench.contenders import OURS
from bench.measure import Figure, Figures
from bench.rates import Rates

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
NOTES = Path(__file__).parent / "NOTES.md"
NONE = "\N{EN DASH}"


class Table(NamedTuple):
    title: str
    head: list[str]
    rows: list[list[str]]


class Marks(NamedTuple):
    """Between which lines of a document a command's tables stand."""

    begin: str
    end: str


def marks(name: str, command: str) -> Marks:
    return Marks(f"<!-- {name}: made by `{command}` -->", f"<!-- {name}: end -->")


def times(title: str, shapes: Sequence[str], names: Sequence[str], figures: Figures) -> Table:
    """Milliseconds, and ours as a part of each other's."""
    others = [name for name in names if name != OURS]
    head = ["shape", *(f"of {name}" for name in others), *(f"{name} p50/p95 ms" for name in [OURS, *others])]
    rows = [
        [
            shape,
            *(ratio(of(figures, shape, OURS), of(figures, shape, name)) for name in others),
            *(p50_p95(figures.get((shape, name))) for name in [OURS, *others]),
        ]
        for shape in shapes
    ]
    return Table(title, head, rows)


def rates(title: str, shapes: Sequence[str], names: Sequence[str], found: Rates) -> Table:
    """Requests per second, and ours as a multiple of each other's."""
    others = [name for name in names if name != OURS]
    head = ["shape", *(f"times {name}" for name in others), *(f"{name} /s" for name in [OURS, *others])]
    rows = [
        [
            shape,
            *(ratio(found.get((shape, OURS)), found.get((shape, name))) for name in others),
            *(per_second(found.get((shape, name))) for name in [OURS, *others]),
        ]
        for shape in shapes
    ]
    return Table(title, head, rows)


def of(figures: Figures, shape: str, name: str) -> float | None:
    figure = figures.get((shape, name))
    return None if figure is None else figure.p50


def ratio(ours: float | None, theirs: float | None) -> str:
    return NONE if ours is None or theirs is None else f"{ours / theirs:.2f}"


def p50_p95(figure: Figure | None) -> str:
    return NONE if figure is None else f"{figure.p50:.1f} / {figure.p95:.1f}"


def per_second(rate: float | None) -> str:
    return NONE if rate is None else f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def show(tables: Iterable[Table]) -> None:
    for table in tables:
        shown = RichTable(*table.head, title=table.title)
        for row in table.rows:
            shown.add_row(*row)
        Console(width=150).print(shown)


def markdown(tables: Iterable[Table]) -> str:
    return "\n\n".join(
        "\n".join(
            [table.title, ""]
            + ["| " + " | ".join(cells) + " |" for cells in (table.head, ["---"] * len(table.head), *table.rows)]
        )
        for table in tables
    )


def write(file: Path, between: Marks, text: str) -> None:
    """Puts `text` between the marks; the words around them stay. Without the marks it goes to the end, with them."""
    before, begin, rest = file.read_text().partition(between.begin)
    _, end, after = rest.partition(between.end)
    if begin and not end:
        raise ValueError(f"{file.name} has the line {between.begin} without {between.end}")
    if not begin:
        before, after = before.rstrip("\n") + "\n\n", "\n"
    file.write_text(f"{before}{between.begin}\n{text}\n{between.end}{after}")
