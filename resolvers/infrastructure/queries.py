"""Infrastructure of products: plan, files, differences and what was provisioned, read in one Cypher for any number."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, LiteralString

import orjson
from aiodataloader import DataLoader

from resolvers.contracts.domain_defaults import from_json
from resolvers.graph.projections import CONTRACT, PRODUCT
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.infrastructure.diff import PlanChange, plan_changes
from resolvers.infrastructure.files import File, archive, render_files
from resolvers.infrastructure.plan import InfrastructurePlan, make_plan
from resolvers.infrastructure.records import RecordedPlan, Resource, ResourceState
from resolvers.model.records import Contract, Product
from resolvers.writes.revisions import from_document, held

RESOURCE: LiteralString = "[x.target, x.kind, x.name, x.state, x.reason, x.digest, x.by, x.at]"
RECORDED: LiteralString = "[y.digest, y.planJson, y.by, y.at]"
OF_PRODUCTS: LiteralString = f"""
UNWIND $ids AS id
MATCH (p:DataProduct {{id: id}})
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
OPTIONAL MATCH (d:Domain {{id: p.domainId}})
RETURN collect([{PRODUCT}, CASE WHEN c IS NULL THEN null ELSE {CONTRACT} END, d.defaultsJson,
  COLLECT {{ MATCH (p)-[:HAS_RESOURCE]->(x:InfrastructureResource) RETURN {RESOURCE}
    ORDER BY x.target, x.kind, x.name }},
  COLLECT {{ MATCH (p)-[:HAS_INFRASTRUCTURE_PLAN]->(y:InfrastructurePlan) RETURN {RECORDED}
    ORDER BY y.at DESC LIMIT 1 }}
])
"""
# The settings of a domain as they were then are in the audit event that last wrote them.
AT: LiteralString = f"""
UNWIND $ids AS id
CALL (id) {{ {held("id", "$at")} RETURN v }}
OPTIONAL MATCH (c:DataContract {{id: v.contractId}})
RETURN collect([id, v.documentJson, CASE WHEN c IS NULL THEN null ELSE {CONTRACT} END,
  COLLECT {{
    MATCH (p:DataProduct {{id: id}}) MATCH (e:AuditEvent {{subjectId: p.domainId}})
    WHERE e.at <= $at AND e.action IN ['domainRegister', 'domainUpdate']
    RETURN e.afterJson ORDER BY e.seq DESC LIMIT 1 }}
])
"""


class Infrastructure:
    """What a product's contract implies, and what of it is there. The plan is made when first asked for."""

    def __init__(
        self,
        store: Store,
        product: Product,
        contract: Contract | None,
        defaults_json: str | None,
        resources: Sequence[Sequence[Any]],
        recorded: Sequence[Sequence[Any]],
    ) -> None:
        self._store = store
        self.product = product
        self.contract = contract
        self._defaults_json = defaults_json
        self.resources = tuple(Resource(*row) for row in resources)
        self.recorded = RecordedPlan(*recorded[0]) if recorded else None

    @cached_property
    def plan(self) -> InfrastructurePlan:
        return make_plan(self.product, self.contract, from_json(self._defaults_json or "{}").infrastructure)

    @cached_property
    def files(self) -> tuple[File, ...]:
        return render_files(self.plan)

    def archive(self) -> bytes:
        return archive(self.files, f"{self.product.domain}-{self.product.name}")

    async def changes_since(self, at: str) -> tuple[PlanChange, ...]:
        """From the plan as of `at` to the present one. One change of the whole plan when there was no product then."""
        rows = await self._store.read(AT, ids=[self.product.id], at=at)
        if not rows:
            return plan_changes(None, self.plan)
        (_, document, contract, written) = rows[0]
        defaults = orjson.loads(written[0])["defaultsJson"] if written and written[0] else self._defaults_json
        settings = from_json(defaults or "{}").infrastructure
        before = make_plan(from_document(document), Contract(*contract) if contract else None, settings)
        return plan_changes(before, self.plan)

    @property
    def state(self) -> str:
        """NOT_PROVISIONED, PARTIAL or PROVISIONED."""
        applied = sum(one.state == ResourceState.APPLIED for one in self.resources)
        if not applied:
            return "NOT_PROVISIONED"
        return "PROVISIONED" if applied == len(self.resources) else "PARTIAL"

    @property
    def message(self) -> str:
        match self.state:
            case "NOT_PROVISIONED":
                return "Nothing was applied from here: the files are the product, to be applied by those who can."
            case "PROVISIONED":
                return f"All {len(self.resources)} resources that were asked for are applied."
        applied = sum(one.state == ResourceState.APPLIED for one in self.resources)
        return f"{applied} of {len(self.resources)} resources are applied; the others say why not."


async def infrastructures(store: Store, ids: Sequence[str]) -> list[Infrastructure | None]:
    """Aligned with `ids`; None where there is no such product."""
    rows = await store.read(OF_PRODUCTS, ids=list(ids))
    found = {}
    for product, contract, defaults, resources, recorded in rows:
        terms = Contract(*contract) if contract else None
        found[product[0]] = Infrastructure(store, Product(*product), terms, defaults, resources, recorded)
    return [found.get(id) for id in ids]


def infrastructure_loader(loaders: RequestScope) -> DataLoader[str, Infrastructure | None]:
    """By the product's id."""

    async def load(ids: list[str]) -> list[Infrastructure | None]:
        return await infrastructures(loaders.store, ids)

    return DataLoader(load)
