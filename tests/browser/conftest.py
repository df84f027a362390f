"""A real browser on a real studio process; nothing outside this machine can be reached."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, StorageState, async_playwright

from tests.fakes.running_studio import RunningStudio, running_studio

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every name but this machine's own leads nowhere: what loads, loads from the studio.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
)
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

SIGNED_IN: dict[str, StorageState] = {}
"""By the link that signs in."""

Visit = Callable[..., AbstractAsyncContextManager[Page]]


class Trouble(list[str]):
    """What went wrong in the browser: errors on the console, failed and foreign requests."""

    def watch(self, page: Page, origin: str) -> None:
        page.on("console", lambda line: line.type == "error" and self.append(line.text))
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("requestfailed", lambda request: self.append(f"failed: {request.url}"))
        page.on(
            "request",
            lambda request: (
                not request.url.startswith((origin, "data:", "blob:"))
                and self.append(f"foreign: {request.url}")
            ),
        )


def chromium() -> str | None:
    """Finds the system's browser."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    if path is None:
        reason = "No Chromium was found; install it, or name it in CHROMIUM."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def studio() -> Iterator[RunningStudio]:
    with running_studio() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, studio: RunningStudio) -> Visit:
    """Opens a page in a fresh profile: `async with visit("/models", dark=True) as page:`."""

    @asynccontextmanager
    async def visiting(
        path: str = "/",
        *,
        dark: bool = False,
        size: Any = WIDE,
        allow: tuple[str, ...] = (),
        of: RunningStudio = studio,
    ) -> AsyncIterator[Page]:
        if of.link not in SIGNED_IN:
            SIGNED_IN[of.link] = await sign_in(browser, of.link)
        context = await browser.new_context(
            storage_state=SIGNED_IN[of.link],
            viewport=size,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        page, trouble = await context.new_page(), Trouble()
        page.set_default_timeout(10_000)
        trouble.watch(page, of.origin)
        await open_page(page, of.origin + path)
        yield page
        await context.close()
        assert [t for t in trouble if not any(word in t for word in allow)] == []

    return visiting


async def sign_in(browser: Browser, link: str) -> StorageState:
    """Opens the link once and returns the cookies of whoever is signed in."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(link)
    kept = await context.storage_state()
    await context.close()
    return kept


async def open_page(page: Page, url: str) -> None:
    """Goes to an address and waits until the studio answers there."""
    if page.url != url:
        await page.goto(url)
    await page.wait_for_function("() => window.did_handshake === true")
    await page.locator("h1").first.wait_for()
    # A key pressed before the page knows its shortcuts is nobody's.
    await page.wait_for_function("() => document.documentElement.dataset.keys === 'ready'")


@pytest.fixture(scope="session")
def axe_source() -> str:
    return (Path(__file__).parent / "assets" / "axe.min.js").read_text(encoding="utf-8")
