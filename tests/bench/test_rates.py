"""Requests per second are counted over whole exchanges, each of them a success."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import pytest

from bench.contenders import OURS
from bench.crowd import CONNECTIONS, Crowd, Pace, Slice
from bench.driver_clients import exchange_all as exchange_in_threads
from bench.http_clients import Asked, run
from bench.measure import Figure
from bench.rates import PACES, Rival, measure_rates, order

REQUEST = b"POST / HTTP/1.1\r\n\r\n"


class Named(NamedTuple):
    name: str
    size: str = "S"


class Recorded:
    """A crowd that answers given rates in turn, and None not at all."""

    def __init__(self, *rates: float | None) -> None:
        self.rates = list(rates)
        self.asked: list[Any] = []

    def run(self, work: Any, pace: Pace) -> Slice:
        self.asked.append((work, pace))
        rate = self.rates.pop(0)
        if rate is None:
            raise RuntimeError("out of memory")
        return Slice(int(rate * 10), 10.0)


@contextmanager
def answering(body: bytes) -> Iterator[tuple[str, int]]:
    """A server of loopback that gives the same answer to everything, on as many connections as come."""

    def serve(one: socket.socket) -> None:
        with one, suppress(ConnectionError):
            while one.recv(1 << 16):
                one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def accept() -> None:
        while True:
            try:
                threads.append(threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True))
            except OSError:
                return
            threads[-1].start()

    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threads.append(threading.Thread(target=accept, daemon=True))
        threads[0].start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join(5)


def test_a_slice_goes_on_until_time_and_number_are_reached_but_not_for_ever():
    pace = Pace(2.0, 48, 4)
    assert pace.goes_on(1.9, 1_000)
    assert pace.goes_on(2.1, 47)
    assert not pace.goes_on(2.1, 48)
    assert not pace.goes_on(8.0, 3)


def test_every_pair_has_a_slice_before_any_has_another():
    keys = {("a", "x"): 1, ("a", "y"): 1, ("b", "x"): 1}
    planned = order(keys, 4)
    assert [set(planned[at : at + 3]) for at in range(0, 12, 3)] == [set(keys)] * 4
    assert planned == order(keys, 4)
    assert planned[:3] != planned[3:6] or planned[3:6] != planned[6:9]


def test_the_figure_is_the_median_of_the_slices():
    ours, theirs = Recorded(100, 400, 120), Recorded(50, 40, 10)
    rivals = [Rival("ours", ours, lambda shape: shape.name), Rival("theirs", theirs, lambda shape: "?")]  # type: ignore[arg-type]
    figures = {("a", "ours"): Figure(1.0, 2.0, 9), ("a", "theirs"): Figure(1.0, 2.0, 9)}
    rates = measure_rates([Named("a")], rivals, figures, 3)  # type: ignore[list-item]
    assert rates == {("a", "ours"): 120.0, ("a", "theirs"): 40.0}
    assert ours.asked == [("a", PACES["S"])] * 3


def test_sixteen_answers_that_would_run_into_time_limits_are_not_asked_for():
    rival = Rival("ours", Recorded(), lambda shape: None)  # type: ignore[arg-type]
    assert measure_rates([Named("a", "L")], [rival], {("a", "ours"): Figure(2_000.0, 2_000.0, 5)}, 3) == {}  # type: ignore[list-item]


def test_another_who_cannot_answer_sixteen_has_no_figure_and_keeps_nobody_from_one(capsys: pytest.CaptureFixture[str]):
    ours, theirs = Recorded(100, 300, 120), Recorded(50, None, 10)
    rivals = [Rival(OURS, ours, lambda shape: None), Rival("theirs", theirs, lambda shape: None)]  # type: ignore[arg-type]
    figures = {("a", OURS): Figure(1.0, 2.0, 9), ("a", "theirs"): Figure(1.0, 2.0, 9)}
    assert measure_rates([Named("a")], rivals, figures, 3) == {("a", OURS): 120.0}  # type: ignore[list-item]
    assert theirs.rates == [10]
    assert capsys.readouterr().out == "no requests/s of theirs for a: out of memory\n"


def test_there_are_no_figures_where_we_cannot_answer_sixteen():
    rival = Rival(OURS, Recorded(100, None, 120), lambda shape: None)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="meshweave, a: out of memory"):
        measure_rates([Named("a")], [rival], {("a", OURS): Figure(1.0, 2.0, 9)}, 3)  # type: ignore[list-item]


def test_the_loop_counts_what_was_sent_after_the_warm_up():
    with answering(b'{"data":1}') as address:
        done, seconds = run(address, [Asked(REQUEST, 10)], Pace(0.05, 100, 5))
    assert done >= 100
    assert 0.05 <= seconds < 1.0


def test_an_answer_of_another_length_is_no_success():
    with answering(b'{"errors":[]}') as address, pytest.raises(RuntimeError, match="13 bytes where 10 were expected"):
        run(address, [Asked(REQUEST, 10)], Pace(0.05, 0, 5))


def test_threads_share_one_count():
    asked: list[int] = []
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        assert exchange_in_threads(pool, asked.append, lambda sent: sent < 100) == 100
    assert sorted(asked) == list(range(100))


def test_where_a_thread_fails_the_others_are_waited_for():
    asked: list[int] = []

    def ask(number: int) -> None:
        if number == 3:
            raise RuntimeError("out of memory")
        time.sleep(0.01)
        asked.append(number)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        with pytest.raises(RuntimeError, match="out of memory"):
            exchange_in_threads(pool, ask, lambda sent: sent < 50)
        assert sorted(asked) == [number for number in range(50) if number != 3]


@contextmanager
def doubling() -> Iterator[Any]:
    yield lambda work, pace: Slice(2 * work, pace.seconds)


def test_a_crowd_works_in_a_process_of_its_own_and_tells_of_its_faults():
    crowd = Crowd(doubling)
    try:
        assert crowd.run(21, Pace(2.0, 0, 0)) == Slice(42, 2.0)
        with pytest.raises(RuntimeError, match="TypeError"):
            crowd.run(None, Pace(2.0, 0, 0))
        assert crowd.run(1, Pace(1.0, 0, 0)).rate == 2.0
    finally:
        crowd.close()
