"""Stores a quality result that another tool computed as a finished run, marked with its origin."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, LiteralString

import orjson

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model import clock
from resolvers.model.access import Action, Caller
from resolvers.model.canonical_json import canonical
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.json_fields import access_points
from resolvers.model.records import Product
from resolvers.mutations.locked_product import see_product
from resolvers.mutations.quality_run_execute import values_of
from resolvers.quality.checks import thresholds_of
from resolvers.quality.records import RUN, QualityRun
from resolvers.quality.reports import BadReport, Report, ReportFormat, parse_report
from resolvers.quality.scores import CheckResult, result_of
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

OWN_ORIGIN = "meshweave"
FUTURE = timedelta(minutes=5)

STANDING: LiteralString = f"""
MATCH (p:DataProduct {{id: $id}})
OPTIONAL MATCH (c:DataContract {{productId: p.id}})
WHERE CASE WHEN $version IS NULL THEN c.id = p.contractId ELSE c.version = $version END
WITH p, c LIMIT 1
OPTIONAL MATCH (r:QualityRun {{id: $run}})
RETURN [c.version, c.qualityJson, CASE WHEN r IS NULL THEN null ELSE {RUN} END,
  COLLECT {{ MATCH (p)-[:HAS_QUALITY_RUN]->(o:QualityRun {{state: 'FINISHED'}})
    RETURN [o.finishedAt, o.passed] ORDER BY o.finishedAt DESC LIMIT 1 }}]
"""
CREATE: LiteralString = f"""
MATCH (p:DataProduct {{id: $run.productId}})
CREATE (p)-[:HAS_QUALITY_RUN]->(r:QualityRun) SET r = $run
RETURN {RUN}
"""


async def submit_report(
    store: Store,
    caller: Caller,
    product_id: str,
    document: Any,
    form: ReportFormat | None = None,
    access_point: str | None = None,
    options: WriteOptions = DEFAULTS,
) -> Outcome:
    """`document` is JSON of the format, which is recognised when not given. The same document is kept once.

    `thing` is the `QualityRun`. Faults: INVALID_INPUT for what is not a report, NOT_FOUND for the product, the access
    point or the contract version, FORBIDDEN.
    """

    def plan() -> Write:
        try:
            report = parse_report(document, form)
        except BadReport as error:
            raise UserFault(UserErrorCode.INVALID_INPUT, str(error), ("report",)) from None
        if report.origin.lower() == OWN_ORIGIN:
            message = "That origin is reserved for runs of this server; name the tool that computed the report."
            raise UserFault(UserErrorCode.INVALID_INPUT, message, ("report", "origin"))
        if access_point is not None:
            report = report._replace(access_point=access_point)
        return _plan(caller, product_id, document, report)

    return await write(store, caller, Action.WRITE_PRODUCT, plan, options)


def _plan(caller: Caller, product_id: str, document: Any, report: Report) -> Write:
    digest = sha256(canonical([product_id, report.access_point, document]).encode()).hexdigest()
    run_id = f"qrn_{digest[:32]}"

    async def look(tx: Transaction, products: Products) -> LockedState:
        return see_product(products, product_id, ("productId",))

    async def apply(tx: Transaction, product: Product, now: str) -> Change:
        named(product, report)
        standing = await tx.run(STANDING, id=product.id, version=report.contract_version, run=run_id)
        version, quality, access_points, latest = standing
        if access_points is not None:
            return Change(QualityRun(*access_points), "DATA_PRODUCT", product.id, product.domain, changed=False)
        if report.contract_version is not None and version is None:
            message = f"'{product.name}' has no contract {report.contract_version}."
            raise UserFault(UserErrorCode.NOT_FOUND, message, ("report", "contractVersion"))
        finished = moment(report, now)
        row = {
            "id": run_id,
            "productId": product.id,
            "accessPoint": report.access_point or "",
            "origin": report.origin,
            "requestedBy": caller.name,
            "contractVersion": version,
            "startedAt": min(report.started_at or finished, finished),
            "finishedAt": finished,
            **values_of(judged(report, orjson.loads(quality or "[]"))),
        }
        run = QualityRun(*await tx.run(CREATE, run=row))
        before = latest[0][1] if latest else None
        newest = not latest or latest[0][0] <= finished
        news = newest and run.passed is not None and run.passed != (True if before is None else before)
        after = {
            "urn": product.urn,
            "qualityRun": run.id,
            "origin": run.origin,
            "passed": run.passed,
            "overall": run.overall,
            "verdictChanged": news,
        }
        return Change(run, "DATA_PRODUCT", product.id, product.domain, {"passed": before}, after)

    locks = Locks((product_id,), products=(product_id,))
    return Write("qualityReportSubmit", Action.WRITE_PRODUCT, [product_id, digest], locks, NOTHING, look, apply)


def named(product: Product, report: Report) -> None:
    names = [point.name for point in access_points(product.access_points_json)]
    if report.access_point is not None and report.access_point not in names:
        message = f"'{product.name}' has no access point of that name; it has {', '.join(names) or 'none'}."
        raise UserFault(UserErrorCode.NOT_FOUND, message, ("accessPoint",))


def moment(report: Report, now: str) -> str:
    """When the result was computed: what the report says, which is not in the future."""
    finished = report.finished_at or report.started_at or now
    if clock.from_text(finished) > clock.from_text(now) + FUTURE:
        raise UserFault(UserErrorCode.INVALID_INPUT, "The report is of the future.", ("report", "finishedAt"))
    return min(finished, now)


def judged(report: Report, quality: list[Mapping[str, Any]]) -> Any:
    """With verdicts by the contract's thresholds where the report has none."""
    thresholds = thresholds_of(quality)
    checks = [with_verdict(check, thresholds) for check in report.checks]
    return result_of(report.rows, report.newest, [], checks, thresholds, None)


def with_verdict(check: CheckResult, thresholds: Mapping[str, float]) -> CheckResult:
    if check.passed is not None or check.score is None:
        return check
    return check._replace(passed=check.score >= thresholds[check.dimension])
