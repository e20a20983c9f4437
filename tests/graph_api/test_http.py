"""GraphQL over HTTP: the cases of the specification's audits, with our exact answers."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph_api.http import request
from graph_api.http.media import GRAPHQL, JSON, negotiate, takes_events
from tests.graph_api.tiny import client, tiny_app

HELLO = '{"query":"{ hello }"}'
ANSWER = {"data": {"hello": "world"}}
JSON_BODY = {"content-type": "application/json"}


async def post(http: httpx.AsyncClient, body: str | bytes, **headers: str) -> httpx.Response:
    return await http.post("/graphql", content=body, headers=JSON_BODY | headers)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", GRAPHQL),
        ("application/json, application/graphql-response+json", GRAPHQL),
        ("application/json, application/graphql-response+json;q=0.5", JSON),
        ("application/json;q=0.5, */*", GRAPHQL),
        ("application/json, */*;q=0.1", JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=nonsense", None),
        ("text/event-stream", None),
    ],
)
def test_media_types_are_negotiated_by_weight(accept: str | None, media: str | None) -> None:
    assert negotiate(accept) == media


@pytest.mark.parametrize(
    ("accept", "takes"),
    [("text/event-stream", True), ("application/json, text/event-stream;q=0.1", True), ("*/*", False), (None, False)],
)
def test_only_who_names_event_streams_takes_them(accept: str | None, takes: bool) -> None:
    assert takes_events(accept) is takes


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
async def test_answers_come_in_the_type_asked_for(http: httpx.AsyncClient, media: str) -> None:
    response = await post(http, HELLO, accept=media)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{media}; charset=utf-8")
    assert response.json() == ANSWER
    assert response.headers["cache-control"] == "no-store"


async def test_a_type_we_do_not_speak_is_406(http: httpx.AsyncClient) -> None:
    response = await post(http, HELLO, accept="text/csv")
    assert (response.status_code, response.json()["errors"][0]["extensions"]) == (406, {"code": "NOT_ACCEPTABLE"})


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_json_in_utf_8_is_taken(http: httpx.AsyncClient, content_type: str) -> None:
    body = json.dumps(
        {"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": "Größe 🏃"}}, ensure_ascii=False
    )
    response = await http.post("/graphql", content=body.encode(), headers={"content-type": content_type})
    assert response.json() == {"data": {"hello": "Größe 🏃"}}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_other_bodies_are_415(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await http.post("/graphql", content=HELLO.encode(), headers=headers)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


MALFORMED = [
    b"",
    b"{",
    b"nonsense",
    b"5",
    b'"x"',
    b"null",
    b"true",
    b"[]",
    b'[{"query":"{ hello }"}]',
    b"{}",
    b'{"notquery":"{ hello }"}',
    b'{"query":null}',
    b'{"query":""}',
    b'{"query":"\xff"}',
    b'{"query":"\\ud800"}',
    b'{"query":"{ hello }","query":"{ other }"}',
    b'{"query":"{ hello }","variables":{"a":1,"a":2}}',
    b'{"query":"{ hello }","variables":{"a":NaN}}',
    b"[" * 100_000,
    b'{"variables":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
    b'{"query":"{ hello }","variables":{"n":' + b"9" * 5_000 + b"}}",
    *(b'{"query":%b}' % value for value in (b'{"obj":"ect"}', b"0", b"false", b'["array"]')),
    *(
        b'{"query":"{ hello }","operationName":%b}' % value
        for value in (b'{"obj":"ect"}', b"0", b"false", b'["array"]')
    ),
    *(b'{"query":"{ hello }","variables":%b}' % value for value in (b'"string"', b"0", b"false", b'["array"]')),
    *(b'{"query":"{ hello }","extensions":%b}' % value for value in (b'"string"', b"0", b"false", b'["array"]')),
    b'{"query":"{ hello }","variables":{"a":' + b"[" * 150 + b"]" * 150 + b"}}",
]


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
@pytest.mark.parametrize("body", MALFORMED, ids=[repr(body[:40]) for body in MALFORMED])
async def test_malformed_requests_are_400_with_a_reason(http: httpx.AsyncClient, body: bytes, media: str) -> None:
    response = await post(http, body, accept=media)
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert error["message"].endswith((".", '"}.'))
    assert "data" not in response.json()


@pytest.mark.parametrize("parameter", ["variables", "operationName", "extensions"])
async def test_null_parameters_are_absent_ones(http: httpx.AsyncClient, parameter: str) -> None:
    assert (await post(http, json.dumps({"query": "{ hello }", parameter: None}))).json() == ANSWER


REQUEST_ERRORS = {
    "parse": ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    "validation": ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    "variables": ({"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": 5}}, "BAD_USER_INPUT"),
    "missing variable": ({"query": "query($n: String!) { hello(name: $n) }"}, "BAD_USER_INPUT"),
    "operation": ({"query": "query A { hello }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
    "operations": ({"query": "query A { hello } query B { hello }"}, "OPERATION_RESOLUTION_FAILURE"),
    "no operation": ({"query": "fragment F on Query { hello }"}, "GRAPHQL_VALIDATION_FAILED"),
}


@pytest.mark.parametrize(("media", "status"), [(JSON, 200), (GRAPHQL, 400)])
@pytest.mark.parametrize("case", REQUEST_ERRORS)
async def test_request_errors_have_no_data_entry(http: httpx.AsyncClient, case: str, media: str, status: int) -> None:
    body, code = REQUEST_ERRORS[case]
    response = await post(http, json.dumps(body), accept=media)
    assert (response.status_code, list(response.json())) == (status, ["errors"])
    assert response.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
async def test_errors_of_fields_leave_the_status_at_200(http: httpx.AsyncClient, media: str) -> None:
    response = await post(http, '{"query":"{ hello fault }"}', accept=media)
    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {
                "message": "There is no such product.",
                "locations": [{"line": 1, "column": 9}],
                "path": ["fault"],
                "extensions": {"code": "NOT_FOUND", "field": ["id"]},
            }
        ],
        "data": {"hello": "world", "fault": None},
    }


async def test_get_takes_url_encoded_parameters(http: httpx.AsyncClient) -> None:
    parameters = {"query": "query A($n: String) { hello(name: $n) }", "variables": '{"n":"é"}', "operationName": "A"}
    response = await http.get("/graphql", params=parameters | {"extensions": "{}"})
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "é"}})


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query=%FF",
        "query=%7B+hello+%7D&variables=%7B",
        "query=%7B+hello+%7D&variables=5",
        "&".join("a=1" for _ in range(50)),
    ],
)
async def test_malformed_get_parameters_are_400(http: httpx.AsyncClient, query_string: str) -> None:
    response = await http.get(f"/graphql?{query_string}")
    assert (response.status_code, response.json()["errors"][0]["extensions"]) == (400, {"code": "BAD_REQUEST"})


async def test_get_never_runs_a_mutation(tmp_path: Path) -> None:
    from tests.graph_api.tiny import Notebook, bearer

    before = Notebook.writes
    async with client(tiny_app(tmp_path), **bearer()) as http:
        for query in ("mutation { write }", "query A { hello } mutation B { write }"):
            response = await http.get(
                "/graphql", params={"query": query, "operationName": "B"} if "A" in query else {"query": query}
            )
            assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert Notebook.writes == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_other_methods_are_405(http: httpx.AsyncClient, method: str) -> None:
    response = await http.request(method, "/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_a_browser_is_led_to_the_page(http: httpx.AsyncClient) -> None:
    response = await http.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (response.status_code, response.headers["location"]) == (303, "/graphiql")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_beyond_the_limit_is_413(tmp_path: Path, announced: bool) -> None:
    async def chunks():
        for _ in range(3):
            yield b" " * 500

    async with client(tiny_app(tmp_path, max_body_bytes=1_000)) as http:
        body: Any = b" " * 1_001 if announced else chunks()
        response = await http.post("/graphql", content=body, headers=JSON_BODY)
        assert (response.status_code, response.json()["errors"][0]["extensions"]) == (413, {"code": "BODY_TOO_LARGE"})
        fits = HELLO.encode().ljust(1_000)
        assert (await http.post("/graphql", content=fits, headers=JSON_BODY)).json() == ANSWER


async def test_a_body_that_dribbles_in_is_408(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck():
        yield b"{"
        await asyncio.sleep(30)

    monkeypatch.setattr(request, "BODY_SECONDS", 0.05)
    async with client(tiny_app(tmp_path)) as http:
        response = await http.post("/graphql", content=stuck(), headers=JSON_BODY)
    assert (response.status_code, response.json()["errors"][0]["extensions"]) == (408, {"code": "BODY_TOO_SLOW"})


async def test_numbers_beyond_64_bits_arrive(http: httpx.AsyncClient) -> None:
    assert (await post(http, '{"query":"{ big }"}')).text == '{"data":{"big":{"number":1208925819614629174706176}}}'


async def test_each_response_has_an_id_the_clients_if_it_is_one(http: httpx.AsyncClient) -> None:
    assert (await post(http, HELLO, **{"x-request-id": "0123-abc:XYZ_9"})).headers["x-request-id"] == "0123-abc:XYZ_9"
    for bad in ("short", "with space inside", "x" * 65):
        made = (await post(http, HELLO, **{"x-request-id": bad})).headers["x-request-id"]
        assert made != bad
        assert len(made) == 32


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/health/nothing", 404)])
async def test_unknown_paths_are_told_as_json(http: httpx.AsyncClient, path: str, status: int) -> None:
    response = await http.get(path)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, "NOT_FOUND")


async def test_the_request_timeout_ends_an_operation(tmp_path: Path) -> None:
    async with client(tiny_app(tmp_path, request_seconds=0.05)) as http:
        response = await post(http, '{"query":"{ slow }"}')
    assert response.json() == {
        "errors": [
            {
                "message": "The operation did not end within 0.05 seconds; ask for less.",
                "extensions": {"code": "TIMEOUT"},
            }
        ],
        "data": None,
    }
