"""Sixteen threads on one sync driver: how an application that has no service in between would ask."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import count
from time import perf_counter
from typing import Any, NamedTuple

from bench.contenders import open_driver, read_one
from bench.crowd import CONNECTIONS, Pace, Slice
from bench.shapes import Variables
from graph_api.neo4j.endpoint import Endpoint


class Query(NamedTuple):
    """Its parameters are taken in turn."""

    cypher: str
    variables: list[Variables]


@contextmanager
def driver_clients(endpoint: Endpoint) -> Iterator[Callable[[Query, Pace], Slice]]:
    with open_driver(endpoint) as driver, ThreadPoolExecutor(CONNECTIONS) as pool:

        def ask(query: Query, number: int) -> Any:
            given = query.variables[number % len(query.variables)]
            return read_one(driver, endpoint.database, query.cypher, given)

        yield lambda query, pace: run(pool, lambda number: ask(query, number), pace)


def run(pool: ThreadPoolExecutor, ask: Callable[[int], Any], pace: Pace) -> Slice:
    exchange_all(pool, ask, lambda sent: sent < pace.warm_up)
    started = perf_counter()
    done = exchange_all(pool, ask, lambda sent: pace.goes_on(perf_counter() - started, sent))
    return Slice(done, perf_counter() - started)


def exchange_all(pool: ThreadPoolExecutor, ask: Callable[[int], Any], more: Callable[[int], bool]) -> int:
    """Asks in every thread while `more(sent)`, and tells how many answers there were."""
    numbers = count()

    def client() -> int:
        done = 0
        while more(number := next(numbers)):
            ask(number)
            done += 1
        return done

    clients = [pool.submit(client) for _ in range(CONNECTIONS)]
    wait(clients)  # where one failed, no other may go on into the next slice
    return sum(one.result() for one in clients)
