"""Trains the AOT cache of the embedded Neo4j in a separate process at the lowest priority.

It runs a throw-away Neo4j with `-XX:AOTMode=record`, runs typical catalog queries, ends it
through the JVM, and has `java` turn the record into the cache: about a minute of one core, once for each JVM and Neo4j.
"""

import asyncio
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from ..settings import Settings
from .jvm import child_environment, java_home, jvm_library
from .layout import new_password
from .priority import lower_priority
from .program import CACHE, Program, complete, is_complete, support_jar
from .server_config import ServerConfig
from .server_process import ROOT, ServerProcess
from .store_folder import free_port

KEEP_DAYS = 30  # days after which unused caches of other JVMs and flags are deleted
RECORD_LIMIT = 600.0
SIGNATURE = re.compile(r"META-INF/[^/]+\.(RSA|SF|DSA|EC)")
QUERIES = (
    "CREATE CONSTRAINT training_key IF NOT EXISTS FOR (n:Training) REQUIRE n.id IS UNIQUE",
    "CREATE FULLTEXT INDEX training_text IF NOT EXISTS FOR (n:Training) ON EACH [n.name, n.text]",
    "CALL db.awaitIndexes(60)",
    "UNWIND range(1, 300) AS i CREATE (:Training {id: toString(i), name: 'name ' + i, text: 'some text', tags: ['a']})",
    "MATCH (a:Training), (b:Training) WHERE toInteger(b.id) = toInteger(a.id) * 2 CREATE (a)-[:NEEDS {at: '1'}]->(b)",
    "MATCH (n:Training {id: $id}) SET n.lock = true REMOVE n.lock",
    "MERGE (n:Training {id: $id}) ON CREATE SET n.name = 'new' ON MATCH SET n.name = 'old' RETURN n{.*} AS n",
    "MATCH (n:Training) WHERE n.name > $id AND all(t IN $tags WHERE t IN n.tags) WITH n ORDER BY n.name, n.id LIMIT 50 "
    "RETURN collect([n.id, n.name, n.tags, COLLECT { MATCH (n)-[:NEEDS]->(m) RETURN m.id }]) AS rows",
    "CALL db.index.fulltext.queryNodes('training_text', $id) YIELD node, score RETURN collect([node.id, score]) AS r",
    "MATCH p = (s:Training {id: $id})-[:NEEDS*0..5]->(n) WITH n, min(length(p)) AS depth "
    "RETURN collect([n.id, depth, COLLECT { MATCH (n)-[:NEEDS]->(m) RETURN m.id }]) AS rows",
    "MATCH (n:Training)-[e:NEEDS]->(m) WHERE m.id = $id DELETE e",
    "MATCH (n:Training) DETACH DELETE n",
)


@dataclass(frozen=True)
class Order:
    """Configuration of a training process."""

    program: dict[str, object]
    watched: bool  # ends when its stdin ends


