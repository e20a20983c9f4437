"""Webhooks and their dead letters."""

from typing import Any

import strawberry
from strawberry import Parent

from resolvers.loading.snapshots import present
from resolvers.mutations import webhook_register
from resolvers.webhooks import read, records
from resolvers.webhooks.records import LetterState, WebhookEventKind
from resolvers.writes.pipeline import Outcome
from schema.arguments import After, First
from schema.connection import Connection
from schema.context import Info
from schema.enums import describe
from schema.payloads import Payload
from schema.scalars import DateTime

describe(
    records.WebhookEventKind,
    "WebhookEventKind",
    "Event kind of a webhook.",
    VIOLATION="Writes with warnings of an advisory policy or with waived findings.",
    CHANGE_REQUEST=("Change requests, their answers and publication, and scheduled contracts that take effect."),
    STATUS_CHANGE="Products whose status changed.",
    SLA_BREACH="Promised service levels that are broken, or kept again.",
    QUALITY_FAILED="Products whose quality run fails, or passes again.",
    ALL="All writes.",
)
describe(
    records.LetterState,
    "DeadLetterState",
    "State of an event that could not be delivered.",
    DEAD="Delivery was given up.",
    QUEUED="Queued to be sent again.",
    DELIVERED="Sent again with success.",
)


@strawberry.type(description="An event that could not be delivered; `webhookRedeliver` sends it again.")
class DeadLetter:
    id: strawberry.ID = strawberry.field(description="Opaque and stable; `webhookRedeliver` takes it.")
    seq: int = strawberry.field(description="The number of the event.")
    event_id: strawberry.ID = strawberry.field(description="The id of the event; `node` finds it.")
    state: LetterState = strawberry.field(description="Delivery state.")
    attempts: int = strawberry.field(description="Number of attempts.")
    last_error: str = strawberry.field(description="Error of the last attempt.")
    at: DateTime = strawberry.field(description="When delivery was given up.")
    delivered_at: DateTime | None = strawberry.field(description="When it was delivered later; null if it was not.")


DeadLetterConnection = Connection[DeadLetter]


@strawberry.federation.type(
    keys=["id"], description="An address that receives events as signed HTTP requests; see docs/notifications.md."
)
class Webhook:
    id: strawberry.ID = strawberry.field(
        description="Opaque and stable; `webhookRetire`, `webhookRotateSecret` and `webhookRedeliver` take it."
    )
    url: str = strawberry.field(description="Address that receives the events.")
    events: list[WebhookEventKind] = strawberry.field(description="Kinds of events that it receives.")
    domain: str | None = strawberry.field(
        description="Name of the domain whose events it receives; null for the whole mesh."
    )
    active: bool = strawberry.field(description="False once it is retired.")
    created_by: str = strawberry.field(description="Name of the caller who registered it.")
    created_at: DateTime = strawberry.field(description="When it was registered.")
    retired_at: DateTime | None = strawberry.field(description="When it was retired.")
    cursor_seq: int = strawberry.field(
        description=(
            "All events up to this number are delivered, given up or do not match this webhook. "
            "It may lag behind events that do not match."
        )
    )
    last_delivered_seq: int | None = strawberry.field(description="Number of the last delivered event.")
    last_delivered_at: DateTime | None = strawberry.field(description="Time of the last delivery.")
    failures: int = strawberry.field(description="Number of consecutive failed attempts.")
    next_attempt_at: DateTime | None = strawberry.field(description="When the next attempt is made after a failure.")
    last_error: str | None = strawberry.field(description="Error of the last attempt; null if it succeeded.")

    @strawberry.field(description="Events that could not be delivered, ordered by number.")
    def dead_letters(
        webhook: Parent[records.Webhook], info: Info, first: First = None, after: After = None
    ) -> DeadLetterConnection | None:
        return read.letters_of(info.context.loaders, present(webhook), first, after)

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.Webhook)


WebhookConnection = Connection[Webhook]


@strawberry.input(description="A webhook to register.")
class WebhookInput:
    url: str = strawberry.field(
        description="http or https, without credentials; on the public internet unless a setting allows others."
    )
    events: list[WebhookEventKind] = strawberry.field(description="Kinds of events to receive, at least one.")
    domain: str | None = strawberry.field(
        default=None, description="Receive events of this domain only. Without a domain, role governance is required."
    )


def to_webhook_input(payload: WebhookInput) -> webhook_register.WebhookInput:
    return webhook_register.WebhookInput(payload.url, tuple(kind.value for kind in payload.events), payload.domain)


@strawberry.type(description="The outcome of a write to a webhook.")
class WebhookPayload(Payload):
    @strawberry.field(description="The webhook; null if the write was refused.")
    def webhook(outcome: Parent[Outcome]) -> Webhook | None:
        return outcome.thing

    @strawberry.field(description="Secret that signs the deliveries. It is shown once; store it.")
    def secret(outcome: Parent[Outcome]) -> str | None:
        return outcome.extra.get("secret")
