"""Who asks: tokens, sessions, nobody; what each may do, and that a wrong token is never just nobody."""

import asyncio
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from graph_api.auth import session
from graph_api.auth.tokens import FRESH_SECONDS, MISS_SECONDS, Tokens
from graph_api.http.sse import VALID_SECONDS
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.store import Neo4jStore
from resolvers.graph.store import Transaction
from resolvers.model.access import ADMINISTRATOR, Caller, Role
from resolvers.model.errors import StoreError
from resolvers.model.records import Classification
from tests.graph_api.test_streams import acknowledged, connected
from tests.graph_api.tiny import ADMIN, BASE, Notebook, bearer, client, settings, streaming, tiny_app
from tests.writes import a_domain

WHO = {"query": "{ caller }"}
WRITE = {"query": "mutation { write }"}
OWN = {"origin": BASE, "sec-fetch-site": "same-origin"}


async def ask(http: httpx.AsyncClient, body: dict[str, Any] = WHO, **headers: str) -> httpx.Response:
    return await http.post("/graphql", json=body, headers=headers)


def code(response: httpx.Response) -> str:
    return response.json()["errors"][0]["extensions"]["code"]


async def signed_in(http: httpx.AsyncClient, token: str = ADMIN) -> httpx.Response:
    return await http.post("/session", json={"token": token}, headers=OWN)


# Bearer tokens


async def test_no_token_is_anonymous_on_loopback(http: httpx.AsyncClient) -> None:
    assert (await ask(http)).json() == {"data": {"caller": "anonymous"}}


async def test_the_administrators_token(http: httpx.AsyncClient) -> None:
    assert (await ask(http, **bearer())).json() == {"data": {"caller": "administrator"}}
    assert (await ask(http, authorization=f"bearer  {ADMIN} ")).json() == {"data": {"caller": "administrator"}}


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer wrong",
        f"Bearer {ADMIN}x",
        f"Bearer {ADMIN[:-1]}",
        "Bearer",
        "Bearer ",
        "",
        ADMIN,
        f"Basic {ADMIN}",
        f"Bearer {ADMIN}, Bearer x",
    ],
)
@pytest.mark.parametrize("body", [WHO, WRITE])
async def test_a_wrong_token_is_401_not_anonymous(http: httpx.AsyncClient, authorization: str, body: Any) -> None:
    before = Notebook.writes
    response = await ask(http, body, authorization=authorization)
    assert (response.status_code, code(response), response.headers["www-authenticate"]) == (
        401,
        "UNAUTHENTICATED",
        "Bearer",
    )
    assert "data" not in response.json()
    assert Notebook.writes == before


async def test_a_wrong_token_beside_a_good_session_is_401(http: httpx.AsyncClient) -> None:
    await signed_in(http)
    assert (await ask(http, **OWN, authorization="Bearer wrong")).status_code == 401


@pytest.mark.parametrize(
    ("host", "setting", "status"),
    [
        ("127.0.0.1", None, 200),
        ("localhost", None, 200),
        ("::1", None, 200),
        ("0.0.0.0", None, 401),
        ("::", None, 401),
        ("192.168.1.5", None, 401),
        ("0.0.0.0", True, 200),
        ("127.0.0.1", False, 401),
    ],
)
async def test_anonymous_reads(tmp_path: Path, host: str, setting: bool | None, status: int) -> None:
    async with client(tiny_app(tmp_path, host=host, anonymous_reads=setting)) as http:
        assert (await ask(http)).status_code == status
        assert (await http.get("/graphql", params=WHO)).status_code == status
        assert (await ask(http, **bearer())).status_code == 200
        assert (await http.get("/health/live")).status_code == 200


# Sessions


async def test_signing_in_gives_a_strict_cookie(http: httpx.AsyncClient) -> None:
    response = await signed_in(http)
    assert (response.status_code, response.content) == (204, b"")
    name, _, rest = response.headers["set-cookie"].partition("=")
    assert name == "meshweave_8000"
    assert rest.split("; ", 1)[1] == "Max-Age=43200; Path=/; HttpOnly; SameSite=Strict"
    assert (await ask(http, **OWN)).json() == {"data": {"caller": "administrator"}}
    assert (await ask(http, WRITE, **OWN)).json() == {"data": {"write": "administrator"}}


