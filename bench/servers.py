"""The processes that a run asks: ours, the peer, and the Neo4j behind both."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from bench.http_client import HttpClient
from bench.peer_service import peer_serving
from bench.service import serving
from graph_api.neo4j.endpoint import Endpoint

LOOPBACK = "127.0.0.1"


class Servers(NamedTuple):
    """Ports on loopback, None of a peer that takes no part. `token` lets a client of ours write."""

    ours: int
    peer: int | None
    token: str
    endpoint: Endpoint

    def client(self) -> HttpClient:
        return HttpClient(LOOPBACK, self.ours)

    def writing_client(self) -> HttpClient:
        return HttpClient(LOOPBACK, self.ours, self.token)

    def peer_client(self) -> HttpClient:
        if self.peer is None:
            raise RuntimeError("this run has no peer")
        return HttpClient(LOOPBACK, self.peer)


@contextmanager
def started(endpoint: Endpoint, folder: Path, peer: bool) -> Iterator[Servers]:
    token = secrets.token_urlsafe(32)
    with serving(endpoint, folder, token) as ours, peer_serving(endpoint) if peer else nullcontext() as theirs:
        yield Servers(ours, theirs, token, endpoint)
