"""Makes the README's pictures of the explorer: `python -m scripts.screenshots` serves the sample to a Chromium."""

import asyncio
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from playwright.async_api import Browser, async_playwright

from bench.chromium import FLAGS, chromium_path
from bench.service import free_port
from graph_api.graphiql.build import ensure_built
from graph_api.serve import Served, serve
from graph_api.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PROFILES = "urn:mesh:customer:profiles"
MOST_BYTES = 150_000


class Picture(NamedTuple):
    """A page to look at, and what to wait for before."""

    name: str
    path: str
    ready: str
    scheme: str = "light"
    size: tuple[int, int] = (1140, 650)


PICTURES = (
    Picture("home", "/explore", "html[data-ready]", size=(1280, 760)),
    Picture(
        "lineage", f"/explore/lineage/{PROFILES}?at={PROFILES}", "html[data-findings][data-times] .drawer[data-ready]"
    ),
    Picture(
        "impact",
        f"/explore/lineage/{PROFILES}?mode=impact",
        "html[data-findings][data-times] .drawer[data-ready^=impact]",
        "dark",
    ),
)


async def look(browser: Browser, url: str, picture: Picture) -> Path:
    context = await browser.new_context(
        viewport={"width": picture.size[0], "height": picture.size[1]},
        color_scheme=picture.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(120_000)
    await page.goto(url + picture.path)
    await page.wait_for_selector(picture.ready, state="attached")
    await page.wait_for_timeout(500)  # the view's last frame
    path = FOLDER / f"{picture.name}.png"
    await page.screenshot(path=path, animations="disabled")
    await context.close()
    return path


async def pictures(url: str, chromium: str) -> list[Path]:
    FOLDER.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        made = [await look(browser, url, picture) for picture in PICTURES]
        await browser.close()
    return made


async def stop(serving: asyncio.Task[None]) -> None:
    """Ends the server as an operator would: it finishes its background work before its database goes."""
    if not serving.done():
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait({serving})


async def main(chromium: str) -> int:
    with TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), port=free_port())  # type: ignore[call-arg]
        await asyncio.to_thread(ensure_built, settings.cache_dir)
        served: asyncio.Future[Served] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(settings, sample=True, on_ready=served.set_result))
        await asyncio.wait({serving, asyncio.ensure_future(served)}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving  # says why it did not start
        try:
            made = await pictures((await served).url, chromium)
        finally:
            await stop(serving)
    for path in made:
        print(f"{path.name}: {path.stat().st_size:,} bytes")
    return int(any(path.stat().st_size > MOST_BYTES for path in made))


if __name__ == "__main__":
    found = chromium_path()
    if found is None:
        sys.exit("There is no Chromium on the PATH.")
    sys.exit(asyncio.run(main(found)))
