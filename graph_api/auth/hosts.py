"""Allowed host names of this server and allowed origins of pages.

A page of another site can make a browser send requests here, and by a DNS name that it points at 127.0.0.1 even read
the answers. The Host check ends the second, the Origin check the first.
"""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from graph_api.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Hosts(NamedTuple):
    """`names` may start with `*.`; `*` is any. `origins` are scheme://host[:port], lower case, or `*`."""

    names: frozenset[str]
    origins: frozenset[str]

    def knows(self, host: str) -> bool:
        """`host` is a Host header's value."""
        name = host_name(host)
        if name is None:
            return False
        if name in self.names or "*" in self.names:
            return True
        return any(pattern.startswith("*.") and name.endswith(pattern[1:]) for pattern in self.names)

    def allows_origin(self, origin: str, host: str) -> bool:
        """Whether a page of `origin` may ask the server it knows as `host`: its own pages, and listed ones."""
        return is_same_host(origin, host) or self.lists(origin)

    def lists(self, origin: str) -> bool:
        """Whether frontends of `origin`, served from elsewhere, were allowed."""
        return "*" in self.origins or self.names_origin(origin)

    def names_origin(self, origin: str) -> bool:
        """Whether `origin` was listed by name, which is what a session takes."""
        return origin.lower().rstrip("/") in self.origins


def hosts_of(settings: Settings) -> Hosts:
    own = () if settings.host in ("0.0.0.0", "::", "") else (settings.host,)
    names = {name.lower().strip("[]") for name in (*LOOPBACK, *own, *settings.allowed_hosts)}
    return Hosts(frozenset(names), frozenset(origin.lower().rstrip("/") for origin in settings.allowed_origins))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=64)
def host_name(host: str) -> str | None:
    """The name without its port, lower case; None when it is not a host at all."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment or not parts.hostname:
        return None
    return parts.hostname.rstrip(".")


def is_same_host(origin: str, host: str) -> bool:
    """Whether a page of `origin` came from `host`. The scheme is left out: a proxy in front may end TLS."""
    try:
        page, own = urlsplit(origin), urlsplit(f"//{host}")
        default = 443 if page.scheme == "https" else 80
        return page.scheme in ("http", "https") and (page.hostname, page.port or default) == (
            own.hostname,
            own.port or default,
        )
    except ValueError:
        return False


def is_own_page(headers: Mapping[str, str], method: str, hosts: Hosts) -> bool:
    """Whether a browser vouches that the request with a cookie was made by a page of ours or of a listed origin.

    Browsers send Origin with every POST and Sec-Fetch-Site with all requests to trustworthy addresses, and let no page
    forge either. `none` is the address bar: fine for a GET, which changes nothing.
    """
    origin = headers.get("origin")
    if origin is not None:
        return is_same_host(origin, headers.get("host", "")) or hosts.names_origin(origin)
    site = headers.get("sec-fetch-site")
    return site == "same-origin" or (site == "none" and method == "GET")
