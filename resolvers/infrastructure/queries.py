"""Infrastructure of products: plan, files, differences and what was provisioned, read in one Cypher for any number."""

import asyncio
from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any, LiteralString

import orjson
from aiodataloader import DataLoader

from resolvers.contracts.domain_defaults import from_json
from resolvers.graph.projections import CONTRACT, PRODUCT
from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.infrastructure.diff import PlanChange, plan_changes
from resolvers.infrastructure.files import File, archive, render_files
from resolvers.infrastructure.jobs import JOB, InfrastructureJob, JobState
from resolvers.infrastructure.plan import InfrastructurePlan, make_plan
from resolvers.infrastructure.records import RecordedPlan, Resource, ResourceState
from resolvers.infrastructure.terraform import BucketRule
from resolvers.infrastructure.usage import Usage, usages
from resolvers.model.records import Contract, Product
from resolvers.writes.revisions import from_document, held

RESOURCE: LiteralString = "[x.target, x.kind, x.name, x.state, x.reason, x.digest, x.by, x.at, coalesce(x.since, x.at)]"
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
    ORDER BY y.at DESC LIMIT 1 }},
  COLLECT {{ MATCH (p)-[:HAS_INFRASTRUCTURE_JOB]->(j:InfrastructureJob) RETURN {JOB}
    ORDER BY j.requestedAt DESC LIMIT 1 }}
])
"""
# Retired products too: their objects still expire by their rules.
STORED: LiteralString = f"""
UNWIND $domains AS name
MATCH (d:Domain {{name: name}})<-[:IN_DOMAIN]-(p:DataProduct) WHERE p.accessPointsJson CONTAINS '"BATCH"'
OPTIONAL MATCH (c:DataContract {{id: p.contractId}})
RETURN collect([name, d.defaultsJson, {PRODUCT}, CASE WHEN c IS NULL THEN null ELSE {CONTRACT} END])
"""
# The settings of a domain as they were then are in the audit event that last wrote them; an import writes several
# domains at once.
AT: LiteralString = f"""
UNWIND $ids AS id
CALL (id) {{ {held("id", "$at")} RETURN v }}
OPTIONAL MATCH (c:DataContract {{id: v.contractId}})
RETURN collect([id, v.documentJson, CASE WHEN c IS NULL THEN null ELSE {CONTRACT} END,
  COLLECT {{
    MATCH (p:DataProduct {{id: id}}) MATCH (e:AuditEvent {{domain: p.domain}})
    WHERE e.at <= $at AND e.action IN ['domainRegister', 'domainUpdate', 'import']
      AND e.afterJson CONTAINS '"defaultsJson"'
    RETURN e.afterJson ORDER BY e.seq DESC LIMIT 1 }}
])
"""


class Infrastructure:
    """The infrastructure that a product's contract implies, and what of it is provisioned. The plan is computed on
    first access."""

    def __init__(
        self,
        store: Store,
        product: Product,
        contract: Contract | None,
        defaults_json: str | None,
        resources: Sequence[Sequence[Any]],
        recorded: Sequence[Sequence[Any]],
        jobs: Sequence[Sequence[Any]],
        stored: DataLoader[str, list[BucketRule]],
    ) -> None:
        self._store = store
        self.product = product
        self.contract = contract
        self._defaults_json = defaults_json
        self.resources = tuple(Resource(*row) for row in resources)
        self.recorded = RecordedPlan(*recorded[0]) if recorded else None
        self.job = InfrastructureJob(*jobs[0]) if jobs else None
        self._stored = stored

    @cached_property
    def plan(self) -> InfrastructurePlan:
        return make_plan(self.product, self.contract, from_json(self._defaults_json or "{}").infrastructure)

    async def files(self) -> tuple[File, ...]:
        shared = await self._stored.load(self.product.domain) if self.plan.storage else ()
        return render_files(self.plan, shared)

    async def archive(self) -> bytes:
        files = await self.files()
        return await asyncio.to_thread(archive, files, f"{self.product.domain}-{self.product.name}")

    async def changes_since(self, at: str) -> tuple[PlanChange, ...]:
        """From the plan as of `at` to the present one. One change of the whole plan when there was no product then."""
        rows = await self._store.read(AT, ids=[self.product.id], at=at)
        if not rows:
            return plan_changes(None, self.plan)
        (_, document, contract, written) = rows[0]
        defaults = defaults_then(written[0], self.product.domain) if written else None
        defaults = self._defaults_json if defaults is None else defaults
        settings = from_json(defaults or "{}").infrastructure
        before = make_plan(from_document(document), Contract(*contract) if contract else None, settings)
        return plan_changes(before, self.plan)

    @property
    def present(self) -> tuple[Resource, ...]:
        """The resources of the plan that was last provisioned."""
        return tuple(one for one in self.resources if one.state not in (ResourceState.OBSOLETE, ResourceState.RELEASED))

    @property
    def state(self) -> str:
        """NOT_PROVISIONED, PARTIAL or PROVISIONED."""
        applied = sum(one.state == ResourceState.APPLIED for one in self.present)
        if not applied:
            return "NOT_PROVISIONED"
        return "PROVISIONED" if applied == len(self.present) else "PARTIAL"

    @property
    def message(self) -> str:
        count = len(self.present)
        applied = sum(one.state == ResourceState.APPLIED for one in self.present)
        waiting = sum(one.state == ResourceState.PLANNED for one in self.present)
        if waiting and self.job is not None and self.job.state != JobState.FINISHED:
            return f"{applied} of {count} resources are applied, and {waiting} wait for the job."
        match self.state:
            case "NOT_PROVISIONED" if not count:
                return (
                    "Nothing was applied from here: the files are the product; download them and apply them with your "
                    "own tools."
                )
            case "NOT_PROVISIONED":
                return f"None of {count} resources is applied; each says why not."
            case "PROVISIONED":
                return f"All {count} resources that were asked for are applied."
        return f"{applied} of {count} resources are applied; the others say why not."


def defaults_then(event: str, domain: str) -> str | None:
    """What the audit event left of the domain's defaults; None where it does not say."""
    after = orjson.loads(event)
    changed = [one["after"] or {} for one in after["changes"]] if "changes" in after else [after]
    return next((one["defaultsJson"] for one in changed if one.get("name") == domain and "defaultsJson" in one), None)


