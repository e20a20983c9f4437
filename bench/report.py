"""The figures as tables: ratios first, since they are what carries over to another machine."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Figures

OURS = "meshweave"
BEGIN, END = "<!-- bench: made by `python -m bench` -->", "<!-- bench: end -->"


def head(names: Sequence[str]) -> list[str]:
    others = [name for name in names if name != OURS]
    columns = ["shape", *(f"of {name}" for name in others)]
    return [*columns, *(f"{name} p50/p95 ms" for name in [OURS, *others])]


def line(shape: str, names: Sequence[str], figures: Figures) -> list[str]:
    others = [name for name in names if name != OURS]
    ours = figures[shape, OURS]
    ratios = [f"{ours.p50 / figures[shape, name].p50:.2f}" for name in others]
    times = [figures[shape, name] for name in [OURS, *others]]
    return [shape, *ratios, *(f"{one.p50:.1f} / {one.p95:.1f}" for one in times)]


def show(shapes: Sequence[str], names: Sequence[str], figures: Figures, title: str) -> None:
    table = Table(*head(names), title=title)
    for shape in shapes:
        table.add_row(*line(shape, names, figures))
    Console(width=150).print(table)


def markdown(shapes: Sequence[str], names: Sequence[str], figures: Figures, title: str) -> str:
    lines = [head(names), ["---"] * len(head(names)), *(line(shape, names, figures) for shape in shapes)]
    return "\n".join([title, "", *("| " + " | ".join(cells) + " |" for cells in lines)])


def write(file: Path, tables: str) -> None:
    """Puts `tables` between the file's marks; the words around them stay."""
    text = file.read_text() if file.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    file.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}")
