"""Media types of the GraphQL-over-HTTP specification and their negotiation."""

from enum import StrEnum
from functools import lru_cache


class MediaType(StrEnum):
    GRAPHQL = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"


GRAPHQL, JSON, EVENTS = MediaType.GRAPHQL, MediaType.JSON, MediaType.EVENTS

# In the order we prefer where a client has no preference. A client that names neither of the first two gets plain JSON.
OFFERED = (JSON, GRAPHQL)
# Clients send few different headers, each with every request.
KEPT = 64


@lru_cache(maxsize=KEPT)
def negotiate(accept: str | None) -> MediaType | None:
    """The type of a single answer, by the weights of an Accept header; None when the client takes none of ours."""
    if accept is None or not accept.strip():
        return JSON
    ranges = parse_accept(accept)
    weighed = [(weight(ranges, media), media) for media in OFFERED]
    best = max(q for (q, _), _ in weighed)
    if best <= 0:
        return None
    # Named types win over wildcards of the same weight, then the newer over plain JSON, as the specification asks.
    return max((w for w in weighed if w[0][0] == best), key=lambda w: (w[0][1], w[1] is GRAPHQL and w[0][1] == 2))[1]


@lru_cache(maxsize=KEPT)
def takes_events(accept: str | None) -> bool:
    """Whether the client names event streams; `*/*` does not mean them."""
    return accept is not None and parse_accept(accept).get(EVENTS, 0.0) > 0


def parse_accept(accept: str) -> dict[str, float]:
    ranges: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        ranges[name] = max(ranges.get(name, 0.0), quality(parameters))
    return ranges


def quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


def weight(ranges: dict[str, float], media: MediaType) -> tuple[float, int]:
    """The weight of the most specific range that covers `media`, and how specific that is (2 named, 0 `*/*`)."""
    family = media.partition("/")[0]
    for specificity, name in ((2, media.value), (1, f"{family}/*"), (0, "*/*")):
        if name in ranges:
            return ranges[name], specificity
    return 0.0, 0


@lru_cache(maxsize=KEPT)
def is_json(content_type: str) -> bool:
    """Whether a body of that type is JSON in UTF-8."""
    name, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charsets = [p.partition("=")[2].strip('" ') for p in parameters if p.partition("=")[0].strip() == "charset"]
    return name == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)
