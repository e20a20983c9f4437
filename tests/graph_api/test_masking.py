"""Clients read our words, never Python's, the driver's or a password."""

import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from neo4j.exceptions import Neo4jError
from starlette.routing import Route

from graph_api.app import create_app
from graph_api.execution.errors import public_error
from tests.graph_api.tiny import SECRET, Context, Notebook, client, plain, settings

ID = "request-id-of-this-test"


async def ask(http: httpx.AsyncClient, query: str) -> dict[str, Any]:
    response = await http.post("/graphql", json={"query": query}, headers={"x-request-id": ID})
    assert SECRET not in response.text
    assert "Error" not in response.text.replace("Internal error", "")
    assert "Traceback" not in response.text
    return response.json()


@pytest.mark.parametrize("field", ["crash", "misshapen", "missing"])
async def test_what_nobody_expected_is_an_id_in_the_log(
    http: httpx.AsyncClient, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "meshweave"):
        [error] = (await ask(http, f"{{ {field} }}"))["errors"]
    assert error == {
        "message": f"Internal error (id {ID}): the server's log tells more.",
        "locations": [{"line": 1, "column": 3}],
        "path": [field],
        "extensions": {"code": "INTERNAL", "id": ID},
    }
    [record] = caplog.records
    assert record.getMessage() == f"Internal error {ID} at ['{field}']"
    assert record.exc_info is not None


@pytest.mark.parametrize(
    ("field", "message", "extensions"),
    [
        ("fault", "There is no such product.", {"code": "NOT_FOUND", "field": ["id"]}),
        ("unavailable", "The database is unavailable: try again.", {"code": "UNAVAILABLE"}),
        ("deliberate", "Said on purpose.", {"code": "ON_PURPOSE"}),
        (
            "faults",
            "One.; Two.",
            {
                "code": "INVALID_INPUT",
                "field": [],
                "faults": [
                    {"code": "INVALID_INPUT", "message": "One.", "field": []},
                    {"code": "NOT_FOUND", "message": "Two.", "field": []},
                ],
            },
        ),
    ],
)
async def test_what_was_raised_on_purpose_keeps_its_words(
    http: httpx.AsyncClient, field: str, message: str, extensions: dict[str, Any]
) -> None:
    [error] = (await ask(http, f"{{ {field} }}"))["errors"]
    assert (error["message"], error["extensions"]) == (message, extensions)


async def test_an_argument_that_turns_out_null_is_the_clients_fault(http: httpx.AsyncClient) -> None:
    response = await http.post(
        "/graphql", json={"query": 'query($n: String = "x") { hello(name: $n) }', "variables": {"n": None}}
    )
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["path"] == ["hello"]


def test_a_foreign_bookmark_is_told_as_such() -> None:
    from graphql import GraphQLError

    cause = Neo4jError._hydrate_neo4j(code="Neo.ClientError.Transaction.InvalidBookmark", message=SECRET)
    shown = public_error(GraphQLError("x", path=["a"], original_error=cause), ID)
    assert shown["extensions"] == {"code": "INVALID_BOOKMARK"}
    assert SECRET not in shown["message"]


async def test_a_crash_outside_graphql_is_masked_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def crash(_request: Any) -> Any:
        raise RuntimeError(SECRET)

    app = create_app(settings(tmp_path), plain, Notebook, Context, pages=[Route("/crash", crash)])  # type: ignore[arg-type]
    async with client(app) as http:
        response = await http.get("/crash", headers={"x-request-id": ID})
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {"message": f"Internal error (id {ID}): the server's log tells more.", "extensions": {"code": "INTERNAL"}}
        ]
    }
    assert caplog.records[-1].getMessage() == f"Internal error {ID} in /crash"
