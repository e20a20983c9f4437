"""Registers a webhook: from now on its URL receives the events that it subscribes to."""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple
from urllib.parse import urlsplit

from resolvers.governance.governed_write import write
from resolvers.graph.store import Store, Transaction
from resolvers.model.access import Action, Caller
from resolvers.model.errors import UserErrorCode, UserFault
from resolvers.model.ids import Prefix, new_id
from resolvers.webhooks.addresses import BadAddress, addresses_of, target_of
from resolvers.webhooks.message import SECRET_PREFIX
from resolvers.webhooks.records import WEBHOOK, Webhook, WebhookEventKind
from resolvers.writes import validation
from resolvers.writes.judgement import NOTHING
from resolvers.writes.locking import Locks, Products
from resolvers.writes.pipeline import DEFAULTS, Change, LockedState, Outcome, Write, WriteOptions

URL = ("input", "url")


class WebhookInput(NamedTuple):
    """`domain` None: events of the whole mesh, which takes role governance."""

    url: str
    events: Sequence[str]
    domain: str | None = None


async def register_webhook(
    store: Store, caller: Caller, payload: WebhookInput, options: WriteOptions = DEFAULTS, private: bool = False
) -> Outcome:
    """`thing` is the `Webhook`, `extra["secret"]` what its deliveries are signed with; it is never shown again.
    `private`: addresses that are not on the public internet are taken.

    Faults: INVALID_INPUT (url, events), NOT_FOUND (domain), FORBIDDEN.
    """
    problem = None if caller.anonymous else await problem_with(payload.url, private)
    outcome = await write(store, caller, action_for(payload.domain), lambda: plan(caller, payload, problem), options)
    if outcome.thing is None or options.dry_run:
        return outcome
    # Read, not remembered: a stored answer to an idempotency key holds no secret, and a repeated call still gets it.
    return outcome._replace(extra={"secret": await store.read(SECRET, id=outcome.thing.id)})


SECRET: LiteralString = "MATCH (w:Webhook {id: $id}) RETURN w.secret"


def action_for(domain: str | None) -> Action:
    return Action.MANAGE_MESH_WEBHOOK if domain is None else Action.MANAGE_DOMAIN_WEBHOOK


async def problem_with(url: str, private: bool) -> str | None:
    try:
        await addresses_of(target_of(url), private)
    except BadAddress as error:
        return str(error)
    return None


def plan(caller: Caller, payload: WebhookInput, problem: str | None) -> Write:
    faults = validation.Faults()
    if problem:
        faults.add(URL, problem)
    if not payload.events or not set(payload.events) <= set(WebhookEventKind):
        faults.add(("input", "events"), f"Name the events to receive: {', '.join(WebhookEventKind)}.")
    faults.raise_any()

    async def look(tx: Transaction, products: Products) -> LockedState:
        if payload.domain is None:
            return LockedState()
        if await tx.run(DOMAIN, name=payload.domain) is None:
            message = f"There is no domain '{payload.domain[:200]}'."
            return LockedState(faults=(UserFault(UserErrorCode.NOT_FOUND, message, ("input", "domain")),))
        return LockedState(None, (payload.domain,))

    async def apply(tx: Transaction, _: Any, now: str) -> Change:
        row = await tx.run(REGISTER, webhook=_properties(caller, payload, now))
        webhook = Webhook(*row)
        return Change(webhook, "WEBHOOK", webhook.id, webhook.domain, None, document(webhook))

    return Write(
        name="webhookRegister",
        action=action_for(payload.domain),
        document=payload,
        locks=Locks(domain_names=(payload.domain,) if payload.domain else ()),
        touched=NOTHING,
        look=look,
        apply=apply,
    )


DOMAIN: LiteralString = "MATCH (d:Domain {name: $name}) RETURN d.name"
# It receives events from its own registration on: nothing of the past, and nothing is missed.
REGISTER: LiteralString = f"""
MATCH (t:AuditLog {{key: 'tail'}})
CREATE (w:Webhook) SET w = $webhook, w.cursorSeq = t.seq
RETURN {WEBHOOK}
"""


def _properties(caller: Caller, payload: WebhookInput, now: str) -> dict[str, Any]:
    return {
        "id": new_id(Prefix.WEBHOOK),
        "url": payload.url,
        "events": list(dict.fromkeys(payload.events)),
        "domain": payload.domain,
        "secret": new_secret(),
        "active": True,
        "queued": False,
        "failures": 0,
        "createdBy": caller.name,
        "createdAt": now,
    }


def new_secret() -> str:
    """In the form of Standard Webhooks."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(32)).decode()


def document(webhook: Webhook) -> dict[str, Any]:
    """For the audit log, which every reader sees: of the URL the server alone, since its path may be a secret."""
    parts = urlsplit(webhook.url)
    return {
        "id": webhook.id,
        "server": f"{parts.scheme}://{parts.netloc}",
        "events": webhook.events,
        "domain": webhook.domain,
        "active": webhook.active,
        "createdBy": webhook.created_by,
        "createdAt": webhook.created_at,
        "retiredAt": webhook.retired_at,
    }
