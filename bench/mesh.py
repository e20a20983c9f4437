"""A mesh from a seed: layered like a company's pipelines, with hubs, aggregators of many inputs, and some cycles."""

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

LAYERS = 20
REACH = 3  # how many layers back an ordinary product looks for its providers
NEIGHBOURHOOD = 0.12  # the share of a layer that counts as near: teams mostly use what is around them
HUB_SHARES = (0.30, 0.20, 0.12, 0.08, 0.05)  # of all products, how many consume each of the hubs
AGGREGATORS = 0.015
CYCLES = 0.002

SUBJECTS = ("orders", "payments", "customers", "shipments", "returns", "sessions", "campaigns", "invoices", "suppliers")
SHAPES = ("raw", "clean", "daily", "hourly", "features", "segments", "ledger", "summary", "forecast", "quality")
TAGS = ("pii", "finance", "gold", "silver", "bronze", "gdpr", "realtime", "batch", "experimental", "certified")
TYPES = ("SOURCE", "DERIVED", "AGGREGATE", "ML_FEATURE")
STATUSES = ("PRODUCTION", "PRODUCTION", "PRODUCTION", "TESTING", "DEVELOPMENT", "DEPRECATED")
CLASSES = ("PUBLIC", "INTERNAL", "INTERNAL", "CONFIDENTIAL", "RESTRICTED")

Document = dict[str, Any]


class Mesh(NamedTuple):
    """`edges` are (consumer, provider) positions in `products`, distinct, self-loops excluded."""

    domains: list[Document]
    products: list[Document]
    edges: list[tuple[int, int]]

    def urn(self, product: int) -> str:
        return f"urn:mesh:{self.products[product]['domain']}:{self.products[product]['name']}"

    def documents(self) -> Iterator[Document]:
        """What an import reads: domains, then products, then dependencies."""
        yield from self.domains
        yield from self.products
        for consumer, provider in self.edges:
            yield {
                "kind": "Dependency",
                "consumer": self.urn(consumer),
                "provider": self.urn(provider),
            }


def make_mesh(products: int = 10_000, seed: int = 2026) -> Mesh:
    dice = random.Random(seed)
    domains = [make_domain(number) for number in range(max(4, min(40, products // 250)))]
    nodes = [make_product(dice, number, products, domains) for number in range(products)]
    return Mesh(domains, nodes, make_edges(dice, products))


def make_domain(number: int) -> Document:
    name = f"{SUBJECTS[number % len(SUBJECTS)]}-{number:02d}"
    return {"kind": "Domain", "name": name, "ownerTeam": f"team-{number:02d}", "description": f"All about {name}."}


def make_product(dice: random.Random, number: int, products: int, domains: list[Document]) -> Document:
    domain = dice.choice(domains)
    name = f"{dice.choice(SUBJECTS)}_{dice.choice(SHAPES)}_{number:06d}"
    layer = number * LAYERS // products
    return {
        "kind": "DataProduct",
        "domain": domain["name"],
        "name": name,
        "description": f"{name.replace('_', ' ')} of {domain['name']}, refreshed every {dice.randint(1, 24)} hours.",
        "ownerTeam": f"team-{dice.randrange(60):02d}",
        "type": "SOURCE" if layer == 0 else dice.choice(TYPES[1:]),
        "status": dice.choice(STATUSES),
        "version": f"{dice.randint(1, 4)}.{dice.randint(0, 9)}.0",
        "tags": sorted(dice.sample(TAGS, dice.randint(0, 4))),
        "metadata": {"costCentre": dice.randint(100, 999), "layer": layer},
        "accessPoints": [{"kind": "API", "uri": f"https://data.example.com/{name}"}],
        "contract": make_contract(dice),
    }


def make_contract(dice: random.Random) -> Document | None:
    """One product in twenty has none: what a compliance report finds."""
    if dice.random() < 0.05:
        return None
    subject = dice.choice(SUBJECTS)
    columns = ("id", f"{subject}_at", f"{subject}_amount", "customer_id")
    return {
        "version": "1.0.0",
        "format": dice.choice(("parquet", "json", "avro")),
        "classification": dice.choice(CLASSES) if dice.random() < 0.97 else None,
        "retention": {"days": dice.choice((365, 1095, 2555))} if dice.random() < 0.9 else None,
        "jsonSchema": {
            "type": "object",
            "required": ["id"],
            "properties": {column: {"type": "string", "description": f"The {column}."} for column in columns},
        },
        "sla": [{"metric": "availability", "target": 0.999, "unit": "ratio", "better": "HIGHER"}],
        "quality": [{"dimension": "completeness", "threshold": 0.95, "maxDelay": None}],
    }


def make_edges(dice: random.Random, products: int) -> list[tuple[int, int]]:
    width = products // LAYERS
    hubs = [number * width + width // 2 for number in range(len(HUB_SHARES))]  # one in each of the first layers
    edges = dict.fromkeys(
        (consumer, provider)
        for consumer in range(width, products)
        for provider in [*near_providers(dice, consumer, width), *hub_providers(dice, consumer, width, hubs)]
    )
    for consumer, provider in dice.sample(list(edges), int(products * CYCLES)):
        edges[provider, consumer] = None  # two products that feed each other
    edges.update(dict.fromkeys(ring(dice, products, width)))
    return list(edges)


def near_providers(dice: random.Random, consumer: int, width: int) -> list[int]:
    wanted = dice.randint(15, 40) if dice.random() < AGGREGATORS else dice.choice((1, 1, 2, 2, 3))
    layer, column = divmod(consumer, width)
    span = max(2, int(width * NEIGHBOURHOOD))
    found = []
    for _ in range(wanted):
        there = max(0, layer - dice.randint(1, REACH))
        found.append(there * width + (column + dice.randint(-span, span)) % width)
    return found


def hub_providers(dice: random.Random, consumer: int, width: int, hubs: list[int]) -> list[int]:
    return [
        hub
        for hub, share in zip(hubs, HUB_SHARES, strict=True)
        if consumer // width > hub // width and dice.random() < share
    ]


def ring(dice: random.Random, products: int, width: int) -> list[tuple[int, int]]:
    """One longer cycle, through five products of the middle layers."""
    stops = [layer * width + dice.randrange(width) for layer in (8, 9, 10, 11, 12)]
    return [*pairwise(stops), (stops[-1], stops[0])]
