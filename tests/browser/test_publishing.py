"""A person and what they publish: where it goes, who says yes, what became of it, what only they can settle."""

from uuid import uuid4

from playwright.async_api import Page, expect

from dev.platforms.script import Failing, Fault
from dev.stack import Stack
from tests.browser.visitor import connect, is_korean, send, sign_up, submit

PUBLICATION = "#runs .publications li"
REVIEW = {"mode": "review"}


async def new_account(page: Page, stack: Stack, platform: str) -> tuple[str, str]:
    """Its id, and its name at the platform."""
    name = f"tea{uuid4().hex[:8]}"
    return await connect(page, stack.platforms.new_account(platform, name)), name


async def write(page: Page, account: str, *, kind: str = "x_post", **settings: object) -> None:
    """A text of a schedule with that account as its target, on its way there."""
    rule = {"frequency": "daily", "timeOfDay": "09:00", "timezone": "Asia/Seoul"}
    wish = {"name": "Tea", "contentType": kind, **rule, "settings": {"targets": [account], **settings}}
    schedule = (await send(page, "/api/schedule/create", wish))["schedule"]
    await send(page, "/api/schedule/run", {"scheduleId": schedule["id"], "publish": True})
    await page.reload()
    await expect(page.locator("#stop")).to_be_visible()


async def open_history(page: Page) -> None:
    await page.click("[data-do=history]")
    await page.click("#runs summary >> nth=0")


async def test_a_schedule_with_targets_publishes_and_shows_the_link(page: Page, stack: Stack) -> None:
    await sign_up(page)
    _, name = await new_account(page, stack, "mastodon")
    await page.click("#new")
    await page.fill("#wish [name=name]", "Tea")
    await page.check("#targets input")
    await expect(page.locator("#occurrences li").first).to_contain_text(f"@{name}@")
    await submit(page, "#wish").click()
    await expect(page.locator("#schedules .goes")).to_contain_text(f"@{name}@")
    await page.click("[data-do=run]")
    await page.click("#runs [data-decide=publish]")
    await expect(page.locator("#publish-to input")).to_be_checked()
    await submit(page, "#publish-wish").click()
    await expect(page.locator(f"{PUBLICATION} .badge")).to_have_attribute("data-is", "published")
    (made,) = stack.platforms.mastodon.made_by(name)
    await expect(page.locator(f"{PUBLICATION} a")).to_have_attribute("href", str(made.url))
    assert stack.platforms.doubles() == []


