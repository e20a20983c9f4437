"""Opens the Neo4j driver with limits that suit a request; the driver's defaults wait for minutes."""

from typing import NamedTuple

from neo4j import AsyncDriver, AsyncGraphDatabase, NotificationMinimumSeverity

from graph_api.neo4j.endpoint import Endpoint

CONNECT_SECONDS = 5.0
# A connection to a database that has just started, on a busy machine, is made slowly.
ACQUIRE_SECONDS = 15.0
RETRY_SECONDS = 10.0
# Before the second try of a write, twice that before the third: the driver's own second is long where a lock was held
# for milliseconds, or where the database is back already.
FIRST_RETRY_SECONDS = 0.2
POOL_SIZE = 100


class Connections(NamedTuple):
    """Connections to the database that are open, and how many there may be."""

    in_use: int
    idle: int
    most: int


def connections_of(driver: AsyncDriver) -> Connections:
    """The driver has no public way to count them; where its private one is gone, they are none."""
    by_address = getattr(getattr(driver, "_pool", None), "connections", {})
    every = [connection for group in list(by_address.values()) for connection in list(group)]
    used = sum(bool(getattr(connection, "in_use", False)) for connection in every)
    return Connections(used, len(every) - used, POOL_SIZE)


def open_driver(endpoint: Endpoint) -> AsyncDriver:
    """A pool of connections to `endpoint`; connects lazily. Notifications are off, since decoding each takes time."""
    return AsyncGraphDatabase.driver(
        endpoint.uri,
        auth=(endpoint.user, endpoint.password),
        connection_acquisition_timeout=ACQUIRE_SECONDS,
        connection_timeout=CONNECT_SECONDS,
        max_transaction_retry_time=RETRY_SECONDS,
        initial_retry_delay=FIRST_RETRY_SECONDS,
        max_connection_pool_size=POOL_SIZE,
        liveness_check_timeout=60.0,
        notifications_min_severity=NotificationMinimumSeverity.OFF,
        telemetry_disabled=True,
        user_agent="meshweave",
    )
