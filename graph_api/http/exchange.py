"""The parts of an ASGI scope that handlers need, read once."""

import os
import re
from typing import NamedTuple

from starlette.types import Scope

from graph_api.http.location import public_prefix

KEY = "meshweave.exchange"
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{8,64}")
JOINED = {"accept": ", ", "cookie": "; ", "x-meshweave-bookmarks": ",", "x-forwarded-prefix": ","}


class Exchange(NamedTuple):
    """`headers` are by lower-case name. `secure` is whether the client speaks https; `prefix` stands before our paths
    in the client's view. `address` is the client's, or its proxy's."""

    headers: dict[str, str]
    request_id: str
    secure: bool
    prefix: str = ""
    address: str = ""


def open_exchange(scope: Scope, root_path: str = "") -> Exchange:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        # A header given twice is one list, or, where a list makes no sense, nothing we could trust either half of.
        headers[name] = headers[name] + JOINED.get(name, ", ") + value if name in headers else value
    header = headers.get("x-request-id", "")
    request_id = header if REQUEST_ID.fullmatch(header) else os.urandom(16).hex()
    prefix = public_prefix(headers, root_path)
    address = (scope.get("client") or ("",))[0]
    exchange = Exchange(headers, request_id, scope.get("scheme") in ("https", "wss"), prefix, address)
    scope[KEY] = exchange
    return exchange


def exchange_of(scope: Scope) -> Exchange:
    return scope[KEY]


def prefix_of(scope: Scope) -> str:
    """What stands before our paths in links."""
    return scope[KEY].prefix
