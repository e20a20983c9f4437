"""Subscriptions: events pushed to clients as they happen."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from resolvers.audit import stream
from schema.audit_event import AuditEvent, AuditFilter, to_audit_filter
from schema.context import Info
from schema.quality_progress import quality_run_progress

AfterEvent = Annotated[
    str | None,
    strawberry.argument(
        description=("`cursor` of the last event received; later events are sent first. Default is to start now.")
    ),
]


@strawberry.type(description="Subscriptions, over WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription:
    @strawberry.subscription(
        description="All writes, each once and in commit order. Keep the last `cursor`: a subscription with it as "
        "`after` continues without gaps or repetitions, also after failures and on another replica."
    )
    async def catalog_events(
        self, info: Info, filter: AuditFilter | None = None, after: AfterEvent = None
    ) -> AsyncGenerator[AuditEvent, None]:
        context = info.context
        place = await stream.start(context.store, after)
        return stream.follow(context.store, context.tail, await to_audit_filter(info, filter), place)

    quality_run_progress = strawberry.subscription(
        quality_run_progress,
        description="A quality run, sent each time its progress changes. The subscription ends when the run ends.",
    )
