"""Packages of npm that tests run: installed once for this machine from a folder's package.json and lock."""

import asyncio
import hashlib
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from graph_api.graphiql.node import Node, find_node
from graph_api.settings import default_cache_dir

SECONDS = 300


class NpmProject(NamedTuple):
    """`folder` has a `node_modules` and copies of the scripts beside its package.json."""

    node: Node
    folder: Path

    async def run(self, script: str, *arguments: str, given: str = "", seconds: float = SECONDS) -> tuple[int, str]:
        """The exit code and the output of a script that reads `given` from stdin."""
        return await run(self.folder, str(self.node.node), script, *arguments, given=given, seconds=seconds)


async def installed(source: Path) -> NpmProject:
    """Skips the test where there is no Node or no registry."""
    node = find_node()
    if node is None:
        pytest.skip("there is no Node")
    lock = (source / "package-lock.json").read_bytes()
    folder = default_cache_dir() / "tests" / f"{source.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (folder / ".installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(source / name, folder / name)
        install = node.npm_command("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        code, output = await run(folder, *install)
        if code:
            pytest.skip(f"npm cannot install {source.name}: {output[-200:]}")
        (folder / ".installed").touch()
    for script in list(source.glob("*.mjs")):  # noqa: ASYNC240
        shutil.copyfile(script, folder / script.name)
    return NpmProject(node, folder)


async def run(folder: Path, *command: str, given: str = "", seconds: float = SECONDS) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(given.encode()), seconds)
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0, output.decode()
