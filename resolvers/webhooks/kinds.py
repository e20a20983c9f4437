"""Kinds of events, and which events match a webhook."""

from collections.abc import Iterator
from typing import Any, LiteralString

import orjson

from resolvers.model.ids import product_urn
from resolvers.model.records import AuditEvent
from resolvers.webhooks.records import Webhook, WebhookEventKind

HITS = frozenset({"WARNED", "VIOLATED", "WAIVED"})
CHANGE_ACTIONS = frozenset({"dataContractActivate"})
MEASURED = {
    "serviceLevelsRecord": WebhookEventKind.SLA_BREACH,
    "qualityVerdictRecord": WebhookEventKind.QUALITY_FAILED,
}

# Preselects events in the database, so that others are not transferred. The log's JSON is canonical.
CANDIDATE: LiteralString = """('ALL' IN $kinds
    OR ('VIOLATION' IN $kinds AND any(v IN ['WARNED', 'VIOLATED', 'WAIVED'] WHERE e.judgedJson CONTAINS v))
    OR ('CHANGE_REQUEST' IN $kinds AND (e.action STARTS WITH 'changeRequest' OR e.action = 'dataContractActivate'
      OR e.subjectKind = 'CHANGE_REQUEST'))
    OR ('SLA_BREACH' IN $kinds AND e.action = 'serviceLevelsRecord')
    OR ('QUALITY_FAILED' IN $kinds AND (e.action = 'qualityVerdictRecord' OR
      (e.action = 'qualityReportSubmit' AND e.afterJson CONTAINS '"verdictChanged":true')))
    OR ('STATUS_CHANGE' IN $kinds AND e.subjectKind = 'DATA_PRODUCT' AND e.beforeJson IS NOT NULL))
  AND ($domain IS NULL OR e.domain = $domain OR
    (e.subjectKind IN ['CHANGE_REQUEST', 'BATCH'] AND e.afterJson CONTAINS $domain))"""


def kinds_of(event: AuditEvent) -> frozenset[WebhookEventKind]:
    """Kinds of the event; every event is one of ALL."""
    return frozenset(_kinds(event)) | {WebhookEventKind.ALL}


def _kinds(event: AuditEvent) -> Iterator[WebhookEventKind]:
    if any(judged.get("verdict") in HITS for judged in orjson.loads(event.judged_json)):
        yield WebhookEventKind.VIOLATION
    requested = event.subject_kind == "CHANGE_REQUEST" or event.action.startswith("changeRequest")
    if requested or event.action in CHANGE_ACTIONS:
        yield WebhookEventKind.CHANGE_REQUEST
    if event.action in MEASURED:
        yield MEASURED[event.action]
    elif event.action == "qualityReportSubmit":
        if orjson.loads(event.after_json or "{}").get("verdictChanged"):
            yield WebhookEventKind.QUALITY_FAILED
    elif event.subject_kind == "DATA_PRODUCT" and _status(event.before_json) not in (None, _status(event.after_json)):
        yield WebhookEventKind.STATUS_CHANGE


def _status(text: str | None) -> Any:
    return orjson.loads(text).get("status") if text else None


def wants(webhook: Webhook, event: AuditEvent) -> bool:
    return not kinds_of(event).isdisjoint(webhook.events) and concerns(webhook.domain, event)


def concerns(domain: str | None, event: AuditEvent) -> bool:
    """An event concerns its own domain. A change request also concerns each domain that must answer it. An import makes
    an event for each domain; an event of an older log without a domain concerns every domain in it."""
    if domain is None or event.domain == domain:
        return True
    after = orjson.loads(event.after_json) if event.after_json else {}
    if event.subject_kind == "CHANGE_REQUEST":
        return any(approval["domain"] == domain for approval in after.get("approvals", ()))
    if event.subject_kind == "BATCH" and event.domain is None:
        urns = (product["urn"] for product in after.get("products", ()))
        return any(urn.startswith(product_urn(domain, "")) for urn in urns) or any(
            (change.get("after") or {}).get("domain") == domain for change in after.get("changes", ())
        )
    return False
