"""A real browser keeps our strict cookies back when another site leads to us; the connection ends all the same."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Request

from dev.clock import RealClock
from dev.postgres import Postgres
from dev.stack import Dsns, Stack, open_stack
from tests.conftest import TEMPLATE

CALLBACK = "/api/account/callback"
BEGIN = """async (credentials) => {
  const send = (path, body) => fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  await send("/api/signup", credentials);
  return (await (await send("/api/account/begin", { platform: "x" })).json()).url;
}"""


@pytest.fixture(scope="module")
async def stack(postgres: Postgres) -> AsyncIterator[Stack]:
    """In real time, as the browser's is."""
    await postgres.create_database("connecting", TEMPLATE)
    dsns = Dsns.of(postgres, "connecting")
    async with open_stack(clock=RealClock(), database=dsns, with_crons=False) as stack:
        yield stack
    await postgres.drop_database("connecting")


async def test_coming_back_from_another_site_connects_the_account(browser: Browser, stack: Stack) -> None:
    """To a browser 127.0.0.1 and localhost are two sites, as ours and X are."""
    context = await browser.new_context()
    page = await context.new_page()
    knocks: list[tuple[str, bool]] = []

    async def note(request: Request) -> None:
        if CALLBACK in request.url:
            has_session = "drumbeat_access" in (await request.all_headers()).get("cookie", "")
            knocks.append((request.url.partition("?")[2], has_session))

    await page.goto(stack.url)
    url = await page.evaluate(BEGIN, {"email": "strict@example.com", "password": "a long password"})
    page.on("request", note)
    here, elsewhere = "127.0.0.1", "localhost"
    await page.goto(f"http://{elsewhere}:{stack.url.rpartition(':')[2]}/")
    await page.evaluate("url => { location.href = url }", url.replace(here, elsewhere, 1))
    await page.wait_for_url("**/?account=*")
    assert page.url == f"{stack.url}/?account=connected"
    (first, had_session), (second, has_session) = knocks
    assert (had_session, has_session) == (False, True)
    assert second == f"{first}&again=1"
    accounts = await page.evaluate("async () => (await (await fetch('/api/accounts')).json()).accounts")
    assert [it["platform"] for it in accounts] == ["x"]
    await context.close()
