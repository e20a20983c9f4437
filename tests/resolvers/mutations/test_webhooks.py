"""Mutations of webhooks: who may, what is refused, and that the secret shows nowhere."""

import json
from datetime import timedelta

import pytest

from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR, ANONYMOUS
from resolvers.model.errors import UserFault
from resolvers.mutations.webhook_redeliver import redeliver_webhook
from resolvers.mutations.webhook_register import WebhookInput, register_webhook
from resolvers.mutations.webhook_retire import retire_webhook
from resolvers.mutations.webhook_rotate_secret import rotate_webhook_secret
from resolvers.webhooks.addresses import BadAddress, addresses_of, is_public, target_of
from resolvers.webhooks.read import find, listing
from resolvers.writes.pipeline import WriteOptions
from tests.checksum import checksum
from tests.graphql_execution import ask
from tests.writes import OTHER_OWNER, READER, SALES_OWNER, a_domain, audit_actions, done, faults

URL = "http://127.0.0.1:9/hook/very-private"
SALES = WebhookInput(URL, ("STATUS_CHANGE",), "sales")
MESH = WebhookInput(URL, ("ALL", "ALL"))


async def test_the_secret_is_told_once_and_is_in_no_log_or_listing(store):
    outcome = await register_webhook(store, ADMINISTRATOR, MESH, WriteOptions(idempotency_key="k"), private=True)
    webhook, secret = done(outcome), outcome.extra["secret"]
    assert (webhook.events, webhook.cursor_seq, webhook.domain) == (["ALL"], 0, None)
    assert secret.startswith("whsec_")
    assert await store.read("MATCH (w:Webhook) RETURN collect(w.secret)") == [secret]
    others = await store.read("MATCH (n) WHERE NOT n:Webhook RETURN collect(properties(n))")
    assert secret not in json.dumps(others)
    (event,) = (await ask(store, "{ auditEvents { nodes { action subjectKind after } } }", caller=READER))[
        "auditEvents"
    ]["nodes"]
    assert (event["action"], event["subjectKind"]) == ("webhookRegister", "WEBHOOK")
    assert event["after"]["server"] == "http://127.0.0.1:9"
    assert "very-private" not in json.dumps(event)
    assert secret not in repr(await find(store, ADMINISTRATOR, webhook.id))
    again = await register_webhook(store, ADMINISTRATOR, MESH, WriteOptions(idempotency_key="k"), private=True)
    assert (again.thing, again.extra) == (webhook, {"secret": secret})  # a lost reply is not a lost secret


async def test_a_dry_run_registers_nothing(store):
    before = await checksum(store)
    outcome = await register_webhook(store, ADMINISTRATOR, MESH, WriteOptions(dry_run=True), private=True)
    assert (outcome.thing.url, outcome.extra.get("secret"), outcome.dry_run) == (URL, None, True)
    assert await checksum(store) == before


@pytest.mark.parametrize(
    ("caller", "given", "code"),
    [
        (READER, MESH, "FORBIDDEN"),
        (READER, SALES, "FORBIDDEN"),
        (SALES_OWNER, MESH, "FORBIDDEN"),
        (OTHER_OWNER, SALES, "FORBIDDEN"),
        (ANONYMOUS, MESH, "UNAUTHENTICATED"),
    ],
)
async def test_who_may_not_register_leaves_no_trace(store, caller, given, code):
    await a_domain(store)
    before = await checksum(store)
    outcome = await register_webhook(store, caller, given, private=True)
    assert [fault[0] for fault in faults(outcome)] == [code]
    assert "secret" not in outcome.extra
    assert await checksum(store) == before


async def test_owners_see_and_retire_their_own(store):
    await a_domain(store)
    mine = done(await register_webhook(store, SALES_OWNER, SALES, private=True))
    theirs = done(await register_webhook(store, ADMINISTRATOR, MESH, private=True))

    async def seen(caller):
        return [webhook.id for webhook in await listing(store, caller, None, False, None, None).items()]

    assert await seen(SALES_OWNER) == [mine.id]
    assert await seen(ADMINISTRATOR) == [mine.id, theirs.id]
    assert await seen(READER) == []
    assert await find(store, SALES_OWNER, theirs.id) is None
    with pytest.raises(UserFault, match="sign in"):
        listing(store, ANONYMOUS, None, False, None, None)
    before = await checksum(store)
    for caller, webhook in ((SALES_OWNER, theirs), (OTHER_OWNER, mine), (READER, mine)):
        for refused in (
            await retire_webhook(store, caller, webhook.id),
            await redeliver_webhook(store, caller, webhook.id),
            await rotate_webhook_secret(store, caller, webhook.id),
        ):
            assert [fault[0] for fault in faults(refused)] == ["FORBIDDEN"]
    assert await checksum(store) == before
    assert done(await retire_webhook(store, SALES_OWNER, mine.id)).retired_at is not None
    assert faults(await retire_webhook(store, SALES_OWNER, mine.id)) == [("INVALID_INPUT", ("id",))]
    assert faults(await redeliver_webhook(store, SALES_OWNER, mine.id)) == [("INVALID_INPUT", ("id",))]
    assert faults(await rotate_webhook_secret(store, SALES_OWNER, mine.id)) == [("INVALID_INPUT", ("id",))]
    assert faults(await rotate_webhook_secret(store, SALES_OWNER, "whk_none")) == [("NOT_FOUND", ("id",))]
    assert await seen(SALES_OWNER) == []
    assert await audit_actions(store) == ["domainRegister", "webhookRegister", "webhookRegister", "webhookRetire"]