async def test_over_https_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    app = tiny_app(tmp_path, allowed_hosts=("mesh.example.com",))
    async with client(app, "https://mesh.example.com") as http:
        response = await http.post("/session", json={"token": ADMIN})
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("__Host-meshweave=")
        assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
        origin = {"origin": "https://mesh.example.com"}
        assert (await ask(http, **origin)).json() == {"data": {"caller": "administrator"}}


async def test_another_service_at_the_root_of_the_host_does_not_end_a_session_below_a_prefix(tmp_path: Path) -> None:
    """Its cookie has the same name; a browser sends that of the longer path first (RFC 6265, 5.4)."""
    async with client(tiny_app(tmp_path, root_path="/mesh")) as http:
        own = (await signed_in(http)).headers["set-cookie"].partition(";")[0]
        http.cookies.clear()
        both = {"cookie": f"{own}; meshweave_8000=of.another.one.here; theme=dark", **OWN}
        assert (await ask(http, **both)).json() == {"data": {"caller": "administrator"}}


@pytest.mark.parametrize("token", ["wrong", ADMIN + "x"])
async def test_a_wrong_token_opens_no_session(http: httpx.AsyncClient, token: str) -> None:
    response = await signed_in(http, token)
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"token":null}', b'{"token":""}', b'{"token":5}', b"nonsense"])
async def test_a_malformed_sign_in_is_400(http: httpx.AsyncClient, body: bytes) -> None:
    response = await http.post("/session", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400


async def test_a_form_cannot_sign_in(http: httpx.AsyncClient) -> None:
    assert (await http.post("/session", data={"token": ADMIN})).status_code == 415
    assert (await http.get("/session")).headers["allow"] == "POST, DELETE"


async def test_signing_out_ends_the_session_itself(http: httpx.AsyncClient) -> None:
    stolen = (await signed_in(http)).cookies["meshweave_8000"]
    response = await http.delete("/session", headers=OWN)
    assert response.status_code == 204
    assert response.headers["set-cookie"] == "meshweave_8000=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"
    assert (await ask(http, **OWN)).json() == {"data": {"caller": "anonymous"}}
    response = await ask(http, **OWN, cookie=f"meshweave_8000={stolen}")
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")


def tampered(cookie: str) -> list[str]:
    name, expiry, identifier, signature = cookie.split(".")
    return [
        f"{name}.{int(expiry) + 1}.{identifier}.{signature}",
        f"YW5u.{expiry}.{identifier}.{signature}",
        f"{name}.{expiry}.other.{signature}",
        f"{name}.{expiry}.{identifier}.{signature[:-1]}",
        f"{name}.{expiry}.{identifier}.",
        f"{name}.{expiry}.{identifier}",
        f"{name}.{expiry}.{identifier}.é",
        f"é.{expiry}.{identifier}.{signature}",
        f".{expiry}..",
        "nonsense",
    ]


async def test_a_forged_session_is_401(tmp_path: Path) -> None:
    tokens = Tokens(settings(tmp_path))
    sessions = session.Sessions(tokens, 12)
    cookie = await sessions.open(ADMIN)
    assert cookie is not None
    assert await sessions.caller(cookie) == ADMINISTRATOR
    for forged in tampered(cookie):
        assert await sessions.caller(forged) is None
    async with client(tiny_app(tmp_path)) as http:
        response = await ask(http, **OWN, cookie="meshweave_8000=forged")
        assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")


async def test_a_session_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = session.Sessions(Tokens(settings(tmp_path)), 1)
    monkeypatch.setattr(session, "time", lambda: 1_000_000.0)
    cookie = await sessions.open(ADMIN)
    assert cookie is not None
    monkeypatch.setattr(session, "time", lambda: 1_003_599.0)
    assert await sessions.caller(cookie) == ADMINISTRATOR
    monkeypatch.setattr(session, "time", lambda: 1_003_600.0)
    assert await sessions.caller(cookie) is None


async def test_every_replica_with_the_same_tokens_knows_a_session(tmp_path: Path) -> None:
    cookie = await session.Sessions(Tokens(settings(tmp_path)), 12).open(ADMIN)
    assert cookie is not None
    assert await session.Sessions(Tokens(settings(tmp_path)), 12).caller(cookie) == ADMINISTRATOR
    assert (
        await session.Sessions(Tokens(settings(tmp_path, token="another token of the tests")), 12).caller(cookie)
        is None
    )


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"origin": BASE}, True),
        ({"origin": BASE, "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://127.0.0.1:3000"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
    ],
)
async def test_a_session_serves_our_own_pages_only(
    http: httpx.AsyncClient, headers: dict[str, str], allowed: bool
) -> None:
    await signed_in(http)
    before = Notebook.writes
    response = await ask(http, WRITE, **headers)
    assert response.status_code == (200 if allowed else 403)
    assert Notebook.writes == before + allowed


