"""An audit event: the changes of one write, its caller and the policies that judged it."""

from typing import Any

import strawberry
from strawberry import Parent

from resolvers.audit import queries, stream
from resolvers.model import json_fields, records
from schema.connection import Connection
from schema.context import Info
from schema.node import Node
from schema.product_reference import to_product_id
from schema.scalars import JSON, DateTime


@strawberry.federation.type(
    keys=["id"],
    description="One write. The log is append-only, and the hash of each event covers all events before it.",
)
class AuditEvent(Node):
    seq: int = strawberry.field(description="Sequence number, without gaps, in commit order.")
    at: DateTime = strawberry.field(description="Time of the event.")
    actor: str = strawberry.field(description="Name of the caller.")
    action: str = strawberry.field(description="Name of the mutation, e.g. dataProductCreate.")
    subject_kind: str = strawberry.field(description="Kind of the changed object, e.g. DATA_PRODUCT.")
    subject_id: str = strawberry.field(
        description="Id of the changed object; for a dependency, the id of its consumer."
    )
    domain: str | None = strawberry.field(description="Name of the domain that it belongs to; null for the whole mesh.")
    previous_hash: str = strawberry.field(description="Hash of the previous event; empty for the first.")
    hash: str = strawberry.field(description="SHA-256 over the previous hash and this event.")

    @strawberry.field(description="Position in the log, for the argument `after` of `catalogEvents`.")
    def cursor(event: Parent[records.AuditEvent]) -> str:
        return stream.cursor_of(event)

    @strawberry.field(description="The object before the write; null if it was created.")
    def before(event: Parent[records.AuditEvent]) -> JSON | None:
        return json_fields.document(event.before_json)

    @strawberry.field(description="The object after the write; null if it was removed.")
    def after(event: Parent[records.AuditEvent]) -> JSON | None:
        return json_fields.document(event.after_json)

    @strawberry.field(description="The policies that judged the write, with their verdicts.")
    def judged(event: Parent[records.AuditEvent]) -> JSON:
        return json_fields.document(event.judged_json)

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.AuditEvent)


AuditEventConnection = Connection[AuditEvent]


@strawberry.input(description="Filters audit events. Every given condition must hold.")
class AuditFilter:
    subject_kind: str | None = strawberry.field(default=None, description="Kind of subject, e.g. DATA_PRODUCT.")
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the changed object, or urn of the product."
    )
    domain: str | None = strawberry.field(default=None, description="Name of the domain.")
    actor: str | None = strawberry.field(default=None, description="Name of the caller.")
    action: str | None = strawberry.field(default=None, description="Name of the mutation.")
    since: DateTime | None = strawberry.field(default=None, description="Only events at or after this time.")
    until: DateTime | None = strawberry.field(default=None, description="Before this time.")


async def to_audit_filter(info: Info, payload: AuditFilter | None) -> queries.AuditFilter:
    if payload is None:
        return queries.AuditFilter()
    subject = payload.subject_id and await to_product_id(info, payload.subject_id)
    return queries.AuditFilter(**{**vars(payload), "subject_id": subject})
