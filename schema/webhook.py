"""Webhooks, and what could not be delivered to them."""

from typing import Any

import strawberry
from strawberry import Parent

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
    "What a webhook is told of.",
    VIOLATION="Writes that a policy warned of, or that a waiver let pass.",
    CHANGE_REQUEST="Breaking contracts, what their consumers say, and contracts whose date has come.",
    STATUS_CHANGE="Products that moved along their life.",
    ALL="Every write.",
)
describe(
    records.LetterState,
    "DeadLetterState",
    "What became of an event that could not be delivered.",
    DEAD="Given up.",
    QUEUED="Somebody asked to send it again.",
    DELIVERED="That worked.",
)


@strawberry.type(description="An event that could not be delivered; `webhookRedeliver` sends it again.")
class DeadLetter:
    id: strawberry.ID = strawberry.field(description="For `webhookRedeliver`.")
    seq: int = strawberry.field(description="The number of the event.")
    event_id: strawberry.ID = strawberry.field(description="The id of the event; `node` finds it.")
    state: LetterState = strawberry.field(description="What became of it.")
    attempts: int = strawberry.field(description="How often it was tried.")
    last_error: str = strawberry.field(description="How the last try failed.")
    at: DateTime = strawberry.field(description="When it was given up.")
    delivered_at: DateTime | None = strawberry.field(description="When it was delivered after all.")


DeadLetterConnection = Connection[DeadLetter]


@strawberry.type(description="An address that is told of events by signed HTTP requests; see docs/notifications.md.")
class Webhook:
    id: strawberry.ID = strawberry.field(description="For `webhookRetire` and `webhookRedeliver`.")
    url: str = strawberry.field(description="Where the events are posted.")
    events: list[WebhookEventKind] = strawberry.field(description="What it is told of.")
    domain: str | None = strawberry.field(description="The domain whose events it is told of; null: the whole mesh.")
    active: bool = strawberry.field(description="Whether it is told of anything; false once retired.")
    created_by: str = strawberry.field(description="Who registered it.")
    created_at: DateTime = strawberry.field(description="When.")
    retired_at: DateTime | None = strawberry.field(description="When it was retired.")
    cursor_seq: int = strawberry.field(
        description="Up to this event all was delivered, given up or not meant for it; numbers nobody wants may lag."
    )
    last_delivered_seq: int | None = strawberry.field(description="The last event that was delivered.")
    last_delivered_at: DateTime | None = strawberry.field(description="When.")
    failures: int = strawberry.field(description="How many tries in a row failed; 0 when all is well.")
    next_attempt_at: DateTime | None = strawberry.field(description="When it is tried again after a failure.")
    last_error: str | None = strawberry.field(description="How the last try failed; null when it did not.")

    @strawberry.field(description="What could not be delivered, by the number of the event.")
    def dead_letters(
        webhook: Parent[records.Webhook], info: Info, first: First = None, after: After = None
    ) -> DeadLetterConnection:
        return read.letters_of(info.context.loaders, webhook, first, after)

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        return isinstance(obj, records.Webhook)


WebhookConnection = Connection[Webhook]


@strawberry.input(description="A webhook to register.")
class WebhookInput:
    url: str = strawberry.field(description="http or https, without a login; on the public internet unless allowed.")
    events: list[WebhookEventKind] = strawberry.field(description="What to be told of: one kind or more.")
    domain: str | None = strawberry.field(
        default=None, description="Only events of this domain. Without one it takes role governance."
    )


def to_webhook_input(given: WebhookInput) -> webhook_register.WebhookInput:
    return webhook_register.WebhookInput(given.url, tuple(kind.value for kind in given.events), given.domain)


@strawberry.type(description="The outcome of a write to a webhook.")
class WebhookPayload(Payload):
    @strawberry.field(description="The webhook; null when refused.")
    def webhook(outcome: Parent[Outcome]) -> Webhook | None:
        return outcome.thing

    @strawberry.field(
        description="What its deliveries are signed with: told to who registers it, and never again. Keep it."
    )
    def secret(outcome: Parent[Outcome]) -> str | None:
        return outcome.extra.get("secret")
