"""Which names and origins are let in."""

from pathlib import Path

import httpx
import pytest

from graph_api.auth.hosts import host_name, hosts_of, is_loopback, is_same_host
from tests.graph_api.tiny import ADMIN, Notebook, bearer, client, settings, tiny_app

HELLO = {"query": "{ hello }"}


def code(response: httpx.Response) -> str:
    return response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost:8000", "localhost"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("mesh.example.com.", "mesh.example.com"),
        ("", None),
        (":8000", None),
        ("a:b", None),
        ("localhost:99999", None),
        ("user@localhost", None),
        ("localhost/evil", None),
        ("[::1", None),
    ],
)
def test_the_name_of_a_host_header(host: str, name: str | None) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("[::1]:1", True),
        ("mesh.example.com", True),
        ("a.team.example.com", True),
        ("team.example.com", False),
        ("evil-team.example.com", False),
        ("example.com", False),
        ("mesh.example.com.evil.net", False),
        ("127.0.0.1.evil.net", False),
        ("10.0.0.5:8000", True),
        ("0.0.0.0", False),
    ],
)
def test_known_hosts(tmp_path: Path, host: str, known: bool) -> None:
    hosts = hosts_of(settings(tmp_path, host="10.0.0.5", allowed_hosts=("mesh.example.com", "*.team.example.com")))
    assert hosts.knows(host) is known


def test_any_host_when_the_operator_says_so(tmp_path: Path) -> None:
    hosts = hosts_of(settings(tmp_path, allowed_hosts=("*",)))
    assert hosts.knows("anything.example")
    assert not hosts.knows("user@anything.example")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.5", False), ("mesh.example.com", False)],
)  # fmt: skip
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://localhost", "localhost", True),
        ("https://mesh.example.com", "mesh.example.com", True),
        ("https://mesh.example.com", "mesh.example.com:443", True),
        ("http://127.0.0.1:3000", "127.0.0.1:8000", False),
        ("http://localhost:8000", "127.0.0.1:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("file://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("http://[::1", "127.0.0.1:8000", False),
        ("", "", False),
    ],
)
def test_same_host(origin: str, host: str, same: bool) -> None:
    assert is_same_host(origin, host) is same


@pytest.mark.parametrize("path", ["/graphql", "/session", "/sign-in", "/nothing"])
async def test_an_unknown_host_is_421_everywhere(http: httpx.AsyncClient, path: str) -> None:
    for host in ("evil.example", "evil.example:8000", "user@127.0.0.1"):
        response = await http.post(path, json=HELLO, headers={"host": host})
        assert (response.status_code, code(response)) == (421, "UNKNOWN_HOST")


async def test_probes_may_use_any_host(http: httpx.AsyncClient) -> None:
    for path in ("/health", "/health/live", "/health/ready"):
        assert (await http.get(path, headers={"host": "10.1.2.3:8000"})).status_code == 200


async def test_an_unlisted_origin_is_403_even_with_a_token(http: httpx.AsyncClient) -> None:
    before = Notebook.writes
    for origin in ("http://evil.example", "null", "http://127.0.0.1:3000"):
        headers = bearer() | {"origin": origin}
        response = await http.post("/graphql", json={"query": "mutation { write }"}, headers=headers)
        assert (response.status_code, code(response)) == (403, "UNKNOWN_ORIGIN")
        assert "access-control-allow-origin" not in response.headers
        sign_in = await http.post("/session", json={"token": ADMIN}, headers={"origin": origin})
        assert (sign_in.status_code, "set-cookie" in sign_in.headers) == (403, False)
    assert Notebook.writes == before


PORTAL = "https://portal.example.com"


async def test_a_listed_origin_may_read_answers(tmp_path: Path) -> None:
    async with client(tiny_app(tmp_path, allowed_origins=(PORTAL + "/",))) as http:
        response = await http.post("/graphql", json=HELLO, headers={"origin": PORTAL})
        assert response.json() == {"data": {"hello": "world"}}
        assert response.headers["access-control-allow-origin"] == PORTAL
        assert response.headers["access-control-allow-credentials"] == "true"
        assert response.headers["access-control-expose-headers"] == "x-request-id, x-meshweave-bookmarks"
        assert response.headers["vary"] == "origin"
        refused = await http.post("/graphql", json=HELLO, headers={"origin": "https://other.example.com"})
        assert refused.status_code == 403


async def test_any_origin_gets_no_credentials(tmp_path: Path) -> None:
    async with client(tiny_app(tmp_path, allowed_origins=("*",))) as http:
        response = await http.post("/graphql", json=HELLO, headers={"origin": "https://other.example.com"})
    assert response.headers["access-control-allow-origin"] == "https://other.example.com"
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(("origins", "status"), [((PORTAL,), 200), (("*",), 403)])
async def test_a_session_serves_origins_listed_by_name(tmp_path: Path, origins: tuple[str, ...], status: int) -> None:
    async with client(tiny_app(tmp_path, allowed_origins=origins)) as http:
        assert (await http.post("/session", json={"token": ADMIN})).status_code == 204
        assert (await http.post("/graphql", json=HELLO, headers={"origin": PORTAL})).status_code == status


async def test_preflight(tmp_path: Path) -> None:
    asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type",
        "access-control-request-private-network": "true",
    }
    async with client(tiny_app(tmp_path, allowed_origins=(PORTAL,))) as http:
        response = await http.options("/graphql", headers={"origin": PORTAL, **asked})
        assert response.status_code == 204
        assert response.headers["access-control-allow-origin"] == PORTAL
        assert response.headers["access-control-allow-methods"] == "GET, POST, DELETE"
        assert response.headers["access-control-allow-headers"] == "authorization, content-type"
        assert response.headers["access-control-allow-private-network"] == "true"
        refused = await http.options("/graphql", headers={"origin": "https://other.example.com", **asked})
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
