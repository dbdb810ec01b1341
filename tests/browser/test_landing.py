"""Who comes from a mail finds what it was about, signed in already or not."""

import pytest
from playwright.async_api import Page, expect

from dev.stack import Stack
from tests.browser.visitor import PASSWORD, sign_up

PLACES = {"content": "#review", "publication": "#decide", "failed": "#letters", "account": "#accounts"}


@pytest.mark.parametrize("what", PLACES)
async def test_a_link_of_a_mail_opens_the_list_that_it_names(page: Page, stack: Stack, what: str) -> None:
    await sign_up(page)
    await page.goto("about:blank")
    await page.goto(f"{stack.url}/#{what}=11111111-2222-4333-8444-555555555555")
    await expect(page.locator(PLACES[what])).to_be_visible()
    assert page.url == f"{stack.url}/"


async def test_who_has_to_sign_in_first_gets_there_afterwards(page: Page, stack: Stack) -> None:
    email = await sign_up(page)
    await page.click("#sign-out")
    await expect(page.locator("#sign-in")).to_be_visible()
    await page.goto("about:blank")
    await page.goto(f"{stack.url}/#content=11111111-2222-4333-8444-555555555555")
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.click("button[value=session]")
    await expect(page.locator("#review")).to_be_visible()


@pytest.mark.parametrize("what", ["nothing=1", "content", "__proto__=1", "=", "account"])
async def test_any_other_address_opens_nothing(page: Page, stack: Stack, what: str) -> None:
    await sign_up(page)
    await page.goto("about:blank")
    await page.goto(f"{stack.url}/#{what}")
    await expect(page.locator("#board")).to_be_visible()
    await expect(page.locator("dialog[open]")).to_have_count(0)
