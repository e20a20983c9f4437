"""Requests per second of sixteen connections: slices of every contender on every shape, interleaved and shuffled."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from statistics import median
from typing import NamedTuple

from bench.contenders import DRIVER, OURS, PEER
from bench.crowd import CONNECTIONS, Crowd, Pace, Work
from bench.driver_clients import Query, driver_clients
from bench.http_client import HttpClient, graphql
from bench.http_clients import Asked, http_clients
from bench.measure import Figures, Key
from bench.servers import Servers
from bench.shapes import Shape

# Large answers come too rarely for a short slice: each connection should have its turn at least twice.
PACES = {"S": Pace(1.5, 0, 2 * CONNECTIONS), "L": Pace(3.0, 2 * CONNECTIONS, 4)}
TOO_LONG = 12_000.0  # milliseconds: sixteen such answers at once only tell of time limits

Rates = dict[Key, float]


class Rival(NamedTuple):
    """A contender as a crowd of clients; `work` makes what they ask of a shape."""

    name: str
    crowd: Crowd
    work: Callable[[Shape], Work]


def enter_rivals(servers: Servers, stack: ExitStack) -> Iterator[Rival]:
    """`stack` ends their processes."""

    def crowd(clients: Callable, *given: object) -> Crowd:
        return stack.enter_context(closing(Crowd(partial(clients, *given))))

    def over_http(name: str, client: HttpClient, query: Callable[[Shape], str]) -> Rival:
        stack.enter_context(closing(client))
        return Rival(name, crowd(http_clients, client.address), lambda shape: requests(client, shape, query(shape)))

    yield over_http(OURS, servers.client(), lambda shape: shape.query)
    if servers.peer is not None:
        yield over_http(PEER, servers.peer_client(), lambda shape: shape.peer_query)
    driver = crowd(driver_clients, servers.endpoint)
    yield Rival(DRIVER, driver, lambda shape: Query(shape.cypher, shape.variables))


def requests(client: HttpClient, shape: Shape, query: str) -> list[Asked]:
    """Answers to the same question are of the same length; that these are right was compared before."""
    asked = [client.request(graphql(query, variables)) for variables in shape.variables]
    return [Asked(request, len(client.exchange(request))) for request in asked]


def measure_rates(shapes: Sequence[Shape], rivals: Sequence[Rival], figures: Figures, slices: int) -> Rates:
    """The median rate by (shape, contender). `figures` say which answers are too slow to be asked for sixteen times at
    once: of those there is none, nor of another contender that cannot answer sixteen; the output says so. Raises
    `RuntimeError` when it is ours that cannot."""
    work = {
        (shape.name, rival.name): (rival.crowd, rival.work(shape), PACES[shape.size])
        for shape in shapes
        for rival in rivals
        if figures[shape.name, rival.name].p50 * CONNECTIONS < TOO_LONG
    }
    found: dict[Key, list[float]] = defaultdict(list)
    unable: set[Key] = set()
    for key in order(work, slices):
        if key in unable:
            continue
        crowd, asked, pace = work[key]
        try:
            found[key].append(crowd.run(asked, pace).rate)
        except RuntimeError as error:
            shape, name = key
            if name == OURS:
                raise RuntimeError(f"{name}, {shape}: {error}") from error
            print(f"no requests/s of {name} for {shape}: {error}", flush=True)
            unable.add(key)
    return {key: median(rates) for key, rates in found.items() if key not in unable}


def order(keys: Mapping[Key, object], slices: int, seed: int = 2) -> list[Key]:
    """Every key once before any comes again, so that the slices of each are spread over the run."""
    dice = random.Random(seed)
    return [key for _ in range(slices) for key in dice.sample(list(keys), len(keys))]
