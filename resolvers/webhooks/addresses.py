"""Addresses that webhooks may use. Restricting them prevents server-side request forgery."""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from resolvers.model.errors import MeshError

MAX_URL = 2_048
RESOLVE_SECONDS = 5.0
# IPv4 addresses embedded in IPv6 ones, which network translators unwrap.
NAT64 = IPv6Network("64:ff9b::/96")


class BadAddress(MeshError):
    """The address is not allowed; the message says why."""


class Target(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str  # with the query
    authority: str  # of the Host header


def target_of(url: str) -> Target:
    """Parses a URL. Raises `BadAddress` if it is not http or https, or contains a login."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress("This is not a URL, e.g. https://hooks.example.com/meshweave.") from error
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise BadAddress(f"A webhook's URL has at most {MAX_URL:,} printable ASCII characters.")
    if parts.scheme not in ("http", "https") or not host:
        raise BadAddress("A webhook is an http or https URL, e.g. https://hooks.example.com/meshweave.")
    if "@" in parts.netloc:
        raise BadAddress("A login in the URL is not taken: verify the signature instead.")
    if parts.fragment:
        raise BadAddress("A fragment (#…) never reaches a server: leave it out.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path, parts.netloc)


async def addresses_of(target: Target, private: bool = False) -> list[str]:
    """The IP addresses to connect to, in the order to try them, public ones alone unless `private`. Raises `BadAddress`
    when there is none."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            resolved = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise BadAddress(f"The name '{target.host[:200]}' is not known.") from error
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in resolved))
    allowed = [address for address in addresses if private or is_public(address)]
    if not allowed:
        raise BadAddress(
            f"'{target.host[:200]}' is not on the public internet: have the operator set "
            "MESHWEAVE_WEBHOOK_PRIVATE_ADDRESSES=true if webhooks may go to private networks."
        )
    return allowed


def is_public(address: str) -> bool:
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        if inner is not None:
            return _is_public(inner)
    return _is_public(ip)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    local = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or local)
