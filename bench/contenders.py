"""Who is measured, each with one connection of its own. It prepares a question once and then only exchanges."""

from collections.abc import Callable
from typing import Any, NamedTuple

import neo4j

from bench.bolt_socket import BoltSocket
from bench.http_client import HttpClient, graphql
from bench.shapes import Shape, Variables
from graph_api.neo4j.endpoint import Endpoint

Exchange = Callable[[], Any]


class Contender(NamedTuple):
    """`prepare` makes the exchange that is timed; `answer` gives the common form of a whole answer, None when this
    contender decodes nothing."""

    name: str
    prepare: Callable[[Shape, Variables], Exchange]
    answer: Callable[[Shape, Variables], Any] | None


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
        with driver.session(database=database, default_access_mode=neo4j.READ_ACCESS) as session:
            return session.run(shape.cypher, variables).single(strict=True)[0]  # type: ignore[arg-type]

    return Contender(
        "driver",
        lambda shape, variables: lambda: exchange(shape, variables),
        lambda shape, variables: shape.raw(exchange(shape, variables)),
    )


def over_socket(endpoint: Endpoint) -> Contender:
    bolt = BoltSocket(endpoint)

    def prepare(shape: Shape, variables: Variables) -> Exchange:
        request = bolt.request(shape.cypher, variables)
        return lambda: bolt.exchange(request)

    return Contender("socket", prepare, None)
