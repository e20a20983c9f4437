"""The real application around the page, with a small schema that needs no database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import strawberry
from starlette.applications import Starlette
from strawberry import Parent

from graph_api.app import create_app
from graph_api.graphiql.routes import graphiql_routes
from graph_api.graphiql.state import GraphiQL, preparing
from resolvers.model import access
from resolvers.model.access import Role
from tests.graph_api.tiny import ADMIN, Context, Info, Notebook, settings

TOKEN = ADMIN


@strawberry.type
class Viewer:
    """What the page asks of the caller."""

    name: str
    anonymous: bool

    @strawberry.field
    def roles(viewer: Parent[access.Caller]) -> list[Role]:
        return sorted(viewer.roles)

    @strawberry.field
    def domains(viewer: Parent[access.Caller]) -> list[str]:
        return sorted(viewer.domains)


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self, info: Info) -> Viewer:
        return info.context.caller  # type: ignore[return-value]

    @strawberry.field
    def greeting(self, name: str) -> str:
        return f"Hello, {name}!"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def countdown(self, start: int) -> AsyncIterator[int]:
        for number in range(start, -1, -1):
            yield number
            await asyncio.sleep(0.01)


def make_app(graphiql: GraphiQL, data_dir: Path, **changes: str) -> Starlette:
    return create_app(
        settings(data_dir, **changes),
        strawberry.Schema(Query, subscription=Subscription),
        Notebook,  # type: ignore[arg-type]
        Context,  # type: ignore[arg-type]
        pages=graphiql_routes(graphiql),
        lifespan=lambda: preparing(graphiql),
    )
