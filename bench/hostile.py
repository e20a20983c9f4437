"""Requests of a client that means harm, or does not know what it asks: many, large or malformed."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

REPRESENTATIONS = 30_000
ALIASES = 50
STATUSES = ("DEVELOPMENT", "TESTING", "PRODUCTION", "DEPRECATED")
ENTITIES = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on DataProduct { name } } }"
FACETS = "facets { domain { count } type { count } tag { value count } classification { count } }"


class Hostile(NamedTuple):
    name: str
    query: str
    variables: dict[str, Any]


def hostiles(ids: list[str], domains: list[str], hub: str) -> list[Hostile]:
    """`ids` and `domains` of a mesh, and the id of a product with many consumers."""
    now = datetime.now(UTC) - timedelta(seconds=1)
    times = [f"{now - timedelta(milliseconds=number):%Y-%m-%dT%H:%M:%S.%fZ}" for number in range(ALIASES)]
    consumers = [ids[number % len(ids)] for number in range(ALIASES)]
    return [
        *entities(ids),
        *both("complianceReport", [report(time) for time in times], report(None)),
        *both(
            "facets",
            [filtered(domains, number, FACETS) for number in range(ALIASES)],
            f"dataProducts {{ {FACETS} }}",
        ),
        *both(
            "totalCount",
            [filtered(domains, number, "totalCount") for number in range(ALIASES)],
            "dataProducts(filter: {status: [TESTING]}) { totalCount }",
        ),
        *both("impact", [impact(product) for product in consumers], impact(hub)),
        *both("lineage(asOf)", [past(hub, time) for time in times], past(hub, times[-1])),
        *both(
            "compliant",
            [filtered(domains, number, "totalCount", ", compliant: false") for number in range(ALIASES)],
            "dataProducts(first: 1000, filter: {compliant: false}) { nodes { name } }",
        ),
    ]


def entities(ids: list[str]) -> list[Hostile]:
    many = {
        "of no known type": {"__typename": "Nothing", "id": "x"},
        "without a key": {"__typename": "DataProduct"},
        "that are null": None,
        "of unknown ids": {"__typename": "DataProduct", "id": "prd_none"},
    }
    found = [
        Hostile(f"{REPRESENTATIONS:,} representations {name}", ENTITIES, {"r": [one] * REPRESENTATIONS})
        for name, one in many.items()
    ]
    known = [{"__typename": "DataProduct", "id": ids[n % len(ids)]} for n in range(REPRESENTATIONS // 2)]
    mixed = [one for product in known for one in (product, {"__typename": "Domain", "name": "none"})]
    return [*found, Hostile(f"{REPRESENTATIONS:,} representations of two types", ENTITIES, {"r": mixed})]


def both(name: str, different: list[str], alike: str) -> list[Hostile]:
    """One field, the same field under fifty names, and fifty that differ in their arguments."""
    return [
        Hostile(name, aliased([alike]), {}),
        Hostile(f"{ALIASES} x {name}, equal", aliased([alike] * ALIASES), {}),
        Hostile(f"{ALIASES} x {name}, different", aliased(different), {}),
    ]


def aliased(fields: list[str]) -> str:
    return "{ " + " ".join(f"a{number}: {field}" for number, field in enumerate(fields)) + " }"


def report(as_of: str | None) -> str:
    given = "" if as_of is None else f'(asOf: "{as_of}")'
    return f"complianceReport{given} {{ checkedProducts byPolicy {{ violations warnings }} }}"


def filtered(domains: list[str], number: int, selection: str, more: str = "") -> str:
    domain, status = domains[number % len(domains)], STATUSES[number // len(domains) % len(STATUSES)]
    return f'dataProducts(filter: {{status: [{status}], tags: ["gold"]{more}, domain: ["{domain}"]}}) {{ {selection} }}'


def impact(product: str) -> str:
    return f'impact(productId: "{product}", change: {{dropProduct: true}}) {{ breaking affectedConsumers {{ rules }} }}'


def past(root: str, as_of: str) -> str:
    arguments = f'roots: ["{root}"], asOf: "{as_of}", maxNodes: 10000'
    return f"lineage({arguments}) {{ truncated nodes {{ distance product {{ name }} }} }}"