async def test_the_preview_says_why_something_goes_out_later(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, _ = await new_account(page, stack, "discord")
    cadence = {"timezone": "Asia/Seoul", "quietHours": [{"from": "08:00", "to": "10:30"}]}
    await send(page, "/api/account/update", {"accountId": account, "cadence": cadence})
    await page.click("#new")
    await page.select_option("#wish [name=frequency]", "daily")
    await page.check("#targets input")
    first = page.locator("#occurrences li").first
    await expect(first).to_contain_text("10:30")
    await expect(first).to_contain_text("조용한 시간" if await is_korean(page) else "quiet hours")
    await page.select_option("#wish [name=mode]", "review_until")
    await expect(first).to_contain_text("08:45")


async def test_who_says_yes_is_kept_and_what_leaves_no_time_is_said_beside_its_field(page: Page, stack: Stack) -> None:
    await sign_up(page)
    await new_account(page, stack, "slack")
    await page.click("#new")
    await page.fill("#wish [name=name]", "Tea")
    await page.check("#targets input")
    await page.select_option("#wish [name=mode]", "review_until")
    await page.fill("[name=minutesBefore]", "30")
    await page.fill("#wish [name=leadTime]", "20")
    await page.select_option("#wish [name=otherwise]", "publish")
    await page.fill("[name=reviewers]", "boss@client.com\n")
    await submit(page, "#wish").click()
    await expect(page.locator("label:has([name=leadTime]) em")).not_to_be_empty()
    await page.fill("#wish [name=leadTime]", "45")
    await submit(page, "#wish").click()
    await page.click("[data-do=edit]")
    await expect(page.locator("#targets input")).to_be_checked()
    for name, value in (
        ("mode", "review_until"),
        ("minutesBefore", "30"),
        ("leadTime", "45"),
        ("otherwise", "publish"),
    ):
        await expect(page.locator(f"#wish [name={name}]")).to_have_value(value)
    await expect(page.locator("[name=reviewers]")).to_have_value("boss@client.com")
    await page.select_option("#wish [name=contentType]", "newsletter")
    await expect(page.locator("#targets input")).to_have_count(1)  # Slack takes that too
    await page.uncheck("#targets input")
    await expect(page.locator("[name=mode]")).to_be_hidden()


async def test_a_text_that_waits_is_changed_and_goes_out_when_approved(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, name = await new_account(page, stack, "mastodon")
    await write(page, account, approval=REVIEW)
    await page.click("[data-needs=texts] button")
    await expect(page.locator("#texts .badge").first).to_have_attribute("data-is", "pending_approval")
    await page.click("#texts [data-decide=edit]")
    await page.fill("#texts .rewording textarea", "Two cups are <b>better</b> than one, and warm both hands.")
    await submit(page, "#texts .rewording").click()
    await expect(page.locator("#texts .text")).to_contain_text("<b>better</b>")
    assert stack.platforms.mastodon.made_by(name) == []
    await page.click("#texts [data-decide=approve]")
    await expect(page.locator("#texts .publications .badge")).to_have_attribute("data-is", "published")
    (made,) = stack.platforms.mastodon.made_by(name)
    assert "Two cups are" in made.text
    await page.keyboard.press("Escape")
    await expect(page.locator("#needs")).to_be_hidden()


async def test_somebody_without_a_login_approves_by_the_link_that_the_page_makes(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, name = await new_account(page, stack, "mastodon")
    await write(page, account, approval=REVIEW)
    await page.click("[data-needs=texts] button")
    await page.click("#texts [data-decide=link]")
    link = await page.locator("#answer input").input_value()
    assert page.context.browser is not None
    elsewhere = await page.context.browser.new_context()
    theirs = await elsewhere.new_page()
    await theirs.goto(link)
    await theirs.click("button[value=approve]")
    await expect(theirs.locator("#message")).to_have_attribute("data-is", "approved")
    await elsewhere.close()
    await submit(page, "#answer").click()
    await page.keyboard.press("Escape")
    await expect(page.locator("#needs")).to_be_hidden()
    await open_history(page)
    await expect(page.locator(f"{PUBLICATION} .badge")).to_have_attribute("data-is", "published")
    assert len(stack.platforms.mastodon.made_by(name)) == 1


async def test_a_text_that_is_rejected_stays_with_its_note_and_never_goes_out(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, name = await new_account(page, stack, "mastodon")
    await write(page, account, approval=REVIEW)
    await page.click("[data-needs=texts] button")
    await page.click("#texts [data-decide=reject]")
    await page.fill("#answer textarea", "Too <b>loud</b> for us.")
    await submit(page, "#answer").click()
    await expect(page.locator("#texts .badge").first).to_have_attribute("data-is", "rejected")
    await expect(page.locator("#texts .note")).to_contain_text("Too <b>loud</b> for us.")
    await expect(page.locator("#texts .publications .badge")).to_have_attribute("data-is", "cancelled")
    await expect(page.locator("#texts article :focus")).to_have_count(1)
    assert stack.platforms.mastodon.made_by(name) == []


async def test_what_was_changed_meanwhile_is_shown_before_it_is_approved(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, name = await new_account(page, stack, "mastodon")
    await write(page, account, approval=REVIEW)
    await page.click("[data-needs=texts] button")
    (content,) = (await send(page, "/api/contents?status=pending_approval"))["contents"]
    text = "A colleague has written this in another window."
    await send(page, "/api/content/edit", {"contentId": content["id"], "version": content["version"], "body": text})
    await page.click("#texts [data-decide=approve]")
    await expect(page.locator("#texts .text")).to_have_text(text)
    assert stack.platforms.mastodon.made_by(name) == []


async def test_an_unknown_one_is_sent_again_only_after_somebody_has_looked(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, name = await new_account(page, stack, "discord")
    stack.platforms.discord.script.fail(Fault(Failing.DROP_BEFORE), account=name)
    await write(page, account)
    await page.click("[data-needs=decide] button")
    await expect(page.locator("#decide .badge")).to_have_attribute("data-is", "unknown")
    await page.click("#decide [data-do=retry]")
    await expect(page.locator("#asking-words")).to_contain_text("먼저 확인" if await is_korean(page) else "Look first")
    await page.keyboard.press("Escape")
    assert stack.platforms.discord.made_by(name) == []
    await page.click("#decide [data-do=retry]")
    await submit(page, "#answer").click()
    await expect(page.locator("#decide article")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.locator("#needs")).to_be_hidden()
    await open_history(page)
    await expect(page.locator(f"{PUBLICATION} .badge")).to_have_attribute("data-is", "published")
    assert len(stack.platforms.discord.made_by(name)) == 1


async def test_an_unknown_one_that_was_found_is_noted_with_its_link(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, name = await new_account(page, stack, "discord")
    stack.platforms.discord.script.fail(Fault(Failing.DROP_AFTER), account=name)
    await write(page, account)
    await page.click("[data-needs=decide] button")
    await page.click("#decide [data-do=mark]")
    await page.fill("#answer [name=url]", "no link")
    await submit(page, "#answer").click()
    await expect(page.locator("#answer em")).not_to_be_empty()
    await page.fill("#answer [name=url]", "https://discord.example.org/channels/1/2")
    await page.keyboard.press("Enter")
    await expect(page.locator("#decide article")).to_have_count(0)
    await page.keyboard.press("Escape")
    await open_history(page)
    await expect(page.locator(f"{PUBLICATION} a")).to_have_attribute("href", "https://discord.example.org/channels/1/2")
    assert len(stack.platforms.discord.made_by(name)) == 1


async def test_what_people_post_themselves_is_ready_to_paste_and_noted_as_out(page: Page, stack: Stack) -> None:
    await sign_up(page)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    account, name = await new_account(page, stack, "naver_blog")
    await write(page, account, kind="blog_post")
    await page.click("[data-needs=decide] button")
    article = page.locator("#decide article")
    editor = article.locator("div.contents a")
    await expect(editor).to_have_attribute("href", f"https://blog.naver.com/{name}/postwrite")
    title, text = (article.locator("div.contents button").nth(at) for at in (0, 1))
    await title.click()
    await expect(title).to_be_enabled()  # it is copied
    assert await page.evaluate("navigator.clipboard.readText()") == await article.locator("pre").nth(0).inner_text()
    await text.click()
    await expect(text).to_be_enabled()
    kinds = await page.evaluate("navigator.clipboard.read().then(([item]) => item.types)")
    assert {"text/html", "text/plain"} <= set(kinds)
    await page.click("#decide [data-do=mark]")
    await page.fill("#answer [name=url]", f"https://blog.naver.com/{name}/1")
    await submit(page, "#answer").click()
    await expect(page.locator("#decide article")).to_have_count(0)


async def test_what_was_given_up_says_why_and_is_replayed_or_put_away(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, name = await new_account(page, stack, "discord")
    no = Fault(Failing.STATUS, status=400, says='{"code": 50035, "message": "Invalid Form Body"}')
    stack.platforms.discord.script.fail(no, no, account=name)
    await write(page, account)
    await page.click("[data-needs=letters] button")
    await expect(page.locator("#letters .said")).to_contain_text("Invalid Form Body")
    await page.click("#letters [data-do=replay]")
    await expect(page.locator("#letters li")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-needs=letters]")).to_be_visible()  # refused once more
    await page.click("[data-needs=letters] button")
    await page.click("#letters [data-do=discard]")
    await page.fill("#answer textarea", "It was about tea, again.")
    await submit(page, "#answer").click()
    await expect(page.locator("#letters li")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.locator("#needs")).to_be_hidden()
    await open_history(page)
    await expect(page.locator(f"{PUBLICATION} .why")).not_to_be_empty()
    await page.click(f"{PUBLICATION} [data-do=retry]")
    await expect(page.locator(f"{PUBLICATION} .badge")).to_have_attribute("data-is", "published")
    assert len(stack.platforms.discord.made_by(name)) == 1


async def test_everything_stops_and_goes_on_as_somebody_says(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, name = await new_account(page, stack, "mastodon")
    await write(page, account, approval=REVIEW)
    await page.focus("#stop")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator("#stopped")).to_be_visible()
    await expect(page.locator("#go-on")).to_be_focused()
    await page.click("[data-needs=texts] button")
    await page.click("#texts [data-decide=approve]")
    await expect(page.locator("#texts .publications .badge")).to_have_attribute("data-is", "waiting")
    await page.keyboard.press("Escape")
    assert stack.platforms.mastodon.made_by(name) == []
    await page.click("#go-on")
    await expect(page.locator("#held-count")).to_contain_text("1")
    await page.check("#held [value=spread]")
    await page.fill("#held [name=spread]", "0")
    await submit(page, "#held").click()
    await expect(page.locator("label:has([name=spread]) em")).not_to_be_empty()
    await page.check("#held [value=catch_up]")
    await submit(page, "#held").click()
    await expect(page.locator("#stopped")).to_be_hidden()
    await open_history(page)
    await expect(page.locator(f"{PUBLICATION} .badge")).to_have_attribute("data-is", "published")
    assert len(stack.platforms.mastodon.made_by(name)) == 1


async def test_nothing_of_publishing_is_wider_than_a_phone(page: Page, stack: Stack) -> None:
    await sign_up(page)
    account, _ = await new_account(page, stack, "naver_blog")
    await write(page, account, kind="blog_post")
    for opener in ("#show-accounts", "#new", "[data-needs=decide] button", "#stop"):
        await page.click(opener)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await expect(page.locator("dialog[open]")).to_be_visible()
        assert await page.evaluate("(it => it.scrollWidth <= it.clientWidth)(document.querySelector('dialog[open]'))")
        await page.keyboard.press("Escape")
