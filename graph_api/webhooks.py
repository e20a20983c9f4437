"""Delivers events to webhooks: signed, in order, at least once, by one replica at a time."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import NamedTuple
from uuid import uuid4

import httpx

from resolvers.graph.store import Store
from resolvers.model import clock
from resolvers.model.access import Caller, Role
from resolvers.model.errors import MeshError
from resolvers.model.records import AuditEvent
from resolvers.mutations.webhook_retire import retire_webhook
from resolvers.webhooks import delivery
from resolvers.webhooks.addresses import BadAddress, Target, addresses_of, target_of
from resolvers.webhooks.delivery import Due, Leased
from resolvers.webhooks.message import body_of, headers_of
from resolvers.webhooks.records import Webhook

log = logging.getLogger("meshweave.webhooks")

POST_SECONDS = 10.0
# A name may have several addresses: how long one may take to accept a connection, and all of them together. With the
# answer that is less than the lease.
CONNECT_SECONDS = 3.0
ALL_CONNECTS_SECONDS = 15.0
MAX_RETRY_AFTER = 24 * 3_600.0
MAX_DELAY = 3_600.0
# Webhooks delivered to at once, and how long one delivery runs before others get their turn.
CONCURRENT = 16
TURN_SECONDS = 30.0
SYSTEM = Caller("meshweave", frozenset({Role.GOVERNANCE}))
USER_AGENT = f"meshweave/{version('meshweave')}"


class Deliverer:
    """One for each process. `backoff` is the wait in seconds after a first failed try; it doubles with each further.

    `private`: addresses that are not on the public internet are posted to.
    """

    def __init__(
        self, open_store: Callable[[], Store], *, private: bool = False, max_attempts: int = 10, backoff: float = 5.0
    ) -> None:
        self._open_store = open_store
        self._private = private
        self._max_attempts = max_attempts
        self._backoff = backoff
        self._owner = uuid4().hex
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._tls = httpx.create_ssl_context(trust_env=False)

    async def turn(self) -> None:
        """Starts a delivery to every webhook that has pending events and no delivery running; does not wait for it."""
        for due in await delivery.due(self._open_store(), clock.now()):
            if due.webhook.id not in self._tasks and len(self._tasks) < CONCURRENT:
                task = asyncio.create_task(self._deliver(due), name=f"webhook {due.webhook.id}")
                self._tasks[due.webhook.id] = task
                task.add_done_callback(lambda _, id=due.webhook.id: self._tasks.pop(id, None))

    async def idle(self) -> None:
        """Until nothing is being delivered."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        """Cancels running deliveries; the next holder of the lease sends them again."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, due: Due) -> None:
        store = self._open_store()
        try:
            ahead = await delivery.ahead(store, due.webhook)
            if ahead.events or due.queued:
                await self._deliver_leased(store, due.webhook.id)
            elif ahead.reached >= due.webhook.cursor_seq + delivery.SLACK:
                await delivery.pass_over(store, due.webhook, ahead.reached)
        except MeshError as error:
            log.warning("webhook %s: %s", due.webhook.id, error)
        except Exception:
            log.exception("webhook %s", due.webhook.id)

    async def _deliver_leased(self, store: Store, webhook_id: str) -> None:
        leased = await delivery.lease(store, webhook_id, self._owner)
        if leased is None:
            return
        webhook: Webhook | None = leased.webhook
        reached = leased.webhook.cursor_seq
        try:
            async with self._client() as client:
                post = Post(client, leased, self._private)
                if await self._resend(store, post):
                    webhook, reached = await self._deliver_all(store, post)
                else:
                    webhook = None
        finally:
            # Also when cancelled: another replica need not wait for the lease to end.
            if webhook is not None:
                with suppress(MeshError, TimeoutError):
                    async with asyncio.timeout(1.0):
                        await delivery.release(store, webhook, self._owner, reached)

    async def _resend(self, store: Store, post: "Post") -> bool:
        """Dead letters that were requested again, one try each. False when the lease is lost."""
        for letter, event in await delivery.queued(store, post.webhook.id):
            failure = await post.failure(event)
            error = failure.message if failure else None
            if not await delivery.resent(store, post.webhook, self._owner, letter, error, clock.now()):
                return False
            if failure is not None and failure.gone:
                await retire_gone(store, post.webhook)
                return False
        return True

    async def _deliver_all(self, store: Store, post: "Post") -> tuple[Webhook | None, int]:
        """The webhook as it now is, None when its lease is released or lost; the position up to which events are
        delivered."""
        webhook = post.webhook
        reached = webhook.cursor_seq
        if webhook.next_attempt_at is not None and webhook.next_attempt_at > clock.now():
            return webhook, reached
        deadline = time.monotonic() + TURN_SECONDS
        while time.monotonic() < deadline:
            ahead = await delivery.ahead(store, webhook._replace(cursor_seq=reached))
            for event in ahead.events:
                after = await self._deliver_one(store, post, webhook, event)
                if after is None:
                    return None, reached
                webhook, reached = after, after.cursor_seq
                if webhook.next_attempt_at is not None:
                    return webhook, reached
            if ahead.reached <= reached and not ahead.events:
                break
            reached = max(reached, ahead.reached)
        return webhook, reached

    async def _deliver_one(self, store: Store, post: "Post", webhook: Webhook, event: AuditEvent) -> Webhook | None:
        failure = await post.failure(event)
        now = clock.now()
        if failure is None:
            return await delivery.delivered(store, webhook, self._owner, event.seq, now)
        if failure.gone or webhook.failures + 1 < self._max_attempts:
            next_attempt = self._next_attempt(webhook.failures, failure.retry_after)
            await delivery.failed(store, webhook, self._owner, failure.message, next_attempt)
            if failure.gone:
                await retire_gone(store, webhook)
            return None
        log.warning("webhook %s: event %d is a dead letter: %s", webhook.id, event.seq, failure.message)
        # The next event follows at once, unless the receiver asked for a rest.
        rest = from_now(min(failure.retry_after, MAX_RETRY_AFTER)) if failure.retry_after else None
        return await delivery.given_up(store, webhook, self._owner, event, failure.message, now, rest)

    def _next_attempt(self, failures: int, retry_after: float) -> str:
        """Not before the receiver asked for."""
        delay = min(self._backoff * 2**failures, MAX_DELAY) * random.uniform(0.8, 1.2)
        return from_now(max(delay, min(retry_after, MAX_RETRY_AFTER)))

    def _client(self) -> httpx.AsyncClient:
        """Neither a proxy nor a login from the environment: we connect to the address that was checked."""
        return httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=POST_SECONDS, follow_redirects=False)


