"""The chart of docs/quality.md, from the sample's files: `python -m scripts.quality_chart` writes it."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from graph_api.data.reader import ProcessReader
from graph_api.data.sources import Source
from graph_api.sample.data import BUCKET, DAYS, write_files
from graph_api.sample.files import read_sample
from graph_api.sample.quality import URN, Terms, days

PAGE = Path(__file__).parents[1] / "docs" / "quality.md"
BEGIN, END = "<!-- chart: python -m scripts.quality_chart -->\n", "<!-- end of the chart -->\n"
# The files are drawn from a seed, so the chart is the same whenever it is made as of one instant.
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


async def scores() -> list[tuple[str, float]]:
    """Day and overall score of `customer/events`."""
    sample = read_sample()
    events = next(product for product in sample.products if product.urn == URN)
    domain = next(one for one in sample.domains if one["name"] == "customer")
    contract = events.arguments["contract"]
    terms = Terms(contract["jsonSchema"], contract["quality"], domain["businessRules"])
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), NOW)
        reader = ProcessReader(None, more=(Source("files", BUCKET, {"uri": BUCKET, "root": folder}),))
        found = [(end, result.overall) async for end, result in days(reader, terms, NOW, today=True)]
    return [(f"{end:%d}", round(overall or 0.0, 4)) for end, overall in found]


def chart(points: list[tuple[str, float]]) -> str:
    assert len(points) == DAYS
    return f"""```mermaid
xychart-beta
  title "customer/events: overall score by day, November 2026"
  x-axis [{", ".join(day for day, _ in points)}]
  y-axis "score" 0.8 --> 1
  line [{", ".join(f"{score:.4f}" for _, score in points)}]
```
"""


def page(text: str, drawn: str) -> str:
    """The page with the chart between its marks."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + drawn + END + rest.partition(END)[2]


def main() -> None:
    PAGE.write_text(page(PAGE.read_text(), chart(asyncio.run(scores()))))


if __name__ == "__main__":
    main()