class Trainer:
    """The training process, from its parent."""

    def __init__(self, process: subprocess.Popen[bytes], detached: bool) -> None:
        self._process = process
        self._detached = detached

    @classmethod
    def spawn(cls, settings: Settings, program: Program, detached: bool) -> Self:
        program.folder.parent.mkdir(parents=True, exist_ok=True)
        with (program.folder.parent / "training.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "graph_api.neo4j.training"], stdin=subprocess.PIPE, stdout=log, stderr=log,
                cwd=ROOT, env=child_environment(), start_new_session=True,
            )  # fmt: skip
        assert process.stdin is not None
        order = Order({**asdict(program), "folder": str(program.folder)}, watched=not detached)
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
            process.stdin.flush()
        return cls(process, detached)

    def stop(self) -> None:
        """Ends the training, finished or not, unless it runs detached."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._detached:
            self._process.returncode = 0  # avoids the warning about a process that is not awaited
        else:
            self._process.kill()  # at the lowest priority it might not look at its stdin for seconds
            self._process.wait()

    def wait(self) -> int:
        """Waits for the end of the training and returns its exit code."""
        return self._process.wait()


def main() -> None:
    order = Order(**json.loads(sys.stdin.buffer.readline()))
    program = Program(**{**order.program, "folder": Path(str(order.program["folder"]))})
    if order.watched:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    lower_priority()
    with (program.folder.parent / f"{program.folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if not is_complete(program.folder):
            _remove_unused(program.folder.parent)
            asyncio.run(train(program))


def _end_with_stdin() -> None:
    """Ends this process when stdin ends. The server process in training detects that itself; `java` runs for seconds
    only."""
    while os.read(0, 1):
        pass
    os._exit(1)


def _remove_unused(caches: Path) -> None:
    for folder in caches.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > KEEP_DAYS * 86400:
            shutil.rmtree(folder, ignore_errors=True)


async def train(program: Program) -> None:
    """Writes the cache to `program.folder`, which is marked complete after the last step."""
    shutil.rmtree(program.folder, ignore_errors=True)
    program.folder.mkdir(parents=True)
    for jar in program.class_path:
        _copy_unsigned(Path(jar), program.folder)
    with tempfile.TemporaryDirectory(prefix="training-", dir=program.folder) as scratch:
        record = Path(scratch) / "record"
        await _record(program, Path(scratch), record)
        await asyncio.to_thread(_assemble, program, record)
    complete(program.folder)
    print(f"trained {program.folder}", flush=True)


def _copy_unsigned(jar: Path, folder: Path) -> None:
    """Copies a signed jar without its signatures; ignores other jars."""
    with zipfile.ZipFile(jar) as source:
        if not any(SIGNATURE.fullmatch(name) for name in source.namelist()):
            return
        with zipfile.ZipFile(folder / jar.name, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in source.infolist():
                if not SIGNATURE.fullmatch(entry.filename):
                    target.writestr(entry, _unsigned(entry.filename, source.read(entry)))


def _unsigned(name: str, content: bytes) -> bytes:
    """The manifest without its digests, which follow its first section."""
    return re.split(rb"\r?\n\r?\n", content)[0] + b"\r\n\r\n" if name == "META-INF/MANIFEST.MF" else content


async def _record(program: Program, scratch: Path, record: Path) -> None:
    """Records a start, typical queries over Bolt, and a stop."""
    flags = ("-XX:AOTMode=record", f"-XX:AOTConfiguration={record}")
    recorded = program.with_copies(flags, trained=False)
    config = _server_config(recorded, scratch)
    server = ServerProcess.spawn(config, scratch / "server.log")
    try:
        await server.until_ready()
        await asyncio.to_thread(_exercise, config)
    finally:
        await server.stop(RECORD_LIMIT)
        os.close(config.lock)


def _server_config(program: Program, scratch: Path) -> ServerConfig:
    lock = os.open(scratch / "server.lock", os.O_RDWR | os.O_CREAT)
    return ServerConfig(
        home=str(scratch / "home"), port=free_port(), password=new_password(), version=program.version,
        library=str(jvm_library()), flags=program.flags, class_path=program.class_path, page_cache="64m",
        state=str(scratch / "server.json"), pause=str(scratch / "pause.lock"), lock=lock, parent=os.getpid(),
        reset_password=False, recording=True,
    )  # fmt: skip


def _exercise(config: ServerConfig) -> None:
    """Runs typical catalog queries, so that their classes are in the cache too."""
    import neo4j

    with neo4j.GraphDatabase.driver(f"bolt://127.0.0.1:{config.port}", auth=("neo4j", config.password)) as driver:
        for _ in range(2):
            for query in QUERIES:
                driver.execute_query(query, id="7", tags=["a"])
        with driver.session() as session:
            for query in QUERIES[3:]:
                session.execute_write(lambda tx, text=query: tx.run(text, id="8", tags=["a"]).consume())


def _assemble(program: Program, record: Path) -> None:
    """Makes the cache from the record, with the JVM's own tool."""
    flags = ("-XX:AOTMode=create", f"-XX:AOTConfiguration={record}", f"-XX:AOTCache={program.folder / CACHE}")
    assembled = program.with_copies(flags, trained=True)
    paths = os.pathsep.join((*assembled.class_path, str(support_jar())))
    subprocess.run(
        [java_home() / "bin" / "java", *assembled.flags, "-cp", paths], env=child_environment(), check=True, timeout=600
    )


if __name__ == "__main__":
    main()
