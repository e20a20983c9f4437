"""Webhooks against a real receiver: signed, in order, exactly one replica at a time, retried, given up, sent again."""

import asyncio
import json
import re
import socket
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from graph_api import webhooks
from graph_api.neo4j.store import Neo4jStore
from graph_api.webhooks import Deliverer, seconds_of
from resolvers.interchange import import_mesh
from resolvers.model import clock
from resolvers.model.access import ADMINISTRATOR
from resolvers.model.records import ProductStatus
from resolvers.mutations.data_product_transition import transition_product
from resolvers.mutations.webhook_redeliver import redeliver_webhook
from resolvers.mutations.webhook_register import WebhookInput, register_webhook
from resolvers.mutations.webhook_retire import retire_webhook
from resolvers.mutations.webhook_rotate_secret import rotate_webhook_secret
from resolvers.webhooks.delivery import lease
from resolvers.webhooks.message import standard_signature
from resolvers.webhooks.read import find
from resolvers.webhooks.records import Webhook
from resolvers.writes.pipeline import Outcome
from tests.graph_api.receiver import Receiver, receiving
from tests.policies import a_policy
from tests.writes import a_domain, a_product, done

DOCUMENT = Path(__file__).parents[2] / "docs" / "notifications.md"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def deliverer(store: Neo4jStore) -> AsyncIterator[Deliverer]:
    made = Deliverer(lambda: store, private=True, max_attempts=2, backoff=0.001)
    yield made
    await made.close()


async def registered(store: Any, url: str, *events: str, domain: str | None = None) -> tuple[Webhook, str]:
    given = WebhookInput(url, events or ("ALL",), domain)
    outcome: Outcome = await register_webhook(store, ADMINISTRATOR, given, private=True)
    return done(outcome), outcome.extra["secret"]


async def deliver(deliverer: Deliverer, turns: int = 1) -> None:
    for _ in range(turns):
        await asyncio.sleep(0.01)  # past the wait after a failure
        await deliverer.turn()
        await deliverer.idle()


async def now(store: Any, webhook: Webhook) -> Webhook:
    found = await find(store, ADMINISTRATOR, webhook.id)
    assert found is not None
    return found


