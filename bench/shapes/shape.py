"""A question: as GraphQL for the service, as the best Cypher we know for the bare database, as GraphQL for the peer."""

from collections.abc import Callable
from typing import Any, NamedTuple

Variables = dict[str, Any]
Form = Callable[[Any], Any]

KEYS = ("id", "name", "urn", "ownerTeam", "type", "status")
FIELDS = " ".join(KEYS)
ROW = "[p.id, p.name, p.urn, p.ownerTeam, p.type, p.status]"


class Shape(NamedTuple):
    """`variables` are instances of the question, asked in turn; they are the parameters of `cypher` too. `ours`, `raw`
    and `theirs` bring an answer (`data`, the one value, the peer's `data`) to one form: these have to be equal.
    `size` says how large an answer is, S or L."""

    name: str
    query: str
    ours: Form
    cypher: str
    raw: Form
    peer_query: str
    theirs: Form
    variables: list[Variables]
    size: str = "S"


def row(product: dict[str, Any]) -> list[Any]:
    return [product[key] for key in KEYS]


def rows(products: list[dict[str, Any]]) -> list[list[Any]]:
    return [row(product) for product in products]


def same(value: Any) -> Any:
    return value
