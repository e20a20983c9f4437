"""Records how service levels are kept: one audit event when a promise is broken, and one when it is kept again.

A job runs it again and again. What `kept` was is compared under the product's lock, so replicas that evaluate at the
same time record a breach once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.access import Action
from resolvers.model.records import Product
from resolvers.mutations.data_contract_activate import SYSTEM
from resolvers.mutations.locked_product import see_product
from resolvers.service_levels.evaluate import LevelStatus
from resolvers.service_levels.report import WINDOW, ProductLevels, levels_of
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import Change, LockedState, Outcome, Write

PORTION = 200

MEASURED: LiteralString = """
MATCH (p:DataProduct) WHERE p.id > $after AND
  (EXISTS { (p)-[:HAS_METRICS]->() } OR EXISTS { (p)-[:HAS_QUALITY_RUN]->() }
   OR EXISTS { (p)-[:HAS_SERVICE_LEVEL_STATUS]->() })
WITH p ORDER BY p.id LIMIT $count
RETURN collect(p.id)
"""
KNOWN: LiteralString = """
UNWIND $arguments.ids AS id
CALL (id) {
  MATCH (:DataProduct {id: id})-[:HAS_SERVICE_LEVEL_STATUS]->(s:ServiceLevelStatus)
  RETURN collect([s.metric, s.kept]) AS known
}
RETURN collect(known)
"""


async def record_service_levels(store: Store) -> int:
    """Evaluates every product that was measured; returns for how many a promise changed between kept and broken."""
    after, changed = "", 0
    while ids := await store.read_latest(MEASURED, after=after, count=PORTION):
        after = ids[-1]
        recorded = await store.read_latest(KNOWN, arguments={"ids": ids})
        for report, before in zip(await levels_of(store, WINDOW, ids), recorded, strict=True):
            if requested(report) != dict(before):
                outcome = await record_product(store, report)
                changed += outcome.thing is not None
    return changed


def requested(report: ProductLevels) -> dict[str, bool]:
    return {level.metric: level.kept for level in report.levels if level.kept is not None}


async def record_product(store: Store, report: ProductLevels) -> Outcome:
    return await write(store, SYSTEM, Action.WRITE_PRODUCT, lambda: plan(report))


READ: LiteralString = """
MATCH (p:DataProduct {id: $id})
OPTIONAL MATCH (p)-[:HAS_SERVICE_LEVEL_STATUS]->(s:ServiceLevelStatus)
RETURN collect([s.metric, s.kept, s.since])
"""
SAVE: LiteralString = """
MATCH (p:DataProduct {id: $id})
CALL (p) {
  MATCH (p)-[:HAS_SERVICE_LEVEL_STATUS]->(s:ServiceLevelStatus)
  WHERE NOT s.metric IN $metrics DETACH DELETE s RETURN count(*) AS gone
}
CALL (p) {
  UNWIND $rows AS row
  MERGE (s:ServiceLevelStatus {key: row.key}) SET s = row
  MERGE (p)-[:HAS_SERVICE_LEVEL_STATUS]->(s)
  RETURN count(*) AS saved
}
RETURN saved
"""


def plan(report: ProductLevels) -> Write:
    levels = {level.metric: level for level in report.levels if level.kept is not None}

    async def look(tx: Transaction, products: Products) -> LockedState:
        return see_product(products, report.product_id, ("productId",))

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        rows = await tx.run(READ, id=product.id)
        before = {metric: (kept, since) for metric, kept, since in rows if metric is not None}
        await tx.run(SAVE, id=product.id, metrics=list(levels), rows=status_rows(product.id, levels, before, now))
        broken = [m for m, level in levels.items() if not level.kept and before.get(m, (True,))[0]]
        mended = [m for m, level in levels.items() if level.kept and before.get(m, (True,))[0] is False]
        return Change(
            report,
            "DATA_PRODUCT",
            product.id,
            product.domain,
            {"serviceLevels": {metric: {"kept": kept} for metric, (kept, _) in before.items()}},
            {"urn": product.urn, "broken": broken, "mended": mended, "serviceLevels": documents(levels)},
            changed=bool(broken or mended),
        )

    return Write(
        name="serviceLevelsRecord",
        action=Action.WRITE_PRODUCT,
        document=[report.product_id],
        locks=Locks((report.product_id,), products=(report.product_id,)),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


def status_rows(
    product_id: str, levels: Mapping[str, LevelStatus], before: Mapping[str, Sequence[Any]], now: str
) -> list[dict[str, Any]]:
    return [
        {
            "key": f"{product_id}|{metric}",
            "metric": metric,
            "kept": level.kept,
            "measured": level.measured,
            "since": before[metric][1] if metric in before and before[metric][0] == level.kept else now,
            "measuredAt": level.measured_at or clock.now(),
        }
        for metric, level in levels.items()
    ]


def documents(levels: Mapping[str, LevelStatus]) -> dict[str, Any]:
    return {
        metric: {"kept": level.kept, "measured": level.measured, "target": level.target, "unit": level.unit}
        for metric, level in levels.items()
    }
