"""Recording of infrastructure plans and their resources, in the write that makes them binding."""

from hashlib import sha256
from typing import Any, LiteralString

import orjson

from resolvers.graph.store import Transaction
from resolvers.infrastructure.plan import InfrastructurePlan, plan_document

RECORD: LiteralString = """
MATCH (p:DataProduct {id: $plan.productId})
MERGE (y:InfrastructurePlan {productId: $plan.productId, at: $plan.at})
SET y.digest = $plan.digest, y.planJson = $plan.planJson, y.by = $plan.by
MERGE (p)-[:HAS_INFRASTRUCTURE_PLAN]->(y)
RETURN y.digest
"""


def plan_digest(plan: InfrastructurePlan) -> str:
    """SHA-256 of the plan's JSON with sorted keys."""
    return sha256(orjson.dumps(plan_document(plan), option=orjson.OPT_SORT_KEYS)).hexdigest()


async def record_plan(tx: Transaction, product_id: str, plan: InfrastructurePlan, by: str, now: str) -> str:
    """Writes the plan down and returns its digest."""
    row: dict[str, Any] = {
        "productId": product_id,
        "at": now,
        "by": by,
        "digest": plan_digest(plan),
        "planJson": orjson.dumps(plan_document(plan)).decode(),
    }
    return await tx.run(RECORD, plan=row)
