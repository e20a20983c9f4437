"""An audit event: what one write changed, who did it and which policies judged it."""

from typing import Any

import strawberry
from strawberry import Parent

from resolvers.audit import queries, stream
from resolvers.model import json_fields, records
from schema.connection import Connection
from schema.node import Node
from schema.scalars import JSON, DateTime


@strawberry.type(description="What one write did. The log is append-only, and each event's hash covers all before it.")
class AuditEvent(Node):
    seq: int = strawberry.field(description="Its number: without gaps, in commit order.")
    at: DateTime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who.")
    action: str = strawberry.field(description="The mutation's name, e.g. dataProductCreate.")
    subject_kind: str = strawberry.field(description="What kind of thing was changed, e.g. DATA_PRODUCT.")
    subject_id: str = strawberry.field(description="The id of what was changed; a dependency's is its consumer's.")
    domain: str | None = strawberry.field(description="The domain it belongs to; null: the whole mesh.")
    previous_hash: str = strawberry.field(description="The hash of the event before; empty for the first.")
    hash: str = strawberry.field(description="SHA-256 over the previous hash and this event.")

    @strawberry.field(description="Where it stands in the log: `after` of `catalogEvents` goes on behind it.")
    def cursor(event: Parent[records.AuditEvent]) -> str:
        return stream.cursor_of(event)

    @strawberry.field(description="The subject before; null when it was new.")
    def before(event: Parent[records.AuditEvent]) -> JSON | None:
        return json_fields.document(event.before_json)

    @strawberry.field(description="The subject after; null when it is gone.")
    def after(event: Parent[records.AuditEvent]) -> JSON | None:
        return json_fields.document(event.after_json)

    @strawberry.field(description="The policies that judged it, with their verdicts.")
    def judged(event: Parent[records.AuditEvent]) -> JSON:
        return json_fields.document(event.judged_json)

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.AuditEvent)


AuditEventConnection = Connection[AuditEvent]


@strawberry.input(description="Which events: all that is given must hold.")
class AuditFilter:
    subject_kind: str | None = strawberry.field(default=None, description="Kind of subject, e.g. DATA_PRODUCT.")
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="Id of what was changed.")
    domain: str | None = strawberry.field(default=None, description="Name of the domain.")
    actor: str | None = strawberry.field(default=None, description="Who did it.")
    action: str | None = strawberry.field(default=None, description="The mutation's name.")
    since: DateTime | None = strawberry.field(default=None, description="Not before.")
    until: DateTime | None = strawberry.field(default=None, description="Before.")


def to_audit_filter(given: AuditFilter | None) -> queries.AuditFilter:
    return queries.AuditFilter(**vars(given)) if given else queries.AuditFilter()
