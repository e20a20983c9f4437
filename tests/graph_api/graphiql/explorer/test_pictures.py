"""What the pictures look like, beside small ones in git: `MESHWEAVE_WRITE_PICTURES=1` makes those anew.

They are compared as grey thumbnails, so that another machine's fonts make no difference, and a lost column, colour
scheme or edge does.
"""

import base64
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Page, expect

from tests.graph_api.graphiql.explorer.conftest import Explorer, Open
from tests.graph_api.graphiql.explorer.mesh import HUB, PROFILES

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parent / "pictures"
SIZE = (240, 130)
MEAN = 5.0  # of 255: how far grey values may lie apart on average
FAR, SHARE = 40, 0.02  # of 255, and of all points: how many may differ by more
# Draws both pictures small, and compares them point by point.
COMPARE = """async ([one, other, [width, height], far]) => {
  const points = async address => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const at = i => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3;
    const grey = Array.from({ length: width * height }, (_, i) => at(i));
    return { grey, small: canvas.toDataURL() };
  };
  const a = await points(one);
  const b = await points(other ?? one);
  const gaps = a.grey.map((value, i) => Math.abs(value - b.grey[i]));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  return { mean, share: gaps.filter(gap => gap > far).length / gaps.length, small: a.small };
}"""
VIEWS: dict[str, tuple[str, dict[str, str], bool]] = {
    "lineage": (PROFILES, {}, False),
    "lineage-dark": (PROFILES, {}, True),
    "impact": (PROFILES, {"mode": "impact"}, False),
    "folded": (HUB, {}, False),
    "show-all": (HUB, {"all": "1"}, False),
}


class Difference(NamedTuple):
    mean: float
    share: float

    @property
    def small(self) -> bool:
        return self.mean <= MEAN and self.share <= SHARE


def address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


async def compared(page: Page, one: bytes, other: bytes | None = None) -> dict[str, Any]:
    """On an empty page, which has no policy against data."""
    await page.goto("about:blank")
    return await page.evaluate(COMPARE, [address(one), other and address(other), SIZE, FAR])


async def taken(explorer: Explorer, view: str) -> bytes:
    urn, query, _ = VIEWS[view]
    await explorer.lineage(urn, view="picture", **query)
    if "mode" in query:
        await expect(explorer.page.locator(".card.breaks").first).to_be_visible()
    await explorer.page.wait_for_timeout(400)  # the view rests, and a canvas is drawn sharp
    return await explorer.page.locator(".picture").screenshot(animations="disabled")


@pytest.mark.parametrize("view", VIEWS)
async def test_a_picture_looks_as_it_did(open_explorer: Open, view: str) -> None:
    explorer = await open_explorer(dark=VIEWS[view][2])
    picture = await taken(explorer, view)
    reference = FOLDER / f"{view}.png"
    if os.environ.get("MESHWEAVE_WRITE_PICTURES"):
        small = (await compared(explorer.page, picture))["small"]
        reference.write_bytes(base64.b64decode(small.partition(",")[2]))
    found = await compared(explorer.page, picture, reference.read_bytes())
    difference = Difference(found["mean"], found["share"])
    assert difference.small, difference


@pytest.mark.parametrize(("one", "other"), [("lineage", "lineage-dark"), ("lineage", "impact"), ("folded", "show-all")])
async def test_other_pictures_do_not(explorer: Explorer, one: str, other: str) -> None:
    pictures = [(FOLDER / f"{name}.png").read_bytes() for name in (one, other)]
    found = await compared(explorer.page, *pictures)
    assert not Difference(found["mean"], found["share"]).small
