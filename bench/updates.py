"""A governed mutation: a product's tags. Ours is judged, locked, kept as a revision and logged; the others do less.

Each writes to a product of its own, since the bare write of the driver knows nothing of our history and its log.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import NamedTuple

import neo4j

from bench.bare_write import bare_write
from bench.contenders import DRIVER, OURS, PEER, Exchange, open_driver, read_one
from bench.http_client import HttpClient, graphql
from bench.measure import Figures, Timed, Unequal, timed
from bench.servers import Servers
from bench.targets import Target, Targets

UPDATE = """mutation ($id: ID!, $tags: [String!]) { dataProductUpdate(id: $id, input: {tags: $tags}) {
  dataProduct { tags } violations { message } userErrors { message }
} }"""
PEER_UPDATE = """mutation ($id: ID!, $tags: [String!]!) {
  updateDataProducts(where: {id: {eq: $id}}, update: {tags: {set: $tags}}) { dataProducts { tags } }
}"""
TAGS = "UNWIND $ids AS id MATCH (p:DataProduct {id: id}) RETURN collect([id, p.tags])"
LEAF = "tags of a leaf"
WARM_UP = 200  # what writes run in the database comes to its speed after thousands of statements, not dozens


class Writer(NamedTuple):
    """`prepare` makes the exchange that is timed, of the tags that it leaves; it raises when they were not written."""

    shape: str
    name: str
    target: Target
    prepare: Callable[[list[str]], Exchange]


def hub_shape(target: Target) -> str:
    return f"tags of a hub, {target.consumers:,} consumers"


def enter_writers(servers: Servers, targets: Targets, stack: ExitStack) -> Iterator[Writer]:
    """Ours on a leaf and on a hub, the others on leaves; `stack` closes and tidies up."""
    ours, theirs, bare = targets.leaves[:3]
    client = stack.enter_context(closing(servers.writing_client()))
    yield our_writer(LEAF, OURS, ours, client)
    yield our_writer(hub_shape(targets.hub), OURS, targets.hub, client)
    if servers.peer is not None:
        peer = stack.enter_context(closing(servers.peer_client()))
        yield Writer(LEAF, PEER, theirs, over_http(peer, PEER_UPDATE, theirs))
    driver = stack.enter_context(open_driver(servers.endpoint))
    yield Writer(LEAF, DRIVER, bare, stack.enter_context(bare_write(driver, servers.endpoint.database, bare.id)))


def our_writer(shape: str, name: str, target: Target, client: HttpClient) -> Writer:
    return Writer(shape, name, target, over_http(client, UPDATE, target))


def over_http(client: HttpClient, mutation: str, target: Target) -> Callable[[list[str]], Exchange]:
    def prepare(tags: list[str]) -> Exchange:
        request = client.request(graphql(mutation, {"id": target.id, "tags": tags}))
        wanted = [f'"{tag}"'.encode() for tag in tags]

        def exchange() -> None:
            answer = client.exchange(request)
            if b'"tags":[' not in answer or any(tag not in answer for tag in wanted):
                raise RuntimeError(f"{target.urn} was not written: {answer[:500].decode(errors='replace')}")

        return exchange

    return prepare


def measure_updates(
    writers: Sequence[Writer], look: Callable[[], dict[str, list[str]]], rounds: int, warm_up: int = WARM_UP
) -> Figures:
    """Every exchange writes another tag, so each one changes something. `look` reads the targets' tags by id; they are
    the mesh's own again afterwards. Raises `Unequal` when a write left other tags than the others did."""
    try:
        agree(writers, look, ["bench-before"])
        plan: list[Timed] = []
        for writer in writers:
            for number in range(warm_up):
                writer.prepare([f"warm-up-{number}"])()
            key = (writer.shape, writer.name)
            plan += [(key, writer.prepare([f"bench-{number}"])) for number in range(rounds)]
        figures = timed(plan, seed=3)
        agree(writers, look, ["bench-after", "gold"])
        return figures
    finally:
        for writer in writers:
            writer.prepare(writer.target.tags)()


def agree(writers: Sequence[Writer], look: Callable[[], dict[str, list[str]]], tags: list[str]) -> None:
    for writer in writers:
        writer.prepare(tags)()
    found = look()
    for writer in writers:
        if found[writer.target.id] != tags:
            raise Unequal(f"{writer.shape}: {writer.name} left {found[writer.target.id]}, not {tags}")


def looking(driver: neo4j.Driver, database: str, writers: Sequence[Writer]) -> Callable[[], dict[str, list[str]]]:
    ids = [writer.target.id for writer in writers]
    return lambda: dict(read_one(driver, database, TAGS, {"ids": ids}))