async def retire_gone(store: Store, webhook: Webhook) -> None:
    log.warning("webhook %s: its receiver is gone for good (HTTP 410); it is retired", webhook.id)
    await retire_webhook(store, SYSTEM, webhook.id)


def from_now(seconds: float) -> str:
    return clock.to_text(datetime.now(UTC) + timedelta(seconds=seconds))


class Failure(NamedTuple):
    """Reason why a delivery failed, shown to the webhook's owner. `retry_after`: seconds that the receiver asked to
    wait; `gone`: the receiver wants no more events."""

    message: str
    retry_after: float = 0.0
    gone: bool = False


def failure_of(status: int, retry_after: str | None) -> Failure | None:
    if 200 <= status < 300:
        return None
    redirect = ", and redirects are not followed." if 300 <= status < 400 else "."
    return Failure(f"The answer was HTTP {status}{redirect}", seconds_of(retry_after), status == 410)


def seconds_of(retry_after: str | None) -> float:
    """Seconds in a Retry-After header, from a number or an HTTP date; 0 without a valid value."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


class Post:
    """Requests to one webhook."""

    def __init__(self, client: httpx.AsyncClient, leased: Leased, private: bool) -> None:
        self._client = client
        self._secrets = leased.secrets
        self._private = private
        self.webhook = leased.webhook

    async def failure(self, event: AuditEvent) -> Failure | None:
        """Sends `event`; None when the receiver took it."""
        try:
            return await self._send(event)
        except BadAddress as error:
            return Failure(str(error))
        except (httpx.TimeoutException, TimeoutError):
            return Failure(f"No answer within {POST_SECONDS:g} seconds.")
        except httpx.HTTPError as error:
            return Failure(f"No connection: {str(error)[:200] or type(error).__name__}.")

    async def _send(self, event: AuditEvent) -> Failure | None:
        """To the first address of the name that takes a connection; once it did, no other one is asked."""
        target = target_of(self.webhook.url)
        addresses = await addresses_of(target, self._private)
        connect = min(CONNECT_SECONDS, ALL_CONNECTS_SECONDS / len(addresses))
        for address in addresses[:-1]:
            try:
                return await self._send_to(target, address, event, connect)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                log.debug("webhook %s: %s takes no connection: %s", self.webhook.id, address, error)
        return await self._send_to(target, addresses[-1], event, connect)

    async def _send_to(self, target: Target, address: str, event: AuditEvent, connect: float) -> Failure | None:
        """`connect`: seconds that the address has to accept a connection; then there are `POST_SECONDS`."""
        body = body_of(self.webhook, event)
        headers = headers_of(self.webhook, event, self._secrets, int(time.time()), body)
        # To the very address that was checked, whatever the name says a moment later; TLS still proves the name.
        async with (
            asyncio.timeout(POST_SECONDS),  # httpx limits each step, and a slow receiver has many
            self._client.stream(
                "POST",
                pinned(target, address),
                content=body,
                headers={**headers, "host": target.authority, "user-agent": USER_AGENT},
                extensions={"sni_hostname": target.host},
                timeout=httpx.Timeout(POST_SECONDS, connect=connect),
            ) as response,
        ):
            return failure_of(response.status_code, response.headers.get("retry-after"))


def pinned(target: Target, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{target.scheme}://{host}:{target.port}{target.path}"
