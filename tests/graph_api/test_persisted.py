"""Query texts by hash: automatic persisted queries as Apollo's and Hive's clients speak them, and safelists."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph_api.app import safelist_of
from graph_api.execution.persisted import PersistedFault, PersistedQueries, read_safelist
from graph_api.neo4j.errors import StartError
from tests.graph_api.test_streams import acknowledged
from tests.graph_api.tiny import client, settings, streaming, tiny_app

HELLO = "{ hello }"
ANSWER = {"data": {"hello": "world"}}
NOT_FOUND = {
    "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}],
}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def by_hash(text: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}, **more}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "*/*"])
async def test_an_unknown_hash_is_answered_as_clients_expect_then_kept(http: httpx.AsyncClient, accept: str) -> None:
    headers = {"accept": accept}
    first = await http.post("/graphql", json=by_hash(HELLO), headers=headers)
    assert (first.status_code, first.json()) == (200, NOT_FOUND)
    both = await http.post("/graphql", json=by_hash(HELLO, query=HELLO), headers=headers)
    assert (both.status_code, both.json()) == (200, ANSWER)
    again = await http.post("/graphql", json=by_hash(HELLO), headers=headers)
    assert (again.status_code, again.json()) == (200, ANSWER)


async def test_the_same_by_get(http: httpx.AsyncClient) -> None:
    extensions = json.dumps(by_hash(HELLO)["extensions"])
    assert (await http.get("/graphql", params={"extensions": extensions})).json() == NOT_FOUND
    assert (await http.get("/graphql", params={"extensions": extensions, "query": HELLO})).json() == ANSWER
    assert (await http.get("/graphql", params={"extensions": extensions})).json() == ANSWER


async def test_variables_and_names_go_with_a_hash(http: httpx.AsyncClient) -> None:
    text = "query A($n: String!) { hello(name: $n) } query B { hello }"
    given = {"variables": {"n": "you"}, "operationName": "A"}
    await http.post("/graphql", json=by_hash(text, query=text, **given))
    assert (await http.post("/graphql", json=by_hash(text, **given))).json() == {"data": {"hello": "you"}}


async def test_over_a_websocket_too(tmp_path: Path) -> None:
    async with acknowledged(tiny_app(tmp_path, streaming)) as socket:
        await socket.say(type="subscribe", id="1", payload=by_hash(HELLO))
        assert await socket.hear() == {"type": "error", "id": "1", "payload": NOT_FOUND["errors"]}
        await socket.say(type="subscribe", id="2", payload=by_hash(HELLO, query=HELLO))
        assert (await socket.hear())["payload"] == ANSWER


async def test_a_wrong_hash_is_400_and_keeps_nothing(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", json=by_hash("{ caller }", query=HELLO))
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "provided sha does not match query"
    assert (await http.post("/graphql", json=by_hash("{ caller }"))).json() == NOT_FOUND


@pytest.mark.parametrize("given", [{}, {"version": 2, "sha256Hash": digest(HELLO)}, {"sha256Hash": 5}, "x", 5, []])
async def test_another_form_is_400(http: httpx.AsyncClient, given: Any) -> None:
    response = await http.post("/graphql", json={"extensions": {"persistedQuery": given}})
    assert response.status_code == 400


async def test_a_text_that_cannot_run_is_not_kept(http: httpx.AsyncClient) -> None:
    assert "errors" in (await http.post("/graphql", json=by_hash("{ nothing }", query="{ nothing }"))).json()
    assert (await http.post("/graphql", json=by_hash("{ nothing }"))).json() == NOT_FOUND


def test_what_is_kept_is_bounded() -> None:
    queries = PersistedQueries(2)
    for text in ("{ a }", "{ b }", "{ c }"):
        queries.keep(text, digest(text))
    with pytest.raises(PersistedFault):
        queries.text(None, digest("{ a }"))
    assert queries.text(None, digest("{ c }")) == "{ c }"
    queries.keep("x" * 9_000, digest("x"))
    with pytest.raises(PersistedFault):
        queries.text(None, digest("x"))


# Safelists


@pytest.fixture
def safelist(tmp_path: Path) -> Path:
    folder = tmp_path / "list"
    folder.mkdir()
    manifest = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": digest(HELLO), "name": "Hello", "type": "query", "body": HELLO}],
    }
    (folder / "apollo.json").write_text(json.dumps(manifest))
    (folder / "codegen.json").write_text(json.dumps({"who-1": "{ caller }"}))
    (folder / "Item.graphql").write_text("{ item { name } }\n")
    return folder


async def test_only_listed_texts_run(tmp_path: Path, safelist: Path) -> None:
    async with client(tiny_app(tmp_path, safelist=safelist)) as http:

        async def ask(**body: Any) -> Any:
            response = await http.post("/graphql", json=body)
            content = response.json()
            return content.get("data") or content["errors"][0]["extensions"]["code"]

        assert await ask(query=HELLO) == {"hello": "world"}
        assert await ask(**by_hash(HELLO)) == {"hello": "world"}
        assert await ask(documentId=f"sha256:{digest(HELLO)}") == {"hello": "world"}
        assert await ask(documentId="who-1") == {"caller": "anonymous"}
        assert await ask(documentId="Item") == {"item": {"name": "one"}}
        for body in (
            {"query": "{ hello caller }"},
            {"query": "{ hello  }"},
            by_hash("{ hello caller }", query="{ hello caller }"),
            by_hash("{ nobody }"),
            {"documentId": "other"},
        ):
            assert await ask(**body) == "PERSISTED_QUERY_NOT_IN_LIST"


def test_a_safelist_that_cannot_be_read_keeps_the_server_from_starting(tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    for content in ("[]", "nonsense", '{"a": 5}', "{}", '{"operations": []}'):
        file.write_text(content)
        with pytest.raises(StartError, match="The safelist cannot be read"):
            safelist_of(settings(tmp_path, safelist=file))
    with pytest.raises(StartError):
        safelist_of(settings(tmp_path, safelist=tmp_path / "missing.json"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.txt").write_text(HELLO)
    for name, reason in (
        ("missing", "No such file or directory"),
        ("empty", "empty holds no operation, so none could run."),
        ("list.txt", "list.txt is neither a .json nor a .graphql file, nor a folder of them."),
    ):
        with pytest.raises(StartError, match=f"The safelist cannot be read: .*{reason}"):
            safelist_of(settings(tmp_path, safelist=tmp_path / name))
    file.write_text('{"a": "{ hello }"}')
    assert read_safelist(file) == {"a": HELLO, digest(HELLO): HELLO}
