"""Plans for tests: a product with the contract and settings that a test names."""

import json
from typing import Any

from resolvers.contracts.infrastructure_settings import InfrastructureSettings
from resolvers.infrastructure.plan import InfrastructurePlan, make_plan
from resolvers.model.records import Contract, Product
from tests.mesh import Mesh

API = {"kind": "API", "uri": "https://api.example.com/customer/events/v1"}
STREAM = {"kind": "STREAMING", "uri": "kafka://stream.example.com/customer.events"}
BATCH = {"kind": "BATCH", "uri": "s3://data-mesh-customer/events/"}
ALL = (API, STREAM, BATCH)
LEVELS = [
    {"metric": "availability", "target": 0.999, "unit": "ratio", "better": "HIGHER"},
    {"metric": "latency_p95", "target": 500, "unit": "ms", "better": "LOWER"},
    {"metric": "freshness", "target": 2, "unit": "h", "better": "LOWER"},
]


def records(
    name: str = "events",
    domain: str = "customer",
    access: Any = ALL,
    sla: Any = LEVELS,
    days: int | None = 2555,
    **given: Any,
) -> tuple[Product, Contract]:
    mesh = Mesh()
    product = mesh.product(domain, name, access=access, **given)
    terms = {"sla_json": json.dumps(sla), "retention_json": None if days is None else json.dumps({"days": days})}
    contract = mesh.contract(product, classification="CONFIDENTIAL", **terms)
    return mesh.products[product.id], contract


def a_plan(settings: dict[str, Any] | None = None, **given: Any) -> InfrastructurePlan:
    return make_plan(*records(**given), InfrastructureSettings.model_validate(settings or {}))
