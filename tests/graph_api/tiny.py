"""A schema of a few fields that needs no database, and the app that serves it, for what is about serving alone."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette

from graph_api.app import create_app
from graph_api.settings import Settings
from resolvers.graph.store import Store
from resolvers.model.access import Caller
from resolvers.model.errors import StoreError, UserErrorCode, UserFault, UserFaults

ADMIN = "administrator-token-of-the-tests"
BASE = "http://127.0.0.1:8000"
SECRET = "bolt://neo4j:hunter2@db:7687"


class Context:
    def __init__(self, store: Store, caller: Caller) -> None:
        self.store = store
        self.caller = caller


class Notebook:
    """A store for which a write only adds to the bookmarks."""

    writes = 0

    def __init__(self, bookmarks: tuple[str, ...]) -> None:
        self.bookmarks = bookmarks

    def note(self) -> None:
        Notebook.writes += 1
        self.bookmarks = (f"FB:{Notebook.writes}",)


Info = strawberry.Info[Context, None]


@strawberry.type
class Item:
    name: str

    @strawberry.field
    def items(self, first: int | None = None) -> "ItemConnection":
        return ItemConnection(nodes=[])

    @strawberry.field
    def parts(self) -> list["Item"]:
        return []


@strawberry.type
class ItemConnection:
    nodes: list[Item]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return name

    @strawberry.field
    def caller(self, info: Info) -> str:
        return info.context.caller.name

    @strawberry.field
    def seen(self, info: Info) -> list[str]:
        return list(info.context.store.bookmarks)  # type: ignore[attr-defined]

    @strawberry.field
    def item(self) -> Item:
        return Item(name="one")

    @strawberry.field
    def items(self, first: int = 20) -> ItemConnection:
        return ItemConnection(nodes=[Item(name=str(n)) for n in range(min(first, 3))])

    @strawberry.field
    def by_ids(self, ids: list[strawberry.ID]) -> list[Item]:
        return [Item(name=i) for i in ids]

    @strawberry.field
    def crash(self) -> str | None:
        raise RuntimeError(f"cannot connect to {SECRET}")

    @strawberry.field
    def fault(self) -> str | None:
        raise UserFault(UserErrorCode.NOT_FOUND, "There is no such product.", ("id",))

    @strawberry.field
    def faults(self) -> str | None:
        raise UserFaults([UserFault(UserErrorCode.INVALID_INPUT, "One."), UserFault(UserErrorCode.NOT_FOUND, "Two.")])

    @strawberry.field
    def unavailable(self) -> str | None:
        raise StoreError("The database is unavailable: try again.")

    @strawberry.field
    def deliberate(self) -> str | None:
        raise GraphQLError("Said on purpose.", extensions={"code": "ON_PURPOSE"})

    @strawberry.field
    def missing(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def misshapen(self) -> int | None:
        return SECRET  # type: ignore[return-value]

    @strawberry.field
    async def slow(self) -> str | None:
        import asyncio

        await asyncio.sleep(30)
        return "done"

    @strawberry.field
    def big(self) -> strawberry.scalars.JSON:
        return {"number": 2**80}


@strawberry.type
class Mutation:
    @strawberry.mutation
    def write(self, info: Info) -> str:
        info.context.store.note()  # type: ignore[attr-defined]
        return info.context.caller.name


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int = 3) -> AsyncIterator[int]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def broken(self) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError(SECRET)


plain = strawberry.Schema(Query, Mutation)
streaming = strawberry.Schema(Query, Mutation, Subscription)

Serve = Callable[..., httpx.AsyncClient]


def settings(data_dir: Path, **changes: Any) -> Settings:
    return Settings(_env_file=None, data_dir=data_dir, **{"token": ADMIN, **changes})  # type: ignore[call-arg]


def tiny_app(
    data_dir: Path, schema: strawberry.Schema = plain, access: Store | None = None, **changes: Any
) -> Starlette:
    return create_app(settings(data_dir, **changes), schema, Notebook, Context, access=access)  # type: ignore[arg-type]


def client(app: Starlette, base_url: str = BASE, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url, headers=headers)


def bearer(token: str = ADMIN) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