async def infrastructures(store: Store, ids: Sequence[str]) -> list[Infrastructure | None]:
    """Aligned with `ids`; None where there is no such product."""
    rows = await store.read(OF_PRODUCTS, ids=list(ids))
    stored: DataLoader[str, list[BucketRule]] = DataLoader(partial(bucket_rules, store))
    infrastructure_by_id = {}
    for product, contract, defaults, resources, recorded, jobs in rows:
        terms = Contract(*contract) if contract else None
        lists = (resources, recorded, jobs)
        infrastructure_by_id[product[0]] = Infrastructure(store, Product(*product), terms, defaults, *lists, stored)
    return [infrastructure_by_id.get(id) for id in ids]


async def bucket_rules(store: Store, domains: Sequence[str]) -> list[list[BucketRule]]:
    """The lifecycle rules of all products with storage, aligned with the names of their domains."""
    rules: dict[str, list[BucketRule]] = {}
    for name, defaults, product, contract in await store.read(STORED, domains=list(domains)):
        settings = from_json(defaults or "{}").infrastructure
        plan = make_plan(Product(*product), Contract(*contract) if contract else None, settings)
        if plan.storage is not None:
            rules.setdefault(name, []).append(BucketRule(plan.product, plan.storage))
    return [rules.get(name, []) for name in domains]


def infrastructure_loader(loaders: RequestScope) -> DataLoader[str, Infrastructure | None]:
    """By the product's id."""

    async def load(ids: list[str]) -> list[Infrastructure | None]:
        return await infrastructures(loaders.store, ids)

    return DataLoader(load)


def usage_loader(loaders: RequestScope) -> DataLoader[str, Usage | None]:
    """By the product's id."""
    return DataLoader(partial(usages, loaders.store))
