"""What a browser fetches of our own pages: the files that a page loads before it runs anything, compressed."""

import re
from collections.abc import Iterator
from pathlib import Path

KB = 1_000
# Most KB of the chunk that both pages share, and of the explorer's page whole, its worker included.
SHARED = 25
EXPLORE = 90
STATIC_IMPORT = re.compile(r"""(?:\bimport|\bfrom)\s*["']\./([\w.-]+\.js)["']""")


def loaded(page: Path) -> set[str]:
    """The scripts and style sheets that a page loads before it runs anything, by their names."""
    named = set(re.findall(r'(?:src|href)="/graphiql/assets/([^"]+)"', page.read_text()))
    assets = page.parent / "assets"
    while True:
        scripts = [name for name in named if name.endswith(".js")]
        more = {found for name in scripts for found in STATIC_IMPORT.findall((assets / name).read_text())} - named
        if not more:
            return named
        named |= more


def shared_chunks(assets: Path) -> set[str]:
    """The picture's script and style sheet."""
    return {path.name for path in assets.iterdir() if re.fullmatch(r"lineage-[\w-]+\.(?:js|css)", path.name)}


def explorer_files(assets: Path) -> set[str]:
    return loaded(assets.parent / "explore.html") | {path.name for path in assets.glob("worker-*.js")}


def compressed(assets: Path, names: set[str]) -> float:
    """KB by gzip."""
    return sum((assets / f"{name}.gz").stat().st_size for name in names) / KB


def sizes(assets: Path) -> Iterator[tuple[str, float, float]]:
    """What is bounded, its most KB and its KB."""
    yield "chunk that both pages share", SHARED, compressed(assets, shared_chunks(assets))
    yield "/explore whole", EXPLORE, compressed(assets, explorer_files(assets))
