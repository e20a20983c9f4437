"""Starts, awaits and stops a server process, from its parent."""

import asyncio
import json
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from .faults import ServerFault
from .jvm import child_environment
from .progress import Progress, silent
from .server_config import ServerConfig

POLL = 0.02  # seconds between checks of a process that is about to end
ROOT = Path(__file__).parents[2]


class ServerProcess:
    """`python -m graph_api.neo4j.server`, in its own session, so that Ctrl-C reaches only the parent."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    def spawn(cls, config: ServerConfig, log: Path) -> Self:
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "graph_api.neo4j.server"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                cwd=ROOT, env=child_environment(), pass_fds=(config.lock,), start_new_session=True,
            )  # fmt: skip
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it ended at once: `until_ready` reports why
            process.stdin.write(json.dumps(asdict(config)).encode() + b"\n")
            process.stdin.flush()
        return cls(process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    async def until_ready(self, on_progress: Progress = silent) -> None:
        """Returns once Bolt answers.

        Raises:
            ServerFault: the process ended instead; `kind` is `died` when it could not say why.
        """
        assert self._process.stdout is not None
        while line := await asyncio.to_thread(self._process.stdout.readline):
            event: dict[str, Any] = json.loads(line)
            match event["event"]:
                case "ready":
                    return
                case "phase":
                    on_progress(event["text"], None)
                case "error":
                    raise ServerFault(event["kind"], event["message"], event["remedy"])
        code = await asyncio.to_thread(self._process.wait)
        ending = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise ServerFault("died", f"The Neo4j process ended while starting ({ending}).", f"See {self._log}.")

    async def stop(self, limit: float) -> None:
        """Stops it in order by closing its stdin; kills it after `limit` seconds."""
        self._close_input()
        deadline = time.monotonic() + limit
        while not self.has_ended:
            if time.monotonic() > deadline:
                self._process.kill()
            await asyncio.sleep(POLL)
        self.reap()

    def kill(self) -> None:
        self._process.kill()
        self.reap()

    def reap(self) -> None:
        """Collects an ended process and its pipes."""
        self._process.wait()
        self._close_input()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def detach(self) -> None:
        """Detaches from a process that runs on after this one."""
        self._close_input()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.returncode = 0  # avoids the warning about a process that is not awaited

    def _close_input(self) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
