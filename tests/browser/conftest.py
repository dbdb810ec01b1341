"""A real browser in front of the whole product; skipped by name where there is none."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from dev.clock import RealClock
from dev.postgres import Postgres
from dev.stack import Dsns, Stack, open_stack
from tests.conftest import TEMPLATE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

LANGUAGES = ("en-US", "ko-KR")

expect.set_options(timeout=20_000)  # the first text loads a model's package, on a machine that may be busy


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def stack(postgres: Postgres, request: pytest.FixtureRequest) -> AsyncIterator[Stack]:
    """In real time, as the browser's is."""
    name = request.module.__name__.rpartition(".")[2]
    await postgres.create_database(name, TEMPLATE)
    async with open_stack(clock=RealClock(), database=Dsns.of(postgres, name), with_crons=False) as stack:
        yield stack
    await postgres.drop_database(name)


@pytest.fixture
async def page(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A phone, whose owner reads Korean or English by the length of the test's name. Whatever the page complains of
    fails the test."""
    locale = LANGUAGES[len(request.node.name) % len(LANGUAGES)]
    context = await browser.new_context(locale=locale, timezone_id="Asia/Seoul", viewport={"width": 390, "height": 800})
    page, complaints = await context.new_page(), list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    await page.goto(stack.url)
    yield page
    assert complaints == []
    await context.close()
