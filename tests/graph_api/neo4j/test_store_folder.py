import json
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from graph_api.neo4j import store_folder
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.layout import Layout
from graph_api.neo4j.state import ServerState, read_state, write_state
from graph_api.neo4j.store_folder import choose_port, is_later, prepare_store

KILLED = ServerState(4_000_000, 7_999, "2026-01-01T00:00:00+00:00", "2026.08.1", "ready", False, 1)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.create()
    return made


def make_store(layout: Layout, version: str = "2026.08.1") -> None:
    (layout.home / "data" / "databases").mkdir(parents=True)
    layout.store_version.write_text(json.dumps({"neo4j": version}))


def test_a_first_start_gets_a_new_password_and_is_marked_until_it_was_ready(layout: Layout) -> None:
    store = prepare_store(layout, "2026.08.1")
    assert (store.new_password, store.reset_password) == (True, False)
    assert len(store.password) >= 32
    assert layout.creating.exists()
    assert layout.read_password() is None


def test_a_creation_that_was_killed_starts_anew(layout: Layout) -> None:
    prepare_store(layout, "2026.08.1")
    half = layout.home / "data" / "databases" / "system" / "half"
    half.parent.mkdir(parents=True)
    half.touch()
    prepare_store(layout, "2026.08.1")
    assert not half.exists()


def test_a_store_keeps_its_password(layout: Layout) -> None:
    make_store(layout)
    layout.write_password("geheim")
    store = prepare_store(layout, "2026.08.1")
    assert (store.password, store.new_password, store.reset_password) == ("geheim", False, False)
    assert layout.password.stat().st_mode & 0o777 == 0o600


def test_a_store_whose_password_is_lost_gets_a_new_one(layout: Layout) -> None:
    make_store(layout)
    store = prepare_store(layout, "2026.08.1")
    assert (store.new_password, store.reset_password) == (True, True)


def test_a_store_of_a_later_neo4j_is_refused_and_left_alone(layout: Layout) -> None:
    make_store(layout, "2027.01.0")
    with pytest.raises(StartError, match=r"was written by Neo4j 2027\.01\.0, this Meshweave includes 2026\.08\.1"):
        prepare_store(layout, "2026.08.1")
    assert json.loads(layout.store_version.read_text()) == {"neo4j": "2027.01.0"}


def test_a_store_of_an_earlier_neo4j_is_taken_over(layout: Layout) -> None:
    make_store(layout, "2026.02.0")
    prepare_store(layout, "2026.08.1")
    assert json.loads(layout.store_version.read_text()) == {"neo4j": "2026.08.1"}


def test_a_killed_server_is_told_and_its_pid_forgotten(layout: Layout) -> None:
    make_store(layout)
    write_state(layout.state, KILLED)
    assert prepare_store(layout, "2026.08.1").text == "Recovering Neo4j after an unclean stop"
    state = read_state(layout.state)
    assert state is not None
    assert (state.status, state.port) == ("stopped", 7_999)


def test_a_restore_that_was_killed_between_its_renames_leaves_the_former_store(layout: Layout) -> None:
    make_store(layout)
    layout.home.rename(layout.replaced)
    prepare_store(layout, "2026.08.1")
    assert layout.has_store
    assert not layout.replaced.exists()


def test_a_full_disk_is_told_before_anything_is_written(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(store_folder.shutil, "disk_usage", lambda _: usage(1, 1, 1_000_000))
    with pytest.raises(StartError, match=r"The disk is full: .* has 1 MB left") as failure:
        prepare_store(layout, "2026.08.1")
    assert "MESHWEAVE_DATA_DIR" in failure.value.remedy
    assert list(layout.folder.iterdir()) == []


def test_versions_compare_by_number() -> None:
    assert is_later("2026.10.0", "2026.8.1")
    assert not is_later("2026.08.1", "2026.08.1")
    assert not is_later("5.26.0", "2026.08.1")
    assert not is_later("unknown", "2026.08.1")


def test_a_port_that_is_taken_is_named(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} is used") as failure:
            choose_port(port, layout)
    assert "MESHWEAVE_EMBEDDED_PORT" in failure.value.remedy


def test_the_port_of_last_time_is_kept_unless_taken(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        write_state(layout.state, ServerState(1, port, "", "", "stopped", False, None))
        assert choose_port(0, layout) != port
    assert choose_port(0, layout) == port


def test_a_folder_for_this_user_alone(layout: Layout) -> None:
    assert layout.folder.stat().st_mode & 0o777 == 0o700
