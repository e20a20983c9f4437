"""`/health/live` and `/health/ready` (also `/health`), for restarts and load balancers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHECK_SECONDS = 3.0

Check = Callable[[], Awaitable[str | None]]


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """Each check returns None, or a public description of the fault."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})

    async def ready(_request: Request) -> Response:
        results = await asyncio.gather(*map(run, checks.values()))
        failures = {name: result for name, result in zip(checks, results, strict=True) if result is not None}
        content = {
            "status": "unready" if failures else "ready",
            "checks": {name: failures.get(name, "ok") for name in checks},
        }
        return JSONResponse(content, 503 if failures else 200, {"cache-control": "no-store"})

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/health", ready)]


async def run(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
