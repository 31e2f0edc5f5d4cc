"""A headless Chromium for tests of pages: it hears every complaint and every request."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium; skips the test where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, address: str, **context: object) -> Iterator[tuple[Page, list[str]]]:
    """A page at a file's address, and what its console says.

    In the end nothing may have been complained of, and nothing asked for but the page.
    """
    with browser.new_context(**context) as own:
        page, heard, asked = own.new_page(), [], []
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        yield page, heard
        assert heard == []
        assert [url for url in asked if url != address and not url.startswith("data:")] == []


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong: its rule, and the first element."""
    found = Axe().run(page).response
    assert len(found["passes"]) > 20
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]
