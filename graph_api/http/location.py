"""Path prefix of the service: set by an option or a proxy's header, with or without a trailing slash."""

import re
from collections.abc import Mapping

from starlette.types import Scope

HEADER = "x-forwarded-prefix"
# Nothing that could end an attribute, climb up (`..`) or name another host (`//`).
PREFIX = re.compile(r"(/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")
MAX_LENGTH = 200


def checked_prefix(text: str) -> str:
    """`text` as a prefix: empty, or `/` and names. Raises ValueError for anything else."""
    prefix = text.strip().rstrip("/")
    if prefix and (len(prefix) > MAX_LENGTH or not PREFIX.fullmatch(prefix)):
        raise ValueError("give a path such as /mesh: a slash and names of letters, digits, `.`, `_`, `~` and `-`")
    return prefix


def public_prefix(headers: Mapping[str, str], root_path: str) -> str:
    """What clients write before our paths: what the proxies say, from the outermost inwards, or else the setting. The
    header only shapes links and cookies of the answer to whoever sent it, so it is taken from anybody."""
    header = headers.get(HEADER)
    if header is None:
        return root_path
    try:
        return checked_prefix("".join(checked_prefix(part) for part in header.split(",")))
    except ValueError:
        return root_path


def inner_path(path: str, prefix: str) -> str:
    """`path` without the prefix, where a proxy left it in, and without trailing slashes."""
    if prefix and (path == prefix or path.startswith(prefix + "/")):
        path = path[len(prefix) :]
    return path.rstrip("/") or "/"


def located(scope: Scope, root_path: str) -> Scope:
    """`scope` as if the service lay at the root."""
    headers = {
        HEADER: b",".join(value for name, value in scope["headers"] if name == HEADER.encode()).decode("latin-1")
    }
    path = inner_path(scope["path"], public_prefix(headers if headers[HEADER] else {}, root_path))
    return scope if path == scope["path"] else {**scope, "path": path, "raw_path": path.encode()}
