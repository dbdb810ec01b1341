"""A person and their accounts: connect them, say when they may publish, mend them, take them away."""

from uuid import uuid4

from playwright.async_api import Page, expect

from dev.platforms.script import Doing, Failing, Fault
from dev.stack import Stack
from tests.browser.visitor import connect, is_korean, send, sign_up, submit

CARD = "#account-list li"


async def fill_form(page: Page, stack: Stack, platform: str, name: str) -> None:
    """What the stand-in wants to be told, into the form that the page has drawn."""
    wish = stack.platforms.new_account(platform, name)
    for field, value in {**wish["credentials"], **wish["settings"]}.items():
        await page.fill(f"#platform-fields [name={field}]", value)


async def test_an_account_is_connected_by_the_form_of_its_platform(page: Page, stack: Stack) -> None:
    await sign_up(page)
    await page.click("#show-accounts")
    await expect(page.locator("#no-accounts")).to_be_visible()
    await page.click("#connect-account")
    await page.select_option("#connecting [name=platform]", "mastodon")
    token = page.locator("#platform-fields [name=token]")
    await expect(token).to_have_attribute("type", "password")
    name = f"tea{uuid4().hex[:8]}"
    await fill_form(page, stack, "mastodon", name)
    await page.fill("#platform-fields [name=token]", "not the token")
    await submit(page, "#connecting").click()
    await expect(page.locator("label:has([name=token]) em")).not_to_be_empty()
    await expect(token).to_have_attribute("aria-invalid", "true")
    await fill_form(page, stack, "mastodon", name)
    await submit(page, "#connecting").click()
    await expect(page.locator(f"{CARD} h3")).to_contain_text(f"@{name}@")
    await expect(page.locator(f"{CARD} .badge")).to_have_attribute("data-is", "active")
    assert await page.locator("#platform-fields input").count() == 0  # what was typed is kept nowhere


async def test_every_platforms_form_can_be_drawn_and_has_words_for_its_fields(page: Page) -> None:
    await sign_up(page)
    await page.click("#show-accounts")
    await page.click("#connect-account")
    platforms = (await send(page, "/api/platforms"))["platforms"]
    assert len(platforms) == 10
    for platform in platforms:
        await page.select_option("#connecting [name=platform]", platform["platform"])
        await expect(page.locator("#platform-fields input")).to_have_count(len(platform["fields"]))
        await expect(page.locator("#platform-help")).not_to_have_text(platform["platform"])
        for field in platform["fields"]:
            label = page.locator(f"label:has([name={field['name']}]) > span").first
            assert field["label"].removeprefix("account.") not in await label.inner_text()
            kind = "password" if field["isSecret"] else "text"
            await expect(page.locator(f"#platform-fields [name={field['name']}]")).to_have_attribute("type", kind)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_secret_for_signatures_is_made_shown_once_and_gone(page: Page, stack: Stack) -> None:
    await sign_up(page)
    await page.click("#show-accounts")
    await page.click("#connect-account")
    await page.select_option("#connecting [name=platform]", "webhook")
    await page.click("#platform-fields button >> nth=0")
    secret = page.locator("#platform-fields [name=secret]")
    await expect(secret).to_have_attribute("type", "text")
    first = await secret.input_value()
    assert first.startswith("whsec_")
    await page.keyboard.press("Escape")
    assert first not in await page.content()
    await page.click("#connect-account")
    await page.select_option("#connecting [name=platform]", "webhook")
    await expect(page.locator("#platform-fields [name=secret]")).to_have_value("")


async def test_x_is_connected_at_x_and_the_address_is_clean_afterwards(page: Page, stack: Stack) -> None:
    await sign_up(page)
    told = "연결했습니다" if await is_korean(page) else "connected"
    await page.click("#show-accounts")
    await page.click("#connect-account")
    await page.select_option("#connecting [name=platform]", "x")
    await submit(page, "#connecting").click()
    await expect(page.locator("#toast")).to_contain_text(told)
    assert page.url == f"{stack.url}/"
    await page.click("#show-accounts")
    await expect(page.locator(f"{CARD} .badge")).to_have_attribute("data-is", "active")


