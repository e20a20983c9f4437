"""Tokens and their callers: the administrator's token, and those issued with it.

The administrator's token is a setting, or made at the first start and kept readable in `token` (mode 0600), since
`meshweave token` shows it again. Issued ones are shown once and kept in the graph as SHA-256; they are random and
long, so a slow hash would add nothing. A server looks for changes at most every `FRESH_SECONDS`, and at once when it
does not know a token.
"""

import asyncio
import hashlib
import hmac
import logging
import os
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from graph_api.auth import access_tokens
from graph_api.auth.access_tokens import AccessList, AccessToken
from graph_api.neo4j.errors import StartError, storage_error
from graph_api.neo4j.layout import write_private
from graph_api.settings import Settings
from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS, Caller, Role
from resolvers.model.errors import MeshError
from resolvers.model.records import Classification

log = logging.getLogger("meshweave.auth")

# How old the list of issued tokens may be for a token that it has, and for one that it has not.
FRESH_SECONDS = 0.3
MISS_SECONDS = 0.05
PATIENCE = 1.0
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
RESERVED = frozenset({ADMINISTRATOR.name, ANONYMOUS.name})
MIN_LENGTH = 20


class Tokens:
    """All tokens of one instance. Without a store there is the administrator's alone."""

    def __init__(self, settings: Settings, store: Store | None = None) -> None:
        self._folder = settings.data_dir.expanduser().absolute()
        self._configured = configured(settings)
        self._days = settings.token_days
        self._seen: dict[Path, tuple[Any, Any]] = {}
        self._store = store
        self._list: AccessList | None = None
        self._read_at = 0.0
        self._reading: asyncio.Task[AccessList] | None = None
        self._ended: dict[str, str] = {}  # signed out here, known before the next look at the graph

    @property
    def _token_file(self) -> Path:
        return self._folder / "token"

    @property
    def has_administrator(self) -> bool:
        """False where `administrator` would make a token."""
        return self._configured is not None or self._token_file.exists()

    def administrator(self) -> str:
        """The administrator's token; made and stored when there is none.

        Raises:
            StartError: the data folder cannot be written.
        """
        if self._configured is not None:
            return self._configured
        secret = self._read(self._token_file, lambda raw: raw.decode().strip())
        if secret:
            return secret
        try:
            return self._first(secrets.token_urlsafe(32))
        except OSError as error:
            raise storage_error(error, self._folder) from error

    def _first(self, token: str) -> str:
        """Stores `token`, unless another first start was faster; then the other's."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._token_file.with_name(f"token.{os.getpid()}")
        write_private(draft, token + "\n")
        try:
            os.link(draft, self._token_file)
        except FileExistsError:
            return self._taken()
        finally:
            draft.unlink()
        return token

    def _taken(self) -> str:
        secret = self._token_file.read_text().strip()
        if not secret:
            raise StartError(f"{self._token_file} is empty.", "Delete it; the next start creates a new token.")
        return secret

    async def caller(self, token: str) -> Caller | None:
        """The caller of `token`; None when it is unknown or has expired. Raises `StoreError` when nothing of the
        issued ones is known and the database does not answer."""
        if same(token, self.administrator()):
            return ADMINISTRATOR
        return await self._issued_to("by_digest", digest_of(token))

    async def secret_of(self, name: str) -> tuple[Caller, str] | None:
        """The caller of that name, and what proves a session to be theirs; None when the token was revoked."""
        if name == ADMINISTRATOR.name:
            return ADMINISTRATOR, digest_of(self.administrator())
        access = await self._access()
        issued = access.by_name.get(name) if access else None
        if issued is None or issued.expires_at <= clock.now():
            return None
        # The administrator's token is part of it, so that read access to the graph is not enough to forge one.
        return issued.caller, digest_of(self.administrator() + issued.digest)

    async def holds(self, proof: str) -> bool:
        """Whether the digest of a token that was valid still is."""
        if hmac.compare_digest(proof, digest_of(self.administrator())):
            return True
        access = await self._access()
        issued = access.by_digest.get(proof) if access else None
        return issued is not None and issued.expires_at > clock.now()

    async def _issued_to(self, index: str, key: str) -> Caller | None:
        for fresh in (FRESH_SECONDS, MISS_SECONDS):
            access = await self._access(fresh)
            issued = getattr(access, index).get(key) if access else None
            if issued is not None:
                return issued.caller if issued.expires_at > clock.now() else None
        return None

    # -- sessions that were signed out -------------------------------------------------------------------------------

    async def has_ended(self, session: str) -> bool:
        """Whether the session of that id was signed out, on whichever replica."""
        digest = digest_of(session)
        if digest in self._ended:
            return True
        access = await self._access()
        return access is not None and digest in access.ended

    async def end(self, session: str, until: str) -> None:
        now = clock.now()
        self._ended = {digest: at for digest, at in self._ended.items() if at > now}
        self._ended[digest_of(session)] = until
        if self._store is not None:
            await access_tokens.end_session(self._store, digest_of(session), until, now)

    # -- what the graph says -----------------------------------------------------------------------------------------

    async def _access(self, fresh: float = FRESH_SECONDS) -> AccessList | None:
        """The list as of at most `fresh` seconds ago; an older one when the database does not answer in time."""
        if self._store is None:
            return None
        if self._list is not None and monotonic() - self._read_at < fresh:
            return self._list
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._look())
        try:
            return await asyncio.wait_for(asyncio.shield(self._reading), None if self._list is None else PATIENCE)
        except (TimeoutError, MeshError) as error:
            if self._list is None:
                raise
            log.warning("issued tokens cannot be read, going by the last list: %s", error)
            return self._list

    async def _look(self) -> AccessList:
        assert self._store is not None
        began = monotonic()
        self._list = await access_tokens.read_access(self._store, self._list, clock.now())
        self._read_at = began
        return self._list

    # -- issuing -----------------------------------------------------------------------------------------------------

    async def issued(self) -> tuple[AccessToken, ...]:
        """By name."""
        access = await self._access(0)
        return tuple(sorted(access.by_name.values())) if access else ()

    async def issue(
        self,
        name: str,
        roles: Sequence[Role],
        domains: Sequence[str] = (),
        days: int | None = None,
        clearance: Classification | None = None,
    ) -> str:
        """A new token, which is stored nowhere, for `days`. `clearance` comes before that of its roles.

        Raises:
            StartError: the name is taken or says nothing, roles and domains do not fit, or a domain is unknown.
        """
        assert self._store is not None
        check_issue(name, roles, domains)
        if unknown := await access_tokens.unknown_domains(self._store, tuple(domains)):
            raise StartError(
                f"There is no domain '{unknown[0][:200]}'.",
                "Register it first, or correct --domain; `*` means all domains.",
            )
        token = secrets.token_urlsafe(32)
        properties = (name, digest_of(token), tuple(r.value for r in roles), tuple(domains))
        made = AccessToken(*properties, *lifetime(days or self._days), clearance)
        if not await access_tokens.create_token(self._store, made):
            raise StartError(f"There is a token for '{name}' already.", f"Run `meshweave token revoke {name}` first.")
        return token

    async def revoke(self, name: str) -> None:
        """Raises `StartError` when there is none of that name."""
        assert self._store is not None
        if not await access_tokens.drop_token(self._store, name):
            raise StartError(f"There is no token for '{name}'.", "`meshweave token list` shows all tokens.")

    async def adopt(self) -> None:
        """Brings tokens of an earlier version, which kept them in a file, into the graph; the file stays, renamed."""
        file = self._folder / "tokens.json"
        if self._store is None or not file.exists():
            return
        for row in read_issued(file.read_bytes()):
            properties = (row["name"], row["digest"], tuple(row["roles"]), tuple(row["domains"]))
            await access_tokens.create_token(self._store, AccessToken(*properties, *lifetime(self._days)))
        file.rename(file.with_name("tokens.json.adopted"))

    def _read(self, path: Path, parse: Any) -> Any:
        """The parsed content of `path`, read again only when it changed; None when there is no such file."""
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        cached = self._seen.get(path)
        if cached is None or cached[0] != stamp:
            cached = self._seen[path] = (stamp, parse(path.read_bytes()))
        return cached[1]


def configured(settings: Settings) -> str | None:
    """The administrator's token that the settings give.

    Raises:
        StartError: it is too short to be a secret, or its file cannot be read.
    """
    token = settings.token.get_secret_value() if settings.token else None
    if token is None and settings.token_file is not None:
        try:
            token = settings.token_file.read_text().strip()
        except OSError as error:
            raise StartError(
                f"Cannot read {settings.token_file}: {error.strerror}.", "Check MESHWEAVE_TOKEN_FILE."
            ) from error
    if token is not None and len(token) < MIN_LENGTH:
        raise StartError(
            f"MESHWEAVE_TOKEN has {len(token)} characters, which is too short to be safe.",
            f"Give it at least {MIN_LENGTH} random ones, or unset it to have one generated.",
        )
    return token


def check_issue(name: str, roles: Sequence[Role], domains: Sequence[str]) -> None:
    if not NAME.fullmatch(name) or name in RESERVED:
        raise StartError(
            f"'{name}' is not a valid name for a token.",
            "Use letters, digits, `.`, `_`, `@`, `-`, and not administrator or anonymous.",
        )
    if not roles:
        raise StartError("A token needs a role.", f"Add --role, one of {', '.join(Role)}.")
    if Role.DOMAIN_OWNER in roles and not domains:
        raise StartError("A domain owner needs a domain.", "Add --domain NAME, once for each.")
    if domains and Role.DOMAIN_OWNER not in roles:
        raise StartError("Only a domain owner has domains.", "Add --role domain-owner, or leave --domain out.")


def lifetime(days: int) -> tuple[str, str]:
    """From now on, as texts."""
    began = datetime.now(UTC)
    return clock.to_text(began), clock.to_text(began + timedelta(days=days))


def read_issued(raw: bytes) -> list[dict[str, Any]]:
    try:
        return [{key: row[key] for key in ("name", "digest", "roles", "domains")} for row in orjson.loads(raw)]
    except (ValueError, KeyError, TypeError) as error:
        raise StartError(
            "tokens.json in the data folder is damaged.", "Restore it, or delete it and issue the tokens again."
        ) from error


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def same(properties: str, properties_at_issue: str) -> bool:
    """In a time that does not depend on where they differ."""
    return hmac.compare_digest(
        hashlib.sha256(properties.encode()).digest(), hashlib.sha256(properties_at_issue.encode()).digest()
    )
