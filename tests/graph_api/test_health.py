"""What probes are told."""

import asyncio
from pathlib import Path

import pytest

from graph_api.http import health
from tests.graph_api.tiny import Context, Notebook, client, create_app, plain, settings


async def fine() -> None:
    return None


async def broken() -> str:
    return "does not answer"


async def stuck() -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("checks", "status", "content"),
    [
        ({}, 200, {"status": "ready", "checks": {}}),
        ({"database": fine}, 200, {"status": "ready", "checks": {"database": "ok"}}),
        (
            {"database": broken, "migrations": fine},
            503,
            {"status": "unready", "checks": {"database": "does not answer", "migrations": "ok"}},
        ),
        ({"database": stuck}, 503, {"status": "unready", "checks": {"database": "no answer within 0.05 s"}}),
    ],
)
async def test_readiness_is_all_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checks: dict, status: int, content: dict
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    app = create_app(settings(tmp_path), plain, Notebook, Context, checks=checks)  # type: ignore[arg-type]
    async with client(app) as http:
        response = await http.get("/health/ready")
        assert (response.status_code, response.json()) == (status, content)
        response = await http.get("/health/live")
        assert (response.status_code, response.json()) == (200, {"status": "alive"})
