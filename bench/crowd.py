"""Sixteen clients at once, in a process of their own, so that they cost the other processes of a run nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

CONNECTIONS = 16
PATIENCE = 180.0  # seconds that a slice may take


class Pace(NamedTuple):
    """First `warm_up` requests that are not counted. Then requests for `seconds`, and on until there are `least`, up to
    four times as long. All that were sent are waited for, so a slice begins and ends with an idle server."""

    seconds: float
    least: int
    warm_up: int

    def goes_on(self, elapsed: float, sent: int) -> bool:
        return elapsed < self.seconds or (sent < self.least and elapsed < 4 * self.seconds)


class Slice(NamedTuple):
    """What one crowd got done in one go."""

    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


# What is asked, in the form that the clients want; see `http_clients` and `driver_clients`.
Work = Any
Clients = Callable[[], AbstractContextManager[Callable[[Work, Pace], Slice]]]


class Crowd:
    """`clients` is called in the new process, so it has to be known by name there."""

    def __init__(self, clients: Clients) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=attend, args=(theirs, clients), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, work: Work, pace: Pace) -> Slice:
        """Raises `RuntimeError` when an answer was not a success: then there is no figure."""
        self._pipe.send((work, pace))
        if not self._pipe.poll(PATIENCE):
            raise RuntimeError(f"{CONNECTIONS} clients were not done within {PATIENCE:.0f} s")
        told = self._pipe.recv()
        if isinstance(told, str):
            raise RuntimeError(told)
        return told

    def close(self) -> None:
        self._pipe.close()  # which the other process takes for its end
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


def attend(pipe: Connection, clients: Clients) -> None:
    """What the process of a crowd does: one slice after another, until nobody is there to tell of them."""
    with pipe, clients() as run:
        while True:
            try:
                work, pace = pipe.recv()
            except (EOFError, KeyboardInterrupt):
                return
            try:
                pipe.send(run(work, pace))
            except Exception as error:
                pipe.send(f"{type(error).__name__}: {error}")
