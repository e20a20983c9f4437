"""Documents of a small mesh with all that an import takes, and what a graph looks like without its ids and times."""

import json
import re
from typing import Any

from resolvers.graph.store import Store
from tests.writes import contract

DEFAULTS = {
    "classification": "CONFIDENTIAL",
    "retention": {"days": 30},
    "format": "parquet",
    "sla": [{"metric": "availability", "target": 0.99}],
    "accessPoints": [{"kind": "API", "uri": "https://data.example.com/{domain}/{name}"}],
}
SALES = {"kind": "Domain", "name": "sales", "ownerTeam": "sales-team", "description": "Sells.", "defaults": DEFAULTS}
FINANCE = {"kind": "Domain", "name": "finance", "ownerTeam": "finance-team"}
SCHEMA = {
    "type": "object",
    "required": ["order_id"],
    "properties": {
        "order_id": {"type": "string", "description": "Its number."},
        "customerEmail": {"type": ["string", "null"], "classification": "RESTRICTED"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}},
    },
}


def urn(name: str, domain: str = "sales") -> str:
    return f"urn:mesh:{domain}:{name}"


def product(name: str, domain: str = "sales", **given: Any) -> dict[str, Any]:
    return {"kind": "DataProduct", "domain": domain, "name": name, "type": "SOURCE", **given}


def edge(consumer: str, provider: str, **given: Any) -> dict[str, Any]:
    return {"kind": "Dependency", "consumer": consumer, "provider": provider, **given}


ORDERS = product(
    "raw_orders.v2".replace(".", "-"),
    description="Every order.",
    version="2.1.0",
    tags=["core", "gold"],
    metadata={"costCentre": 7, "nested": {"a": [1, None]}},
    contract={"version": "1.0.0", "jsonSchema": SCHEMA, "semanticModel": {"grain": "order"}},
)
ORDERS_URN = urn("raw_orders-v2")
REVENUE = product(
    "revenue",
    "finance",
    type="AGGREGATE",
    ownerTeam="controllers",
    accessPoints=[{"kind": "BATCH", "uri": "s3://bucket/revenue"}],
    contract=contract("0.3.0", quality=[{"dimension": "completeness", "threshold": 0.9, "maxDelay": "PT4H"}]),
    dependencies=[{"provider": ORDERS_URN, "fields": ["lines[].sku", "order_id"], "contractVersion": "1.0.0"}],
)
PLAIN = product("plain", type="DERIVED", dependencies=[{"provider": urn("revenue", "finance"), "kind": "enriches"}])
BACK = edge(ORDERS_URN, urn("plain"))
# In no good order, and with a cycle: orders <- revenue <- plain <- orders.
DOCUMENTS = [BACK, PLAIN, REVENUE, ORDERS, FINANCE, SALES]

GRAPH = """
RETURN [
  COLLECT { MATCH (n) WHERE NOT n:Migration|AuditEvent|EventMention|AuditLog|IdempotencyKey
            RETURN [labels(n), properties(n)] },
  COLLECT { MATCH (a)-[r]->(b) RETURN [labels(a), properties(a), type(r), properties(r), labels(b), properties(b)] }
]
"""
ID = re.compile(r"\b(dom|prd|ctr|fld)_[0-9a-f]{32}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


async def graph_of(store: Store) -> list[str]:
    """Every node and relationship with all properties, each id and time replaced by its kind, sorted."""
    nodes, edges = await store.read(GRAPH)
    return sorted(
        TIME.sub("time", ID.sub(r"\1", json.dumps(canonical(one), sort_keys=True))) for one in [*nodes, *edges]
    )


def canonical(value: Any) -> Any:
    """`fieldWords` are a set in the graph, in the order the database found them."""
    if isinstance(value, list):
        return [canonical(one) for one in value]
    if isinstance(value, dict):
        return {key: sorted(one) if key == "fieldWords" else canonical(one) for key, one in value.items()}
    return value