async def test_a_session_cannot_be_used_by_a_form(http: httpx.AsyncClient) -> None:
    await signed_in(http)
    before = Notebook.writes
    assert (await http.post("/graphql", data=WRITE, headers=OWN)).status_code == 415
    text = {**OWN, "content-type": "text/plain"}
    assert (await http.post("/graphql", content=b'{"query":"mutation { write }"}', headers=text)).status_code == 415
    assert Notebook.writes == before


async def test_typed_into_the_address_bar_a_session_reads(http: httpx.AsyncClient) -> None:
    await signed_in(http)
    response = await http.get("/graphql", params=WHO, headers={"sec-fetch-site": "none"})
    assert response.json() == {"data": {"caller": "administrator"}}


# Issued tokens


@pytest.fixture
async def tokens(tmp_path: Path, store: Neo4jStore) -> Tokens:
    """On a mesh with the domains customer and orders."""
    await a_domain(store, "customer")
    await a_domain(store, "orders")
    return Tokens(settings(tmp_path), store)


async def test_issued_tokens_are_taken_and_revoked_without_a_restart(
    tmp_path: Path, store: Neo4jStore, tokens: Tokens
) -> None:
    async with client(tiny_app(tmp_path, access=store)) as http:
        assert (await ask(http, **bearer("nobody's"))).status_code == 401
        token = await tokens.issue("ann", [Role.DOMAIN_OWNER], ["customer"])
        await asyncio.sleep(MISS_SECONDS)
        assert (await ask(http, **bearer(token))).json() == {"data": {"caller": "ann"}}
        await signed_in(http, token)
        assert (await ask(http, **OWN)).json() == {"data": {"caller": "ann"}}
        await tokens.revoke("ann")
        await asyncio.sleep(FRESH_SECONDS)
        assert (await ask(http, **bearer(token))).status_code == 401
        assert (await ask(http, **OWN)).status_code == 401


async def test_replicas_share_tokens_and_signed_out_sessions(tmp_path: Path, store: Neo4jStore, tokens: Tokens) -> None:
    """Each has a data folder of its own."""
    apps = [tiny_app(tmp_path / name, access=store) for name in ("one", "other")]
    async with client(apps[0]) as one, client(apps[1]) as other:
        token = await tokens.issue("ann", [Role.READER])
        cookie = (await signed_in(one, token)).cookies["meshweave_8000"]
        sent = {**OWN, "cookie": f"meshweave_8000={cookie}"}
        assert (await ask(other, **bearer(token))).json() == {"data": {"caller": "ann"}}
        assert (await ask(other, **sent)).json() == {"data": {"caller": "ann"}}
        assert (await one.delete("/session", headers=OWN)).status_code == 204
        assert (await ask(one, **sent)).status_code == 401
        await asyncio.sleep(FRESH_SECONDS)
        assert (await ask(other, **sent)).status_code == 401
        assert (await ask(other, **bearer(token))).status_code == 200
    digests = await store.read("MATCH (s:EndedSession) RETURN collect(s.digest)")
    assert digests == [sha256(cookie.split(".")[2].encode()).hexdigest()]


async def test_an_issued_token_has_its_roles_and_domains(tokens: Tokens) -> None:
    owner = await tokens.issue("ann", [Role.DOMAIN_OWNER], ["customer", "orders"])
    governor = await tokens.issue("gus", [Role.GOVERNANCE])
    cleared = await tokens.issue("eve", [Role.READER], clearance=Classification.CONFIDENTIAL)
    await asyncio.sleep(MISS_SECONDS)
    assert await tokens.caller(cleared) == Caller("eve", clearance=Classification.CONFIDENTIAL)
    assert await tokens.caller(owner) == Caller(
        "ann", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"customer", "orders"})
    )
    assert await tokens.caller(governor) == Caller("gus", frozenset({Role.READER, Role.GOVERNANCE}), frozenset())
    assert await tokens.caller("nobody's") is None
    assert await tokens.caller(ADMIN) == ADMINISTRATOR


