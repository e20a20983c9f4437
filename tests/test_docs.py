"""The documents agree with the code, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from scripts.reference_pages import PAGES

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "bench" / "NOTES.md"]


def words(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("file", PAGES, ids=words)
def test_reference_pages_are_made_from_the_code(file):
    assert file.read_text() == PAGES[file](), "run `python -m scripts.reference_pages`"


@pytest.mark.parametrize("file", DOCUMENTS, ids=words)
def test_links_lead_to_files_and_headings(file):
    for target, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)", file.read_text()):
        linked = (file.parent / target).resolve() if target else file
        assert linked.exists(), f"{file.name} links to {target}"
        if heading:
            assert heading[1:] in anchors(linked.read_text()), f"{file.name} links to {target}{heading}"


def anchors(text: str) -> set[str]:
    """The fragments that GitHub gives the headings of `text`."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


async def test_the_chart_of_quality_is_made_from_the_sample():
    pytest.importorskip("duckdb", reason="needs meshweave[data]")
    from scripts.quality_chart import PAGE, chart, page, scores

    text = PAGE.read_text()
    assert text == page(text, chart(await scores())), "run `python -m scripts.quality_chart`"
