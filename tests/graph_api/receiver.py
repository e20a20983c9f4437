"""A web server of the tests that takes webhooks, keeps what came, and answers what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.graph_api.live import listening


class Got(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def seq(self) -> int:
        return orjson.loads(self.body)["event"]["seq"]


class Receiver:
    def __init__(self) -> None:
        self.got: list[Got] = []
        self.statuses: list[int] = []  # of the next answers; 204 when there is none
        self.delay = 0.0
        self.headers: dict[str, str] = {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=k1"

    @property
    def seqs(self) -> list[int]:
        return [got.seq for got in self.got]

    async def take(self, request: Request) -> Response:
        self.got.append(Got(dict(request.headers), await request.body()))
        await asyncio.sleep(self.delay)
        status = self.statuses.pop(0) if self.statuses else 204
        location = {"location": self.url} if 300 <= status < 400 else {}
        return Response(status_code=status, headers={**self.headers, **location})


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])
    async with listening(app) as port:
        receiver.port = port
        yield receiver
