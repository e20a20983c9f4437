"""Terminal output: results go to stdout, messages to stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import Progress as Report

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


@contextmanager
def progress() -> Iterator[Report]:
    """Returns a function that shows progress: a bar while `fraction` is a number, a spinner with the elapsed time
    otherwise.

    Without a terminal it prints each new text on its own line.
    """
    if not err.is_terminal:
        yield _Lines()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
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
            err.print(message, markup=False)


def print_error(error: StartError) -> None:
    """Prints the error on one line and the remedy on the next."""
    err.print(f"[bold red]error[/] {_plain(error.message)}")
    if error.remedy:
        err.print(f"[bold]remedy[/] {_plain(error.remedy)}")


def _plain(text: str) -> str:
    return " ".join(text.replace("[", r"\[").split())
