"""The parts of products and contracts that the graph stores as JSON text."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson


class AccessPoint(NamedTuple):
    """`name` is unique in the product: the one given, else the kind in lower case, with a number from the second on.
    `options` are of the reader of its format."""

    kind: str
    uri: str
    name: str = ""
    format: str | None = None
    options: Mapping[str, Any] | None = None


class Retention(NamedTuple):
    days: int


class ServiceLevel(NamedTuple):
    """`better` is HIGHER or LOWER: on which side of `target` the promise is kept."""

    metric: str
    target: float
    unit: str | None
    better: str


class QualityRequirement(NamedTuple):
    """`threshold` is a share, 0 to 1; `max_delay` an ISO 8601 duration; `rule` a rule about the data."""

    dimension: str
    threshold: float | None
    max_delay: str | None
    rule: dict[str, Any] | None


def access_points(text: str) -> list[AccessPoint]:
    points = orjson.loads(text)
    names = {point["name"] for point in points if point.get("name")}
    named = []
    for point in points:
        name = point.get("name") or free_name(point["kind"].lower(), names)
        names.add(name)
        named.append(AccessPoint(point["kind"], point["uri"], name, point.get("format"), point.get("options")))
    return named


def free_name(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def retention(text: str | None) -> Retention | None:
    return Retention(orjson.loads(text)["days"]) if text is not None else None


def service_levels(text: str) -> list[ServiceLevel]:
    return [
        ServiceLevel(level["metric"], level["target"], level.get("unit"), level["better"])
        for level in orjson.loads(text)
    ]


def quality_requirements(text: str) -> list[QualityRequirement]:
    return [
        QualityRequirement(rule["dimension"], rule.get("threshold"), rule.get("maxDelay"), rule.get("rule"))
        for rule in orjson.loads(text)
    ]


def business_rules(defaults: str) -> list[dict[str, Any]]:
    """Of a domain's stored defaults: `{id, description, sql, cel, products}` each."""
    return orjson.loads(defaults or "{}").get("businessRules", [])


def domain_defaults(text: str) -> Any:
    """Without the business rules, which are kept with them."""
    return {key: value for key, value in orjson.loads(text or "{}").items() if key != "businessRules"}


def document(text: str | None) -> Any:
    return orjson.loads(text) if text is not None else None