def is_ours(*given: Any) -> bool:
    """The receiver's part, as docs/notifications.md shows it."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["is_ours"](*given)


async def test_events_come_signed_in_order_and_once(store: Neo4jStore, receiver: Receiver, deliverer: Deliverer):
    await a_domain(store, "before")
    webhook, secret = await registered(store, receiver.url)
    for number in range(25):  # more than one batch
        await a_domain(store, f"d{number}")
    await deliver(deliverer, 2)
    assert receiver.seqs == list(range(2, 28))
    first = receiver.got[0]
    signature = first.headers["meshweave-signature"]
    assert is_ours(secret, signature, first.body)
    assert not is_ours("whsec_other", signature, first.body)
    assert not is_ours(secret, signature, first.body + b" ")
    assert not is_ours(secret, signature.replace("t=1", "t=2"), first.body)
    message, timestamp = first.headers["webhook-id"], int(first.headers["webhook-timestamp"])
    assert first.headers["webhook-signature"] == standard_signature(secret, message, timestamp, first.body)
    assert (message, b64decode(secret.removeprefix("whsec_"), validate=True)) == (
        first.headers["meshweave-delivery"],
        ANY,
    )
    assert (first.headers["meshweave-event"], first.headers["content-type"]) == ("2", "application/json")
    assert len({got.headers["meshweave-delivery"] for got in receiver.got}) == 26
    after = await now(store, webhook)
    assert (after.cursor_seq, after.last_delivered_seq, after.failures, after.last_error) == (27, 27, 0, None)


async def test_each_kind_and_domain_gets_its_own(store: Neo4jStore, receiver: Receiver, deliverer: Deliverer):
    hooks = {
        (kind, domain): (await registered(store, f"{receiver.url}&{kind}", kind, domain=domain))[0]
        for kind in ("VIOLATION", "STATUS_CHANGE", "CHANGE_REQUEST")
        for domain in (None,)
    }
    await a_domain(store)
    await a_domain(store, "finance")
    hooks["STATUS_CHANGE", "finance"] = (await registered(store, receiver.url, "STATUS_CHANGE", domain="finance"))[0]
    await a_policy(store, "data_classification_required", "ADVISORY")
    orders = await a_product(store)  # event 8 warns: it has no contract
    ledger = await a_product(store, "ledger", "finance")  # event 9 warns too
    for product in (orders, ledger):  # events 10, 11
        done(await transition_product(store, ADMINISTRATOR, product.id, ProductStatus.TESTING))
    await deliver(deliverer, 2)
    told = {
        key: [got.seq for got in receiver.got if f'"webhook":"{hook.id}"'.encode() in got.body]
        for key, hook in hooks.items()
    }
    assert told == {
        ("VIOLATION", None): [8, 9],
        ("CHANGE_REQUEST", None): [],
        ("STATUS_CHANGE", None): [10, 11],
        ("STATUS_CHANGE", "finance"): [11],
    }


async def test_a_failing_receiver_is_tried_again_then_passed_by(
    store: Neo4jStore, receiver: Receiver, deliverer: Deliverer
):
    webhook, _ = await registered(store, receiver.url)
    await a_domain(store, "one")
    receiver.statuses = [500]
    await deliver(deliverer)
    failed = await now(store, webhook)
    assert (failed.cursor_seq, failed.failures, failed.last_error) == (0, 1, "The answer was HTTP 500.")
    assert failed.next_attempt_at is not None
    await deliver(deliverer)
    assert receiver.seqs == [1, 1, 2]
    assert receiver.got[0].headers["meshweave-delivery"] == receiver.got[1].headers["meshweave-delivery"]

    receiver.statuses = [302, 503]
    await a_domain(store, "two")
    await a_domain(store, "three")
    await deliver(deliverer, 2)
    assert receiver.seqs[3:] == [3, 3, 4]  # a redirect is not followed; after two tries the next one is told
    given_up = await now(store, webhook)
    assert (given_up.cursor_seq, given_up.failures, given_up.next_attempt_at) == (4, 0, None)
    letters = await store.read("MATCH (l:DeadLetter)-[:FOR]->(:Webhook) RETURN collect([l.seq, l.state, l.lastError])")
    assert letters == [[3, "DEAD", "The answer was HTTP 503."]]


async def test_a_dead_letter_is_sent_again_on_request(store: Neo4jStore, receiver: Receiver, deliverer: Deliverer):
    webhook, _ = await registered(store, receiver.url)
    receiver.statuses = [500, 500]
    await deliver(deliverer, 3)
    (letter,) = await store.read("MATCH (l:DeadLetter) RETURN collect(l.id)")
    receiver.got.clear()
    done(await redeliver_webhook(store, ADMINISTRATOR, letter))  # event 2
    receiver.statuses = [500]
    await deliver(deliverer, 2)
    state: Any = "MATCH (l:DeadLetter) RETURN [l.state, l.attempts]"
    assert (receiver.seqs, await store.read(state)) == ([1, 2], ["DEAD", 3])
    done(await redeliver_webhook(store, ADMINISTRATOR, webhook.id))  # event 3
    await deliver(deliverer, 2)
    assert (receiver.seqs, await store.read(state)) == ([1, 2, 1, 3], ["DELIVERED", 4])
    done(await redeliver_webhook(store, ADMINISTRATOR, webhook.id, 2))  # event 4
    await deliver(deliverer, 2)
    assert receiver.seqs == [1, 2, 1, 3, 2, 3, 4]


async def test_replicas_never_deliver_to_the_same_webhook_at_once(store: Neo4jStore, receiver: Receiver):
    await registered(store, receiver.url)
    for number in range(9):
        await a_domain(store, f"d{number}")
    receiver.delay = 0.02
    replicas = [Deliverer(lambda: store, private=True) for _ in range(3)]
    for _ in range(3):
        await asyncio.gather(*(replica.turn() for replica in replicas))
        await asyncio.gather(*(replica.idle() for replica in replicas))
    assert receiver.seqs == list(range(1, 11))


async def test_who_stops_gives_its_lease_back_and_another_goes_on(store: Neo4jStore, receiver: Receiver):
    webhook, _ = await registered(store, receiver.url)
    receiver.delay = 60
    stopped, other = (Deliverer(lambda: store, private=True) for _ in range(2))
    await stopped.turn()
    while not receiver.got:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert await lease(store, webhook.id, "another") is None
    await stopped.close()
    receiver.delay = 0
    await other.turn()
    await other.idle()
    assert receiver.seqs == [1, 1]  # at least once: nobody knows what became of the first


async def test_a_retired_webhook_is_told_nothing_more(store: Neo4jStore, receiver: Receiver, deliverer: Deliverer):
    webhook, _ = await registered(store, receiver.url)
    await deliver(deliverer)
    retired = done(await retire_webhook(store, ADMINISTRATOR, webhook.id))
    await a_domain(store)
    await deliver(deliverer)
    assert receiver.seqs == [1]
    assert (retired.active, await store.read("MATCH (w:Webhook) RETURN w.secret")) == (False, None)


async def test_private_addresses_are_not_posted_to(store: Neo4jStore, receiver: Receiver):
    webhook, _ = await registered(store, receiver.url.replace("127.0.0.1", "localhost"))
    deliverer = Deliverer(lambda: store, private=False)
    await deliver(deliverer)
    assert receiver.got == []
    assert "not on the public internet" in ((await now(store, webhook)).last_error or "")


async def test_what_is_for_nobody_costs_no_writes(store: Neo4jStore, receiver: Receiver, deliverer: Deliverer):
    webhook, _ = await registered(store, receiver.url, "STATUS_CHANGE")
    await a_domain(store)
    before = await store.read("MATCH (w:Webhook) RETURN properties(w)")
    await deliver(deliverer, 2)
    assert (receiver.got, await store.read("MATCH (w:Webhook) RETURN properties(w)")) == ([], before)
    assert webhook.cursor_seq == 0


def test_signatures_are_those_of_standard_webhooks() -> None:
    """The example of its specification's reference implementations."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signature = standard_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_of_earlier_versions_sign_too() -> None:
    old, same = "whsec_-_8AAA", "whsec_+/8AAA=="
    assert standard_signature(old, "m", 1, b"x") == standard_signature(same, "m", 1, b"x")


