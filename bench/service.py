"""The service under measurement: `meshweave serve` in a process of its own, on the bench's Neo4j."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from graph_api.neo4j.endpoint import Endpoint

UP_WITHIN = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(endpoint: Endpoint, folder: Path, token: str | None = None, **variables: str) -> Iterator[int]:
    """The port it answers at. `token` is its administrator's, None for one of its own. `variables` are settings other
    than those of the bench."""
    port = free_port()
    environment = {
        **os.environ,
        "MESHWEAVE_NEO4J_URI": endpoint.uri,
        "MESHWEAVE_NEO4J_USER": endpoint.user,
        "MESHWEAVE_NEO4J_PASSWORD": endpoint.password,
        "MESHWEAVE_NEO4J_DATABASE": endpoint.database,
        "MESHWEAVE_MAX_COST": "10000000",
        "MESHWEAVE_DATA_DIR": str(folder / "service"),
        **({} if token is None else {"MESHWEAVE_TOKEN": token}),
        **variables,
    }
    command = [sys.executable, "-c", "from graph_api.cli.main import main; main()", "serve", "--port", str(port)]
    with open(folder / "service.log", "wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        with stopped(process):
            wait_for(f"http://127.0.0.1:{port}/health/ready", process)
            yield port


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends `process` after the block, whatever happens in it."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + UP_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}; its log is beside the bench's data")
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"no answer at {url} within {UP_WITHIN} s")
