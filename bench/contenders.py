"""Who is measured, each with one connection of its own. It prepares a question once and then only exchanges."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

import neo4j

from bench.bolt_socket import BoltSocket
from bench.http_client import HttpClient, graphql
from bench.servers import Servers
from bench.shapes import Shape, Variables
from graph_api.neo4j.endpoint import Endpoint

Exchange = Callable[[], Any]
OURS, PEER, DRIVER, SOCKET = "meshweave", "peer", "driver", "socket"


class Contender(NamedTuple):
    """`prepare` makes the exchange that is timed; `answer` gives the common form of a whole answer, None when this
    contender decodes nothing."""

    name: str
    prepare: Callable[[Shape, Variables], Exchange]
    answer: Callable[[Shape, Variables], Any] | None


def enter_contenders(servers: Servers, stack: ExitStack) -> Iterator[Contender]:
    """Of those that take part in every run; `stack` closes their connections."""
    endpoint = servers.endpoint
    yield over_http(OURS, stack.enter_context(closing(servers.client())))
    if servers.peer is not None:
        yield over_http(PEER, stack.enter_context(closing(servers.peer_client())), theirs=True)
    yield over_driver(stack.enter_context(open_driver(endpoint)), endpoint.database)


def open_driver(endpoint: Endpoint) -> neo4j.Driver:
    """Without notifications, as the service has it."""
    login = (endpoint.user, endpoint.password)
    return neo4j.GraphDatabase.driver(endpoint.uri, auth=login, notifications_min_severity="OFF")


def over_http(name: str, client: HttpClient, theirs: bool = False) -> Contender:
    def query(shape: Shape) -> str:
        return shape.peer_query if theirs else shape.query

    def prepare(shape: Shape, variables: Variables) -> Exchange:
        request = client.request(graphql(query(shape), variables))
        return lambda: client.exchange(request)

    def answer(shape: Shape, variables: Variables) -> Any:
        data = client.ask(query(shape), variables)
        return (shape.theirs if theirs else shape.ours)(data)

    return Contender(name, prepare, answer)


def over_driver(driver: neo4j.Driver, database: str) -> Contender:
    """The sync driver with its Rust extension, auto-commit: the fastest way it offers."""

    def exchange(shape: Shape, variables: Variables) -> Any:
        return read_one(driver, database, shape.cypher, variables)

    return Contender(
        DRIVER,
        lambda shape, variables: lambda: exchange(shape, variables),
        lambda shape, variables: shape.raw(exchange(shape, variables)),
    )


def read_one(driver: neo4j.Driver, database: str, cypher: str, parameters: dict[str, Any]) -> Any:
    """The one value of the one record that `cypher` answers."""
    with driver.session(database=database, default_access_mode=neo4j.READ_ACCESS) as session:
        return session.run(cypher, parameters).single(strict=True)[0]  # type: ignore[arg-type]


def over_socket(bolt: BoltSocket) -> Contender:
    def prepare(shape: Shape, variables: Variables) -> Exchange:
        request = bolt.request(shape.cypher, variables)
        return lambda: bolt.exchange(request)

    return Contender(SOCKET, prepare, None)
