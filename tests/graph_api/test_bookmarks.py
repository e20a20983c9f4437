"""A caller reads its own writes, through this replica or another."""

from pathlib import Path

import httpx
import pytest
from neo4j import AsyncDriver

from graph_api.database import Database
from graph_api.neo4j.endpoint import Endpoint
from tests.graph_api.tiny import ADMIN, BASE, Context, Notebook, bearer, client, create_app, settings, tiny_app

HEADER = "x-meshweave-bookmarks"
SEEN = {"query": "{ seen }"}
WRITE = {"query": "mutation { write }"}


async def seen(http: httpx.AsyncClient, **headers: str) -> list[str]:
    return (await http.post("/graphql", json=SEEN, headers=headers)).json()["data"]["seen"]


async def test_a_write_gives_its_bookmark_and_a_read_takes_it(tmp_path: Path) -> None:
    async with client(tiny_app(tmp_path)) as one, client(tiny_app(tmp_path)) as other:
        written = await one.post("/graphql", json=WRITE, headers=bearer())
        bookmark = written.headers[HEADER]
        assert bookmark == f"FB:{Notebook.writes}"
        assert await seen(other, **bearer()) == []
        assert await seen(other, **bearer(), **{HEADER: bookmark}) == [bookmark]
        assert await seen(other, **{HEADER: f"FB:a, {bookmark} ,FB:a"}) == ["FB:a", bookmark]


async def test_a_read_gives_none(http: httpx.AsyncClient) -> None:
    assert HEADER not in (await http.post("/graphql", json=SEEN)).headers


async def test_this_replica_remembers_a_callers_last_write(http: httpx.AsyncClient) -> None:
    await http.post("/graphql", json=WRITE, headers=bearer())
    mine = [f"FB:{Notebook.writes}"]
    assert await seen(http, **bearer()) == mine
    await http.post("/session", json={"token": ADMIN}, headers={"origin": BASE})
    assert await seen(http, origin=BASE) == mine
    http.cookies.clear()
    assert await seen(http) == []


async def test_bookmarks_travel_as_an_extension_for_who_asks(http: httpx.AsyncClient) -> None:
    body = WRITE | {"extensions": {"bookmarks": ["FB:earlier"]}}
    response = await http.post("/graphql", json=body, headers=bearer())
    assert response.json()["extensions"] == {"bookmarks": [f"FB:{Notebook.writes}"]}
    response = await http.post("/graphql", json=SEEN | {"extensions": {"bookmarks": ["FB:earlier"]}})
    assert response.json() == {"data": {"seen": ["FB:earlier"]}, "extensions": {"bookmarks": ["FB:earlier"]}}
    assert "extensions" not in (await http.post("/graphql", json=SEEN)).json()


@pytest.mark.parametrize("bookmarks", ["FB:a", [1], {"a": 1}, ["x" * 1_001], ["x"] * 21, ["é"]])
async def test_malformed_bookmarks_are_400(http: httpx.AsyncClient, bookmarks: object) -> None:
    response = await http.post("/graphql", json=SEEN | {"extensions": {"bookmarks": bookmarks}})
    assert (response.status_code, response.json()["errors"][0]["extensions"]) == (400, {"code": "BAD_REQUEST"})


async def test_a_foreign_bookmark_is_told_by_the_real_database(
    tmp_path: Path, endpoint: Endpoint, driver: AsyncDriver
) -> None:
    import strawberry

    @strawberry.type
    class Query:
        @strawberry.field
        async def one(self, info: strawberry.Info[Context, None]) -> int | None:
            return await info.context.store.read("RETURN 1")

    database = Database(driver, endpoint.database)
    app = create_app(settings(tmp_path), strawberry.Schema(Query), database.store, Context)
    async with client(app) as http:
        assert (await http.post("/graphql", json={"query": "{ one }"})).json() == {"data": {"one": 1}}
        response = await http.post("/graphql", json={"query": "{ one }"}, headers={HEADER: "nonsense"})
    assert response.json()["errors"][0]["extensions"] == {"code": "INVALID_BOOKMARK"}
