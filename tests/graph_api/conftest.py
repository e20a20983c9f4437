"""The tiny app, and a client of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.graph_api.tiny import client, tiny_app


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous client on loopback."""
    async with client(tiny_app(tmp_path)) as opened:
        yield opened