async def test_only_digests_are_stored(tmp_path: Path, store: Neo4jStore, tokens: Tokens) -> None:
    token = await tokens.issue("ann", [Role.READER])
    [found] = await store.read("MATCH (t:AccessToken) RETURN collect(properties(t))")
    assert token not in str(found)
    assert (found["name"], found["roles"], found["digest"]) == ("ann", ["reader"], sha256(token.encode()).hexdigest())
    assert not (tmp_path / "tokens.json").exists()


async def test_a_token_expires(tmp_path: Path, store: Neo4jStore, tokens: Tokens) -> None:
    token = await tokens.issue("ann", [Role.READER], days=1)
    async with client(tiny_app(tmp_path, access=store)) as http:
        await signed_in(http, token)
        assert (await ask(http, **OWN)).status_code == 200

    async def expire(tx: Transaction) -> None:
        await tx.run("MATCH (t:AccessToken) SET t.expiresAt = '2026-01-01T00:00:00.000000Z' RETURN 1")
        await tx.run("MATCH (a:AccessList) SET a.version = a.version + 1 RETURN 1")

    await store.write(expire)
    async with client(tiny_app(tmp_path, access=store)) as later:
        later.cookies = http.cookies
        assert (await ask(later, **bearer(token))).status_code == 401
        assert (await ask(later, **OWN)).status_code == 401


async def test_tokens_of_a_file_are_adopted_once(tmp_path: Path, store: Neo4jStore, tokens: Tokens) -> None:
    digest = sha256(b"a token of an earlier version").hexdigest()
    row = {"name": "old", "digest": digest, "roles": ["domain-owner"], "domains": ["gone"], "issued_at": "2026"}
    (tmp_path / "tokens.json").write_bytes(orjson.dumps([row]))
    await tokens.adopt()
    await tokens.adopt()
    assert (await tokens.caller("a token of an earlier version")) == Caller(
        "old", frozenset({Role.READER, Role.DOMAIN_OWNER}), frozenset({"gone"})
    )
    assert not (tmp_path / "tokens.json").exists()
    assert (tmp_path / "tokens.json.adopted").exists()


@pytest.mark.parametrize(
    ("name", "roles", "domains", "message"),
    [
        ("administrator", [Role.READER], [], "'administrator' is not a valid name for a token."),
        ("anonymous", [Role.READER], [], "'anonymous' is not a valid name for a token."),
        ("", [Role.READER], [], "'' is not a valid name for a token."),
        ("a b", [Role.READER], [], "'a b' is not a valid name for a token."),
        ("ann", [], [], "A token needs a role."),
        ("ann", [Role.DOMAIN_OWNER], [], "A domain owner needs a domain."),
        ("ann", [Role.DOMAIN_OWNER], ["customer", "custmer"], "There is no domain 'custmer'."),
        ("ann", [Role.READER], ["customer"], "Only a domain owner has domains."),
        ("taken", [Role.READER], [], "There is a token for 'taken' already."),
    ],
)
async def test_a_token_that_makes_no_sense_is_not_issued(
    tokens: Tokens, name: str, roles: list[Role], domains: list[str], message: str
) -> None:
    await tokens.issue("taken", [Role.READER])
    before = await tokens.issued()
    with pytest.raises(StartError) as caught:
        await tokens.issue(name, roles, domains)
    assert caught.value.message == message
    assert await tokens.issued() == before


async def test_revoking_what_is_not_there_is_told(tokens: Tokens) -> None:
    with pytest.raises(StartError, match="There is no token for 'ann'"):
        await tokens.revoke("ann")