async def test_a_receiver_that_is_gone_is_retired_after_one_try(
    store: Neo4jStore, receiver: Receiver, deliverer: Deliverer
):
    webhook, _ = await registered(store, receiver.url)
    await a_domain(store)
    receiver.statuses = [410]
    await deliver(deliverer, 3)
    retired = await now(store, webhook)
    assert (receiver.seqs, retired.active, retired.last_error) == ([1], False, "The answer was HTTP 410.")
    event = await store.read("MATCH (e:AuditEvent) WITH e ORDER BY e.seq DESC LIMIT 1 RETURN [e.action, e.actor]")
    assert event == ["webhookRetire", "meshweave"]
    assert await store.read("MATCH (w:Webhook) RETURN w.secret") is None
    assert await store.read("MATCH (l:DeadLetter) RETURN count(l)") == 0


async def test_a_receiver_that_is_gone_when_dead_letters_are_sent_again_is_retired_too(
    store: Neo4jStore, receiver: Receiver, deliverer: Deliverer
):
    webhook, _ = await registered(store, receiver.url)
    receiver.statuses = [500, 500]
    await deliver(deliverer, 3)
    done(await redeliver_webhook(store, ADMINISTRATOR, webhook.id))  # event 2
    receiver.statuses = [410]
    await deliver(deliverer, 3)
    assert (receiver.seqs, (await now(store, webhook)).active) == ([1, 1, 1], False)
    assert await store.read("MATCH (l:DeadLetter) RETURN [l.state, l.lastError]") == [
        "DEAD",
        "The answer was HTTP 410.",
    ]


async def test_a_receiver_that_asks_for_a_rest_with_its_last_refusal_gets_it(
    store: Neo4jStore, receiver: Receiver, deliverer: Deliverer
):
    webhook, _ = await registered(store, receiver.url)
    await a_domain(store)
    receiver.statuses = [503]
    await deliver(deliverer)
    receiver.statuses, receiver.headers = [503], {"retry-after": "600"}
    await deliver(deliverer, 3)  # the second and last try of event 1; event 2 waits
    after = await now(store, webhook)
    assert (receiver.seqs, after.cursor_seq, after.failures) == ([1, 1], 1, 0)
    assert after.next_attempt_at is not None
    assert 500 < (clock.from_text(after.next_attempt_at) - datetime.now(UTC)).total_seconds() <= 600
    assert await store.read("MATCH (l:DeadLetter) RETURN collect(l.seq)") == [1]


async def test_while_a_secret_replaces_another_both_sign(store: Neo4jStore, receiver: Receiver, deliverer: Deliverer):
    webhook, former = await registered(store, receiver.url)
    secret = (await rotate_webhook_secret(store, ADMINISTRATOR, webhook.id)).extra["secret"]
    await deliver(deliverer, 2)
    got = receiver.got[0]
    signed = (got.headers["webhook-id"], int(got.headers["webhook-timestamp"]), got.body)
    assert got.headers["webhook-signature"].split(" ") == [standard_signature(one, *signed) for one in (secret, former)]
    for one, ours in ((secret, True), (former, True), ("whsec_other", False)):
        assert is_ours(one, got.headers["meshweave-signature"], got.body) == ours

    await store.write(lambda tx: tx.run("MATCH (w:Webhook) SET w.formerUntil = $now RETURN 1", now=clock.now()))
    await a_domain(store)
    await deliver(deliverer, 2)
    got = receiver.got[-1]
    signed = (got.headers["webhook-id"], int(got.headers["webhook-timestamp"]), got.body)
    assert got.headers["webhook-signature"] == standard_signature(secret, *signed)
    assert not is_ours(former, got.headers["meshweave-signature"], got.body)


