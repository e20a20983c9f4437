"""Terminal output: results go to stdout, messages to stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import Progress as Report

# Names of users go through here: `[draft]` is not markup of ours, `:new:` no emoji.
out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


@contextmanager
def progress() -> Iterator[Report]:
    """Returns a function that shows progress: a bar while `fraction` is a number, a spinner with the elapsed time
    otherwise.

    Without a terminal it prints each new text on its own line.
    """
    if not err.is_terminal:
        yield _Lines()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Starting", total=None)

        def show(message: str, fraction: float | None) -> None:
            bar.update(task, description=message, total=None if fraction is None else 1.0, completed=fraction or 0.0)

        yield show


class _Lines:
    def __init__(self) -> None:
        self._last = ""

    def __call__(self, message: str, fraction: float | None) -> None:
        if message != self._last:
            self._last = message
            err.print(message)


def print_error(error: StartError) -> None:
    """Prints the error on one line and the remedy on the next."""
    err.print(Text.assemble(("error", "bold red"), " ", one_line(error.message)))
    if error.remedy:
        err.print(Text.assemble(("remedy", "bold"), " ", one_line(error.remedy)))


def print_warning(message: str) -> None:
    err.print(Text.assemble(("warning", "bold yellow"), " ", one_line(message)))


def one_line(text: str) -> str:
    return " ".join(text.split())