async def test_without_its_database_nobody_can_say_whose_a_token_is(tmp_path: Path) -> None:
    class Unreachable:
        async def read_latest(self, *_: Any, **__: Any) -> Any:
            raise StoreError("The database is unavailable: try again.")

    async with client(tiny_app(tmp_path, access=Unreachable())) as http:  # type: ignore[arg-type]
        response = await ask(http, **bearer("somebody's"))
        assert (response.status_code, code(response)) == (503, "UNAVAILABLE")
        assert (await ask(http, **bearer())).json() == {"data": {"caller": "administrator"}}


# Connections that stay


async def test_revoking_a_token_ends_its_sockets_within_a_second(
    tmp_path: Path, store: Neo4jStore, tokens: Tokens
) -> None:
    token = await tokens.issue("ann", [Role.READER])
    before = Notebook.writes
    async with acknowledged(tiny_app(tmp_path, streaming, store), token=token) as socket:
        await socket.subscribe("{ slow }")
        await socket.subscribe("mutation { write }", "2")
        assert (await socket.hear())["payload"] == {"data": {"write": "ann"}}
        await socket.hear()
        await tokens.revoke("ann")
        async with asyncio.timeout(FRESH_SECONDS + VALID_SECONDS + 5):
            assert await socket.hear() == ("websocket.close", 4403)
        await socket.subscribe("mutation { write }", "3")
        await asyncio.sleep(0.05)
        assert socket.outbox.empty()
    assert Notebook.writes == before + 1
    assert FRESH_SECONDS + VALID_SECONDS < 1


async def test_signing_out_ends_the_sockets_of_the_session(tmp_path: Path, store: Neo4jStore) -> None:
    app = tiny_app(tmp_path, streaming, store)
    async with client(app) as http:
        cookie = (await signed_in(http)).headers["set-cookie"].split(";")[0]
        async with connected(app, cookie=cookie, origin=BASE) as socket:
            await socket.raw()
            await socket.init()
            assert (await http.delete("/session", headers=OWN)).status_code == 204
            assert await socket.hear() == ("websocket.close", 4403)


async def test_revoking_a_token_ends_its_event_streams(tmp_path: Path, store: Neo4jStore, tokens: Tokens) -> None:
    token = await tokens.issue("ann", [Role.READER])
    async with client(tiny_app(tmp_path, streaming, store)) as http:
        headers = {"accept": "text/event-stream", **bearer(token)}
        stream = asyncio.create_task(http.post("/graphql", json={"query": "{ slow }"}, headers=headers))
        await asyncio.sleep(0.2)
        await tokens.revoke("ann")
        response = await asyncio.wait_for(stream, 10)
    assert response.text == (
        'event: next\ndata: {"errors":[{"message":"The token or session of this connection is no longer valid: sign in '
        'again.","extensions":{"code":"UNAUTHENTICATED"}}]}\n\nevent: complete\ndata:\n\n'
    )


# The administrator's token


def test_the_first_start_makes_a_token_and_the_next_finds_it(tmp_path: Path) -> None:
    first = Tokens(settings(tmp_path / "new", token=None)).administrator()
    file = tmp_path / "new" / "token"
    assert (len(first), file.read_text()) == (43, first + "\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert Tokens(settings(tmp_path / "new", token=None)).administrator() == first
    assert [path.name for path in file.parent.iterdir()] == ["token"]


def test_two_first_starts_agree(tmp_path: Path) -> None:
    one, other = Tokens(settings(tmp_path, token=None)), Tokens(settings(tmp_path, token=None))
    assert one._first("token of the first start") == other._first("token of the second start")


def test_the_token_may_come_from_a_mounted_secret(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a token from a mounted secret\n")
    assert Tokens(settings(tmp_path, token=None, token_file=secret)).administrator() == "a token from a mounted secret"
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize("changes", [{"token": "short"}, {"token": None, "token_file": Path("/nonexistent/secret")}])
def test_a_token_setting_that_cannot_be_used_is_told(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(StartError) as caught:
        Tokens(settings(tmp_path, **changes))
    assert caught.value.remedy


async def test_damaged_files_are_told(tmp_path: Path, store: Neo4jStore) -> None:
    (tmp_path / "tokens.json").write_text("nonsense")
    with pytest.raises(StartError, match="damaged"):
        await Tokens(settings(tmp_path), store).adopt()
    (tmp_path / "token").write_text("")
    with pytest.raises(StartError, match="empty"):
        Tokens(settings(tmp_path, token=None)).administrator()
