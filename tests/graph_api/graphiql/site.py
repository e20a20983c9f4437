"""A small API to look at through the page: who asks, a greeting, and the sign-in that sets the session cookie."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from strawberry.asgi import GraphQL

from graph_api.graphiql.routes import graphiql_routes
from graph_api.graphiql.state import GraphiQL, preparing

TOKEN = "the-right-token"


@strawberry.type
class Viewer:
    name: str
    roles: list[str]


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self, info: strawberry.Info) -> Viewer:
        request = info.context["request"]
        known = TOKEN in (
            request.cookies.get("session"),
            request.headers.get("authorization", "").removeprefix("Bearer "),
        )
        return (
            Viewer(name="administrator", roles=["governance"]) if known else Viewer(name="anonymous", roles=["reader"])
        )

    @strawberry.field
    def greeting(self, name: str) -> str:
        return f"Hello, {name}!"


async def session(request: Request) -> Response:
    answer: dict[str, Any] = await request.json()
    if answer["token"] != TOKEN:
        return JSONResponse({"error": "unknown token"}, 401)
    response = Response(status_code=204)
    response.set_cookie("session", TOKEN, httponly=True, samesite="strict")
    return response


def make_app(graphiql: GraphiQL) -> Starlette:
    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with preparing(graphiql):
            yield

    graphql = GraphQL(strawberry.Schema(Query), graphql_ide=None)
    routes = [
        *graphiql_routes(graphiql),
        Route("/graphql", graphql),
        Route("/session", session, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