async def test_nothing_of_an_address_is_said_but_three_fixed_words(page: Page, stack: Stack) -> None:
    await sign_up(page)
    await page.goto(f"{stack.url}/?account=Call+555+now&other=1")
    await expect(page.locator("#board")).to_be_visible()
    await page.wait_for_url(f"{stack.url}/?other=1")
    await expect(page.locator("#toast")).to_be_hidden()
    await page.goto(f"{stack.url}/?account=refused")
    await expect(page.locator("#toast")).to_contain_text("연결하지 못" if await is_korean(page) else "not connected")


async def test_when_an_account_may_publish_is_said_kept_and_shown(page: Page, stack: Stack) -> None:
    await sign_up(page)
    await connect(page, stack.platforms.new_account("discord", f"tea{uuid4().hex[:8]}"))
    await page.click("#show-accounts")
    await page.click("[data-do=cadence]")
    await expect(page.locator("#pace [name=timezone]")).to_have_value("Asia/Seoul")
    await page.fill("#pace [name=spacing]", "90")
    await page.click("#add-quiet")
    await page.fill("[name=quietFrom]", "23:00")
    await page.fill("[name=quietTo]", "07:00")
    await page.check("[name=quietDay][value='6']")
    await page.fill("[name=blackoutDates]", "2026-12-25\n2027-01-01 to 2027-01-03\nsoon")
    await submit(page, "#pace").click()
    await expect(page.locator("label:has([name=blackoutDates]) em")).not_to_be_empty()
    await page.fill("[name=blackoutDates]", "2026-12-25\n2027-01-01 to 2027-01-03")
    await submit(page, "#pace").click()
    pace = page.locator(f"{CARD} .pace")
    for words in (
        "90",
        "23:00",
        "07:00",
        "토" if await is_korean(page) else "Sat",
        "2026-12-25",
        "2027-01-03",
        "Seoul",
    ):
        await expect(pace).to_contain_text(words)
    await page.click("[data-do=cadence]")
    await expect(page.locator("#pace [name=spacing]")).to_have_value("90")
    await expect(page.locator("[name=quietDay]:checked")).to_have_count(1)
    await expect(page.locator("[name=blackoutDates]")).to_have_value("2026-12-25\n2027-01-01 – 2027-01-03")


async def test_an_account_that_is_refused_says_why_and_is_connected_again(page: Page, stack: Stack) -> None:
    await sign_up(page)
    name = f"tea{uuid4().hex[:8]}"
    account = await connect(page, stack.platforms.new_account("mastodon", name))
    await page.click("#show-accounts")
    await page.click("[data-do=test]")
    await expect(page.locator("#toast")).to_contain_text("정상" if await is_korean(page) else "works")
    stack.platforms.mastodon.script.fail(Fault(Failing.REVOKED, on=Doing.READ), account=name)
    await page.click("[data-do=test]")
    await expect(page.locator(f"{CARD} .badge")).to_have_attribute("data-is", "needs_reauth")
    await expect(page.locator(f"{CARD} .why")).not_to_be_empty()
    await page.keyboard.press("Escape")
    await page.click("[data-needs=accounts] button")
    await page.click("[data-do=reconnect]")
    await expect(page.locator("#platform-fields [name=server]")).not_to_have_value("")
    await fill_form(page, stack, "mastodon", name)
    await submit(page, "#connecting").click()
    await expect(page.locator(f"{CARD} .badge")).to_have_attribute("data-is", "active")
    await expect(page.locator(CARD)).to_have_attribute("id", f"account-{account}")
    await page.keyboard.press("Escape")
    await expect(page.locator("#needs")).to_be_hidden()


async def test_an_account_is_removed_only_after_a_yes_with_the_keyboard(page: Page, stack: Stack) -> None:
    await sign_up(page)
    await connect(page, stack.platforms.new_account("slack", f"tea{uuid4().hex[:8]}"))
    await page.click("#show-accounts")
    await page.focus("[data-do=remove]")
    await page.keyboard.press("Enter")
    await expect(submit(page, "#answer")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-do=remove]")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator(CARD)).to_have_count(0)
    await expect(page.locator("#connect-account")).to_be_focused()
