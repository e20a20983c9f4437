"""Stands in for Neo4j's image where no image registry can be reached: a real Neo4j, run as Meshweave's embedded one.

Of the image's interface it has what docker-compose.yml and the tests use: NEO4J_AUTH or NEO4J_AUTH_FILE, the volume
/data, Bolt on port 7687 of every address, and the word `Started.` on stdout. A relay takes Bolt in, since the embedded
server listens on loopback only; so it serves bolt:// addresses, not the routing of neo4j://.
"""

import asyncio
import os
import signal
from pathlib import Path

from graph_api.neo4j.embedded import start_embedded
from graph_api.neo4j.layout import Layout
from graph_api.settings import Settings

BOLT = 7687


def password() -> str:
    """The password of NEO4J_AUTH, which is `neo4j/…`."""
    auth = os.environ.get("NEO4J_AUTH") or Path(os.environ["NEO4J_AUTH_FILE"]).read_text()
    user, _, secret = auth.strip().partition("/")
    if user != "neo4j" or len(secret) < 8:
        raise SystemExit("NEO4J_AUTH is neo4j/<password of 8 characters or more>.")
    return secret


async def main() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    settings = Settings(data_dir=Path("/data"), embedded_aot=False)
    layout = Layout(settings.data_dir)
    layout.create()
    layout.write_password(password())
    async with await start_embedded(settings, on_progress=lambda text, _: print(text, flush=True)) as server:
        port = int(server.endpoint.uri.rpartition(":")[2])
        relay = await asyncio.start_server(lambda reader, writer: join(reader, writer, port), "0.0.0.0", BOLT)
        async with relay:
            print("Started.", flush=True)
            await stopped.wait()


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Carries bytes both ways until either side ends."""
    try:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    ways = [asyncio.create_task(carry(reader, inner_writer)), asyncio.create_task(carry(inner_reader, writer))]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in ways:
        way.cancel()
    for end in (writer, inner_writer):
        end.close()


async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    except OSError:
        pass


asyncio.run(main())