SECRETS = "MATCH (w:Webhook) RETURN [w.secret, w.formerSecret]"


async def test_a_new_secret_is_told_once_and_the_former_one_is_kept_for_a_day(store):
    registered = await register_webhook(store, ADMINISTRATOR, MESH, private=True)
    first = registered.extra["secret"]
    before = await checksum(store)
    dry = await rotate_webhook_secret(store, ADMINISTRATOR, registered.thing.id, WriteOptions(dry_run=True))
    assert (dry.thing.id, dry.extra, dry.dry_run) == (registered.thing.id, {}, True)
    assert await checksum(store) == before

    key = WriteOptions(idempotency_key="rotate")
    rotated = await rotate_webhook_secret(store, ADMINISTRATOR, registered.thing.id, key)
    second = rotated.extra["secret"]
    assert (done(rotated), second != first, second[:6]) == (registered.thing, True, "whsec_")
    assert await store.read(SECRETS) == [second, first]
    again = await rotate_webhook_secret(store, ADMINISTRATOR, registered.thing.id, key)
    assert (again.extra, await store.read(SECRETS)) == ({"secret": second}, [second, first])

    (event, *_) = (await ask(store, "{ auditEvents { nodes { at action after } } }", caller=READER))["auditEvents"][
        "nodes"
    ]
    assert event["action"] == "webhookRotateSecret"
    until = clock.from_text(event["after"]["formerSecretUntil"])
    assert until - clock.from_text(event["at"]) == timedelta(days=1)
    others = json.dumps(await store.read("MATCH (n) WHERE NOT n:Webhook RETURN collect(properties(n))"))
    assert (first in others, second in others) == (False, False)

    third = (await rotate_webhook_secret(store, ADMINISTRATOR, registered.thing.id)).extra["secret"]
    assert await store.read(SECRETS) == [third, second]
    done(await retire_webhook(store, ADMINISTRATOR, registered.thing.id))
    assert await store.read(SECRETS) == [None, None]


async def test_redelivery_is_of_what_was_passed(store):
    webhook = done(await register_webhook(store, ADMINISTRATOR, MESH, private=True))
    assert faults(await redeliver_webhook(store, ADMINISTRATOR, webhook.id, 2)) == [("INVALID_INPUT", ("fromSeq",))]
    assert faults(await redeliver_webhook(store, ADMINISTRATOR, "dlq_none", 1)) == [("INVALID_INPUT", ("fromSeq",))]
    for unknown in ("dlq_none", "whk_none", "prd_none", ""):
        assert faults(await redeliver_webhook(store, ADMINISTRATOR, unknown)) == [("NOT_FOUND", ("id",))]
    assert done(await redeliver_webhook(store, ADMINISTRATOR, webhook.id, 1)).cursor_seq == 0


async def test_over_graphql(store):
    query = """mutation($input: WebhookInput!) { webhookRegister(input: $input, dryRun: true) {
      secret webhook { id } userErrors { code field message } } }"""
    given = {"url": "http://127.0.0.1/", "events": ["VIOLATION"]}
    refused = (await ask(store, query, caller=ADMINISTRATOR, input=given))["webhookRegister"]
    (error,) = refused["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", ["input", "url"])
    assert "MESHWEAVE_WEBHOOK_PRIVATE_ADDRESSES" in error["message"]
    done(await register_webhook(store, ADMINISTRATOR, MESH, private=True))
    listed = "{ webhooks { totalCount nodes { url events active failures nextAttemptAt deadLetters { totalCount } } } }"
    assert (await ask(store, listed, caller=ADMINISTRATOR))["webhooks"] == {
        "totalCount": 1,
        "nodes": [
            {
                "url": URL,
                "events": ["ALL"],
                "active": True,
                "failures": 0,
                "nextAttemptAt": None,
                "deadLetters": {"totalCount": 0},
            }
        ],
    }


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://user:password@example.com/",
        "https://user@example.com/",
        "//example.com/",
        "https://",
        "https://example.com:99999/",
        "https://example.com/#part",
        "https://example.com/\n",
        "https://exämple.com/",
        "javascript:alert(1)",
        "https://example.com/" + "x" * 2_048,
    ],
)
def test_what_is_no_address(url):
    with pytest.raises(BadAddress):
        target_of(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "224.0.0.1", "255.255.255.255", "2130706433", "127.1", "0x7f.1",
    ],
)  # fmt: skip
async def test_private_addresses_however_written(host):
    with pytest.raises(BadAddress):
        await addresses_of(target_of(f"http://{host}/"))


def test_public_addresses():
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")
    assert not is_public("fe80::1%eth0")