async def test_a_receiver_says_when_to_come_again(store: Neo4jStore, receiver: Receiver, deliverer: Deliverer):
    webhook, _ = await registered(store, receiver.url)
    receiver.statuses, receiver.headers = [503], {"retry-after": "600"}
    await deliver(deliverer)
    waiting = (await now(store, webhook)).next_attempt_at
    assert waiting is not None
    wait = (clock.from_text(waiting) - datetime.now(UTC)).total_seconds()
    assert 500 < wait <= 600
    await deliver(deliverer)
    assert receiver.seqs == [1]


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        (None, 0, 0),
        ("120", 120, 120),
        ("nonsense", 0, 0),
        ("-5", 0, 0),
        ("00000000000060", 60, 60),
        ("9" * 400, 10**12, float("inf")),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 10**9, 10**10),
        ("Fri, 01 Jan 2021 00:00:00 GMT", 0, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, least: float, most: float) -> None:
    assert least <= seconds_of(header) <= most


@pytest.mark.parametrize("dead", [["127.0.0.2"], ["::1", "127.0.0.2"], ["127.0.0.3", "127.0.0.2", "::1"]])
async def test_all_addresses_of_a_name_are_tried(
    store: Neo4jStore, receiver: Receiver, deliverer: Deliverer, monkeypatch: pytest.MonkeyPatch, dead: list[str]
):
    """The receiver listens on 127.0.0.1 alone, the last address of its name."""

    async def found(*_: Any) -> list[str]:
        return [*dead, "127.0.0.1"]

    webhook, _ = await registered(store, receiver.url)
    monkeypatch.setattr(webhooks, "addresses_of", found)
    await deliver(deliverer)
    assert (receiver.seqs, (await now(store, webhook)).last_error) == ([1], None)


@contextmanager
def deaf(address: str, port: int) -> Iterator[None]:
    """An address that neither accepts connections nor refuses them: its queue is full."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect((address, port))
        yield


async def test_many_addresses_that_do_not_answer_leave_the_last_its_time(
    store: Neo4jStore, receiver: Receiver, deliverer: Deliverer, monkeypatch: pytest.MonkeyPatch
):
    silent = [f"127.0.0.{number}" for number in range(2, 12)]

    async def found(*_: Any) -> list[str]:
        return [*silent, "127.0.0.1"]

    webhook, _ = await registered(store, receiver.url)
    monkeypatch.setattr(webhooks, "addresses_of", found)
    # Ten silent ones take longer than an answer may.
    monkeypatch.setattr(webhooks, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(webhooks, "POST_SECONDS", 2.5)
    with ExitStack() as silence:
        for address in silent:
            silence.enter_context(deaf(address, receiver.port))
        await deliver(deliverer)
    assert (receiver.seqs, (await now(store, webhook)).last_error) == ([1], None)


async def test_one_that_took_the_request_is_the_only_one_asked(
    store: Neo4jStore, receiver: Receiver, deliverer: Deliverer, monkeypatch: pytest.MonkeyPatch
):
    async def found(*_: Any) -> list[str]:
        return ["127.0.0.1", "127.0.0.1"]

    await registered(store, receiver.url)
    monkeypatch.setattr(webhooks, "addresses_of", found)
    receiver.statuses = [500]
    await deliver(deliverer)
    assert receiver.seqs == [1]


async def test_a_domain_s_webhook_shows_that_domain_s_part_of_an_import_alone(
    store: Neo4jStore, receiver: Receiver, deliverer: Deliverer
):
    """An import writes both domains in one write; each has an event of its own."""
    for name in ("sales", "finance"):
        await a_domain(store, name)
    await registered(store, receiver.url, domain="sales")
    await deliver(deliverer)
    before = len(receiver.got)
    documents = [
        {"kind": "DataProduct", "domain": "sales", "name": "orders", "type": "SOURCE"},
        {"kind": "DataProduct", "domain": "finance", "name": "bills", "type": "SOURCE", "description": "secret"},
        {"kind": "Dependency", "consumer": "urn:mesh:finance:bills", "provider": "urn:mesh:sales:orders"},
    ]
    await import_mesh(store, ADMINISTRATOR, documents)
    await deliver(deliverer)
    bodies = [json.loads(request.body) for request in receiver.got[before:]]
    assert [(one["event"]["action"], one["event"]["domain"]) for one in bodies] == [("import", "sales")]
    assert [one["urn"] for one in bodies[0]["event"]["after"]["products"]] == ["urn:mesh:sales:orders"]
    assert "bills" not in json.dumps(bodies)
    assert "secret" not in json.dumps(bodies)
