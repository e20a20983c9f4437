"""Tokens and whom they stand for: the administrator's, and those it issued.

The administrator's token is a setting, or made at the first start and kept readable in `token` (mode 0600), since
`meshweave token` shows it again. Issued ones are shown once and kept as SHA-256 in `tokens.json`; they are random and
long, so a slow hash would add nothing. A running server sees changes of both files at the next request.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from graph_api.neo4j.errors import StartError, storage_error
from graph_api.neo4j.layout import write_private
from graph_api.settings import Settings
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS, Caller, Role
from resolvers.model.clock import now

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
RESERVED = frozenset({ADMINISTRATOR.name, ANONYMOUS.name})
MIN_LENGTH = 20


class IssuedToken(NamedTuple):
    """`digest` is the SHA-256 of the token, in hex."""

    name: str
    digest: str
    roles: tuple[str, ...]
    domains: tuple[str, ...]
    issued_at: str

    @property
    def caller(self) -> Caller:
        return Caller(self.name, frozenset(map(Role, self.roles)) | {Role.READER}, frozenset(self.domains))


class Tokens:
    """All tokens of one instance."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data_dir.expanduser().absolute()
        self._configured = configured(settings)
        self._seen: dict[Path, tuple[Any, Any]] = {}

    @property
    def _token_file(self) -> Path:
        return self._folder / "token"

    @property
    def _issued_file(self) -> Path:
        return self._folder / "tokens.json"

    def administrator(self) -> str:
        """The administrator's token; made and stored when there is none.

        Raises:
            StartError: the data folder cannot be written.
        """
        if self._configured is not None:
            return self._configured
        found = self._read(self._token_file, lambda raw: raw.decode().strip())
        if found:
            return found
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
        found = self._token_file.read_text().strip()
        if not found:
            raise StartError(f"{self._token_file} is empty.", "Delete it; the next start makes a new token.")
        return found

    def caller(self, token: str) -> Caller | None:
        """Whom `token` stands for; None when it is nobody's."""
        if same(token, self.administrator()):
            return ADMINISTRATOR
        digest = digest_of(token)
        issued = next((t for t in self.issued() if hmac.compare_digest(t.digest, digest)), None)
        return issued.caller if issued else None

    def secret_of(self, name: str) -> tuple[Caller, str] | None:
        """The caller of that name, and what proves a session to be theirs; None when the token was revoked."""
        if name == ADMINISTRATOR.name:
            return ADMINISTRATOR, digest_of(self.administrator())
        issued = next((t for t in self.issued() if t.name == name), None)
        # With the administrator's token in it, who reads tokens.json alone can forge nothing.
        return (issued.caller, digest_of(self.administrator() + issued.digest)) if issued else None

    def issued(self) -> tuple[IssuedToken, ...]:
        return self._read(self._issued_file, read_issued) or ()

    def issue(self, name: str, roles: Sequence[Role], domains: Sequence[str] = ()) -> str:
        """A new token for `name`, shown this once.

        Raises:
            StartError: the name is malformed or taken, or the roles and domains do not fit.
        """
        check_issue(name, roles, domains)
        token = secrets.token_urlsafe(32)
        with self._changing() as issued:
            if any(t.name == name for t in issued):
                raise StartError(
                    f"There is a token for '{name}' already.", f"Run `meshweave token revoke {name}` first."
                )
            issued.append(IssuedToken(name, digest_of(token), tuple(r.value for r in roles), tuple(domains), now()))
        return token

    def revoke(self, name: str) -> None:
        """Raises `StartError` when there is none of that name."""
        with self._changing() as issued:
            kept = [t for t in issued if t.name != name]
            if len(kept) == len(issued):
                raise StartError(f"There is no token for '{name}'.", "`meshweave token list` shows those there are.")
            issued[:] = kept

    @contextmanager
    def _changing(self) -> Iterator[list[IssuedToken]]:
        """The issued tokens to change in place, written back whole; two processes take turns."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / "tokens.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                issued = list(self.issued())
                yield issued
                rows = orjson.dumps([token._asdict() for token in issued], option=orjson.OPT_INDENT_2)
                write_private(self._issued_file, rows.decode() + "\n")
        except OSError as error:
            raise storage_error(error, self._folder) from error

    def _read(self, path: Path, parse: Any) -> Any:
        """The parsed content of `path`, read again only when it changed; None when there is no such file."""
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        seen = self._seen.get(path)
        if seen is None or seen[0] != stamp:
            seen = self._seen[path] = (stamp, parse(path.read_bytes()))
        return seen[1]


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
                f"Cannot read {settings.token_file}: {error.strerror}.", "Mend MESHWEAVE_TOKEN_FILE."
            ) from error
    if token is not None and len(token) < MIN_LENGTH:
        raise StartError(
            f"MESHWEAVE_TOKEN has {len(token)} characters, which can be guessed.",
            f"Give it at least {MIN_LENGTH} random ones, or unset it to have one made.",
        )
    return token


def check_issue(name: str, roles: Sequence[Role], domains: Sequence[str]) -> None:
    if not NAME.fullmatch(name) or name in RESERVED:
        raise StartError(
            f"'{name}' cannot name a token.",
            "Use letters, digits, `.`, `_`, `@`, `-`, and not administrator or anonymous.",
        )
    if not roles:
        raise StartError("A token needs a role.", f"Add --role, one of {', '.join(Role)}.")
    if Role.DOMAIN_OWNER in roles and not domains:
        raise StartError("A domain owner needs a domain.", "Add --domain NAME, once for each.")
    if domains and Role.DOMAIN_OWNER not in roles:
        raise StartError("Only a domain owner has domains.", "Add --role domain-owner, or leave --domain out.")


def read_issued(raw: bytes) -> tuple[IssuedToken, ...]:
    try:
        rows = orjson.loads(raw)
        return tuple(
            IssuedToken(row["name"], row["digest"], tuple(row["roles"]), tuple(row["domains"]), row["issued_at"])
            for row in rows
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StartError(
            "tokens.json in the data folder is damaged.", "Restore it, or delete it and issue anew."
        ) from error


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def same(given: str, known: str) -> bool:
    """In a time that does not depend on where they differ."""
    return hmac.compare_digest(hashlib.sha256(given.encode()).digest(), hashlib.sha256(known.encode()).digest())
