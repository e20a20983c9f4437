"""Sixteen keep-alive connections in one loop that looks at which of them has something to read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle
from selectors import EVENT_READ, DefaultSelector
from time import perf_counter
from typing import NamedTuple

from bench.crowd import CONNECTIONS, Pace, Slice
from bench.http_answer import Answer
from bench.http_client import MUCH, connect, received

SILENCE = 60.0  # seconds without any answer


class Asked(NamedTuple):
    """A whole request in bytes, and the length of the body that answers it; another length is not a success."""

    request: bytes
    size: int


class Client:
    """One connection, with at most one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = connect(address)
        self._answer = Answer()
        self._size = 0

    def send(self, asked: Asked) -> None:
        self._answer, self._size = Answer(), asked.size
        self.socket.sendall(asked.request)

    def receive(self) -> bool:
        """Whether the answer is whole."""
        if not self._answer.take(received(self.socket, MUCH)):
            return False
        if not self._answer.ok or self._answer.size != self._size:
            told = f"{self._answer.head[:30]!r}, {self._answer.size} bytes where {self._size} were expected"
            raise RuntimeError(f"{told}: {self._answer.body()[:300]!r}")
        return True


@contextmanager
def http_clients(address: tuple[str, int]) -> Iterator[Callable[[Sequence[Asked], Pace], Slice]]:
    yield lambda work, pace: run(address, work, pace)


def run(address: tuple[str, int], work: Sequence[Asked], pace: Pace) -> Slice:
    asked = cycle(work)
    exchange_all(address, asked, lambda sent: sent < pace.warm_up)
    started = perf_counter()
    done = exchange_all(address, asked, lambda sent: pace.goes_on(perf_counter() - started, sent))
    return Slice(done, perf_counter() - started)


def exchange_all(address: tuple[str, int], asked: Iterator[Asked], more: Callable[[int], bool]) -> int:
    """Asks on every connection while `more(sent)`, waits for what is still under way, and tells how many it were."""
    sent = waiting = 0
    with ExitStack() as stack:
        selector = stack.enter_context(DefaultSelector())
        for _ in range(CONNECTIONS):
            if more(sent):
                client = Client(address)
                stack.enter_context(closing(client.socket))
                selector.register(client.socket, EVENT_READ, client)
                client.send(next(asked))
                sent, waiting = sent + 1, waiting + 1
        while waiting:
            ready = selector.select(SILENCE)
            if not ready:
                raise RuntimeError(f"no answer within {SILENCE:.0f} s")
            for key, _ in ready:
                if not key.data.receive():
                    continue
                if more(sent):
                    key.data.send(next(asked))
                    sent += 1
                else:
                    selector.unregister(key.fileobj)
                    waiting -= 1
    return sent
