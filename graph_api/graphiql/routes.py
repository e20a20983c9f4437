"""Routes of the pages for browsers: `/`, `/graphiql` with its assets, `/explore` and the paths below it, `/sign-in`."""

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from graph_api.graphiql.headers import (
    ASSET_POLICY,
    EXPLORE_POLICY,
    GRAPHIQL_POLICY,
    SIGN_IN_POLICY,
    STATUS_POLICY,
    secured,
)
from graph_api.graphiql.pages import RELOAD_SECONDS, failed_page, preparing_page
from graph_api.graphiql.state import Asset, GraphiQL, read_assets
from graph_api.http.exchange import prefix_of

STATIC = Path(__file__).parent / "static"
# An address of this server in a page of ours.
LOCAL = re.compile(rb'((?:href|src)=")/(?!/)')

# An asset's name holds a hash of its content: another content is another name.
FOREVER = "public, max-age=31536000, immutable"


def graphiql_routes(graphiql: GraphiQL) -> list[Route]:
    """Give `graphiql` to `preparing` in the app's lifespan; until that is done `/graphiql` answers 503."""
    static = read_assets(STATIC)
    form = static["sign-in.html"].path.read_bytes()

    async def root(request: Request) -> Response:
        return RedirectResponse(f"{prefix_of(request.scope)}/graphiql")

    async def page(request: Request) -> Response:
        if graphiql.status == "failed":
            graphiql.find()
        return _page(graphiql, graphiql.page, GRAPHIQL_POLICY, prefix_of(request.scope))

    async def explore(request: Request) -> Response:
        if graphiql.status == "failed":
            graphiql.find()
        return _page(graphiql, graphiql.explorer, EXPLORE_POLICY, prefix_of(request.scope))

    async def asset(request: Request) -> Response:
        return _file(graphiql.assets.get(request.path_params["name"]), request, FOREVER, ASSET_POLICY)

    async def static_file(request: Request) -> Response:
        return _file(static.get(request.path_params["name"]), request, "no-cache", ASSET_POLICY)

    async def sign_in(request: Request) -> Response:
        headers = {"cache-control": "no-cache"} | secured(SIGN_IN_POLICY)
        return HTMLResponse(below(prefix_of(request.scope), form), headers=headers)

    return [
        Route("/", root),
        Route("/graphiql", page),
        Route("/explore", explore),
        Route("/explore/{rest:path}", explore),
        Route("/graphiql/assets/{name}", asset),
        Route("/graphiql/static/{name}", static_file),
        Route("/sign-in", sign_in),
    ]


def below(prefix: str, html: bytes) -> bytes:
    """`html` with its own addresses below `prefix`, which holds nothing that HTML would read otherwise."""
    return LOCAL.sub(rb"\1" + prefix.encode() + b"/", html) if prefix else html


def _page(graphiql: GraphiQL, page: bytes, policy: str, prefix: str) -> Response:
    headers = {"cache-control": "no-cache"}
    if graphiql.status == "ready":
        return HTMLResponse(below(prefix, page), headers=headers | secured(policy))
    headers = {"cache-control": "no-store"} | secured(STATUS_POLICY)
    if graphiql.failure is not None:
        return HTMLResponse(below(prefix, failed_page(graphiql.failure).encode()), 503, headers)
    text = preparing_page(graphiql.doing, graphiql.fraction)
    return HTMLResponse(below(prefix, text.encode()), 503, headers | {"retry-after": str(RELOAD_SECONDS)})


def _file(asset: Asset | None, request: Request, caching: str, policy: str) -> Response:
    if asset is None:
        headers = {"cache-control": "no-store"} | secured(ASSET_POLICY)
        return PlainTextResponse("There is no such file; reload the page.\n", 404, headers)
    encoding = _encoding(asset, request.headers.get("accept-encoding", ""))
    headers = {"cache-control": caching, "vary": "accept-encoding"} | secured(policy)
    if encoding is None:
        return FileResponse(asset.path, headers=headers, media_type=asset.media_type)
    headers["content-encoding"] = encoding
    return FileResponse(asset.encodings[encoding], headers=headers, media_type=asset.media_type)


def _encoding(asset: Asset, accepted: str) -> str | None:
    """The first encoding the asset has and the client takes; `br;q=0` is a refusal."""
    takes = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.strip().partition(";")
        takes[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in asset.encodings if takes.get(name)), None)
