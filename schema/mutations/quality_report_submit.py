"""qualityReportSubmit."""

from typing import Any

import strawberry

from resolvers.mutations.quality_report_submit import submit_report
from resolvers.quality.reports import ReportFormat
from schema.arguments import ProductId
from schema.context import Info
from schema.input_conversion import mapping
from schema.mutations.quality_run import QualityRunPayload
from schema.payloads import DryRun, IdempotencyKey, options, written
from schema.product_reference import to_product_id
from schema.scalars import DateTime


@strawberry.input(description="One thing that a report counted or decided.")
class QualityCheckInput:
    id: str = strawberry.field(description="Id of the check.")
    dimension: str | None = strawberry.field(
        default=None, description="completeness, uniqueness, validity, consistency, accuracy, timeliness; else a rule."
    )
    field: str | None = strawberry.field(default=None, description="The field of the contract.")
    numerator: float | None = strawberry.field(default=None, description="Good values.")
    denominator: float | None = strawberry.field(default=None, description="Values that were looked at.")
    score: float | None = strawberry.field(default=None, description="0 to 1; default is numerator / denominator.")
    passed: bool | None = strawberry.field(
        default=None, description="Default is whether the score reaches the threshold of the contract."
    )
    reason: str | None = strawberry.field(default=None, description="Reason for a missing score.")
    samples: list[str] | None = strawberry.field(default=None, description="Keys of up to 20 rows that fail.")


@strawberry.input(description="A quality result of another tool.")
class QualityReportInput:
    origin: str = strawberry.field(description="Origin, e.g. the name of a tool.")
    checks: list[QualityCheckInput] = strawberry.field(description="Checks, at least one.")
    access_point: str | None = strawberry.field(default=None, description="Name of the access point that was checked.")
    contract_version: str | None = strawberry.field(default=None, description="Default is the contract in force.")
    started_at: DateTime | None = strawberry.field(default=None, description="When checking began.")
    finished_at: DateTime | None = strawberry.field(default=None, description="When it ended; default is now.")
    rows: int | None = strawberry.field(default=None, description="Rows that were checked.")
    newest: DateTime | None = strawberry.field(default=None, description="Time of the newest record.")


NAMES = {
    "access_point": "accessPoint",
    "contract_version": "contractVersion",
    "started_at": "startedAt",
    "finished_at": "finishedAt",
}


async def quality_report_submit(
    info: Info,
    product_id: ProductId,
    report: QualityReportInput,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> QualityRunPayload | None:
    product = await to_product_id(info, product_id)
    write_options, context = options(dry_run, idempotency_key), info.context
    document = {NAMES.get(key, key): value for key, value in mapping(report).items()}
    submitting = submit_report(
        context.store, context.caller, product, document, ReportFormat.MESHWEAVE, options=write_options
    )
    answer: Any = await written(info, submitting)
    return answer
