"""Body, headers and signature of a webhook request."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import orjson

from resolvers.audit.stream import cursor_of
from resolvers.model.records import AuditEvent
from resolvers.webhooks.kinds import kinds_of
from resolvers.webhooks.records import Webhook

SIGNATURE, EVENT, DELIVERY = "Meshweave-Signature", "Meshweave-Event", "Meshweave-Delivery"
SECRET_PREFIX = "whsec_"


def body_of(webhook: Webhook, event: AuditEvent) -> bytes:
    """JSON body. It is byte-identical each time the event is sent."""
    return orjson.dumps(
        {
            "webhook": webhook.id,
            "kinds": sorted(kinds_of(event) - {"ALL"}),
            "event": {
                "id": event.id,
                "seq": event.seq,
                "cursor": cursor_of(event),
                "at": event.at,
                "actor": event.actor,
                "action": event.action,
                "subjectKind": event.subject_kind,
                "subjectId": event.subject_id,
                "domain": event.domain,
                "before": parsed(event.before_json),
                "after": parsed(event.after_json),
                "judged": parsed(event.judged_json),
            },
        }
    )


def parsed(text: str | None) -> Any:
    return orjson.loads(text) if text is not None else None


def delivery_id(webhook: Webhook, event: AuditEvent) -> str:
    """Delivery id, equal for every attempt, so that receivers can detect duplicates."""
    return f"dlv_{sha256(f'{webhook.id}/{event.id}'.encode()).hexdigest()[:32]}"


def signature(secrets: Sequence[str], timestamp: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `<t>.<body>`; one `v1` for each secret."""
    signed = (hmac.new(secret.encode(), b"%d.%s" % (timestamp, body), sha256).hexdigest() for secret in secrets)
    return ",".join((f"t={timestamp}", *(f"v1={one}" for one in signed)))


def standard_signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """By https://www.standardwebhooks.com: `v1,<base64>` of HMAC-SHA256 over `<id>.<t>.<body>`, whose key is what the
    secret holds in base64."""
    text = secret.removeprefix(SECRET_PREFIX).translate(URL_SAFE)
    key = b64decode(text + "=" * (-len(text) % 4))
    signed = hmac.new(key, b"%s.%d.%s" % (message.encode(), timestamp, body), sha256).digest()
    return f"v1,{b64encode(signed).decode()}"


# Secrets of earlier versions have the alphabet of URLs.
URL_SAFE = str.maketrans("-_", "+/")


def headers_of(
    webhook: Webhook, event: AuditEvent, secrets: Sequence[str], timestamp: int, body: bytes
) -> dict[str, str]:
    """Signed with each of the secrets, as Standard Webhooks asks for while one replaces another."""
    delivery = delivery_id(webhook, event)
    return {
        "content-type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(standard_signature(one, delivery, timestamp, body) for one in secrets),
        SIGNATURE: signature(secrets, timestamp, body),
        EVENT: str(event.seq),
        DELIVERY: delivery,
    }
