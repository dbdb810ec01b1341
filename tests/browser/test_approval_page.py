"""Somebody without a login, a link and nothing else: they read a text, decide once, and are told plainly."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from dev.stack import Stack
from tests.browser.conftest import LANGUAGES
from tests.web.client import Client
from tests.web.test_editing import edit, write

TEXT = "A cheap <b>cup</b> of tea <script>document.title = 'run'</script> warms both hands."
_numbers = count(1)


@pytest.fixture
async def ada(stack: Stack) -> AsyncIterator[Client]:
    async with Client.signed_up(stack, f"ada{next(_numbers)}@example.com") as client:
        yield client


@pytest.fixture
async def content(ada: Client) -> Any:
    """A text of ada's that waits for somebody's word."""
    return (await edit(ada, await write(ada), body=TEXT))["content"]


@pytest.fixture
async def link(ada: Client, content: Any) -> str:
    return str((await ada.post("/api/content/approval-link", {"contentId": content["id"]}))["url"])


@pytest.fixture
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A phone of somebody who has never been here. Whatever the page complains of fails the test."""
    context = await browser.new_context(
        locale=LANGUAGES[len(request.node.name) % len(LANGUAGES)],
        timezone_id="Asia/Seoul",
        viewport={"width": 390, "height": 800},
    )
    page, complaints, asked = await context.new_page(), list[str](), list[Request]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.on("requestfinished", lambda request: asked.append(request))
    yield page
    assert complaints == []
    sent = [await it.all_headers() for it in asked if "/api/" in it.url]
    assert not any({"cookie", "referer", "authorization"} & headers.keys() for headers in sent)
    assert await context.cookies() == []
    await context.close()


def said(page: Page) -> Any:
    return page.locator("#message h2")


async def language_of(page: Page) -> str:
    return str(await page.evaluate("navigator.language"))


async def status_of(client: Client, content: Any) -> Any:
    return (await client.get(f"/api/contents/{content['id']}"))["content"]


@pytest.mark.parametrize(("decision", "status"), [("approve", "draft"), ("reject", "rejected")])
async def test_a_text_is_read_as_it_is_and_decided_with_a_note(
    page: Page, ada: Client, content: Any, link: str, decision: str, status: str
) -> None:
    await page.goto(link)
    await expect(page.locator("#text pre")).to_have_text(TEXT)
    assert await page.locator("#text b, #text script").count() == 0
    assert await page.title() == "Drumbeat"
    is_korean = (await language_of(page)).startswith("ko")
    await expect(page.locator("h2:visible")).to_have_text(
        "이 글을 발행해도 될까요?" if is_korean else "May this be published?"
    )
    await page.fill("[name=note]", "as agreed")
    await page.click(f"button[value={decision}]")
    words = {"approve": ("승인했습니다", "Approved"), "reject": ("반려했습니다", "Rejected")}[decision]
    await expect(said(page)).to_have_text(words[0] if is_korean else words[1])
    await expect(page.locator("#decision")).to_be_hidden()
    decided = await status_of(ada, content)
    assert (decided["status"], decided["decisionNote"]) == (status, "as agreed")
    await page.reload()
    await expect(page.locator("#message")).to_have_attribute(
        "data-is", "usedToApprove" if decision == "approve" else "usedToReject"
    )


async def test_a_link_that_cannot_be_used_says_why(page: Page, ada: Client, content: Any, link: str) -> None:
    message = page.locator("#message")
    await page.goto(link[:-1] + ("A" if link[-1] != "A" else "B"))
    await expect(message).to_have_attribute("data-is", "unknown")
    await page.goto(link.partition("#")[0])
    await expect(message).to_have_attribute("data-is", "unknown")
    await edit(ada, content, body=f"{TEXT} Really.")
    await page.goto(link)
    await expect(message).to_have_attribute("data-is", "void")
    await expect(page.locator("#decision")).to_be_hidden()


async def test_who_is_too_late_is_told_so_and_changes_nothing(page: Page, ada: Client, content: Any, link: str) -> None:
    await page.goto(link)
    await expect(page.locator("#decision")).to_be_visible()
    await ada.post("/api/content/reject", {"contentId": content["id"]})
    await page.click("button[value=approve]")
    await expect(page.locator("#message")).to_have_attribute("data-is", "decided")
    assert (await status_of(ada, content))["status"] == "rejected"


async def test_a_lost_answer_can_be_asked_for_again_and_counts_once(
    page: Page, ada: Client, content: Any, link: str
) -> None:
    """The decision arrives, its answer does not."""

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.goto(link)
    await page.route("**/api/approval/decide", lose)
    await page.click("button[value=approve]")
    await expect(page.locator("#message")).to_have_attribute("data-is", "broken")
    assert (await status_of(ada, content))["status"] == "draft"
    await page.unroute("**/api/approval/decide")
    await page.click("#again")
    await expect(page.locator("#message")).to_have_attribute("data-is", "approved")


async def test_without_a_connection_it_says_that_nothing_was_decided(page: Page, link: str) -> None:
    await page.goto(link)
    await expect(page.locator("#decision")).to_be_visible()
    await page.route("**/api/approval/read", lambda route: route.abort())
    await page.reload()
    await expect(page.locator("#message")).to_have_attribute("data-is", "offline")
    await page.unroute("**/api/approval/read")
    await page.click("#again")
    await expect(page.locator("#decision")).to_be_visible()


async def test_the_language_can_be_changed_without_losing_what_was_typed(page: Page, link: str) -> None:
    await page.goto(link)
    await page.fill("[name=note]", "half a note")
    before = await page.locator("html").get_attribute("lang")
    await page.click("#language")
    assert await page.locator("html").get_attribute("lang") == {"en": "ko", "ko": "en"}[before or ""]
    await expect(page.locator("[name=note]")).to_have_value("half a note")
    await expect(page.locator("#text pre")).to_have_text(TEXT)


async def test_nothing_runs_past_the_edge_of_a_phone_in_the_dark_either(page: Page, link: str) -> None:
    await page.emulate_media(color_scheme="dark")
    await page.goto(link)
    await expect(page.locator("#decision")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(23, 24, 27)"


async def test_nobody_decides_below_the_text_of_a_link_that_was_slower(page: Page, ada: Client, link: str) -> None:
    other = (await edit(ada, await write(ada), body="Another cheap cup warms one hand."))["content"]
    others = str((await ada.post("/api/content/approval-link", {"contentId": other["id"]}))["url"])
    is_late = asyncio.Event()

    async def hold(route: Route) -> None:
        if link.partition("#")[2] in (route.request.post_data or ""):
            await is_late.wait()
        await route.continue_()

    await page.route("**/api/approval/read", hold)
    await page.goto(link)
    await page.evaluate("secret => { location.hash = secret }", others.partition("#")[2])
    await expect(page.locator("#text pre")).to_have_text("Another cheap cup warms one hand.")
    async with page.expect_response("**/api/approval/read"):
        is_late.set()
    await page.wait_for_timeout(100)
    await expect(page.locator("#text pre")).to_have_text("Another cheap cup warms one hand.")
