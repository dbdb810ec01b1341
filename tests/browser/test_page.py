"""A person, the page and nothing else: sign up, make a schedule, watch it run, change their mind."""

import json
from uuid import uuid4

from playwright.async_api import Page, Route, expect

from dev.models.script import Fault
from dev.stack import Stack
from tests.browser.visitor import is_korean, sign_up


async def make_schedule(page: Page, name: str) -> None:
    await page.click("#new")
    await page.fill("#wish [name=name]", name)
    await page.click("#wish button:not([type])")
    await expect(page.locator("#schedules h3")).to_have_text(name)


async def test_from_signing_up_to_the_first_text_in_one_sitting(page: Page) -> None:
    await sign_up(page)
    await expect(page.locator("#empty")).to_be_visible()
    await page.click("#new")
    await expect(page.locator("#occurrences li")).to_have_count(5)
    await page.select_option("[name=frequency]", "weekly")
    await page.select_option("[name=weekday]", "3")
    await expect(page.locator("#occurrences li").first).to_contain_text("수" if await is_korean(page) else "Wed")
    await page.fill("#wish [name=name]", "Tea")
    await page.fill("[name=topic]", "<b>tea</b>")
    await page.click("#wish button:not([type])")
    card = page.locator("#schedules li")
    await expect(card.locator(".badge")).to_have_attribute("data-is", "active")
    await card.locator("[data-do=run]").click()
    await expect(page.locator("#runs details[open] pre").first).not_to_be_empty()
    assert await page.locator("#runs b").count() == 0  # what was written is text, whatever it holds
    await page.keyboard.press("Escape")
    await expect(page.locator("#history")).to_be_hidden()


async def test_a_paused_schedule_shows_no_next_run_and_a_deleted_one_can_be_brought_back(page: Page) -> None:
    await sign_up(page)
    await make_schedule(page, "Tea")
    await page.click("[data-do=pause]")
    await expect(page.locator("#schedules .badge")).to_have_attribute("data-is", "paused")
    await page.click("[data-do=resume]")
    await expect(page.locator("#schedules .badge")).to_have_attribute("data-is", "active")
    await page.click("[data-do=delete]")
    await expect(page.locator("#schedules li")).to_have_count(0)
    await page.click("#toast button")
    await expect(page.locator("#schedules li")).to_have_count(1)


async def test_a_mistake_is_shown_beside_its_field(page: Page) -> None:
    await sign_up(page)
    await page.click("#new")
    await page.select_option("[name=frequency]", "custom")
    await page.fill("[name=rrule]", "FREQ=SECONDLY")
    rrule = page.locator("label:has([name=rrule])")
    await expect(rrule.locator("em")).not_to_be_empty()
    await expect(rrule.locator("input")).to_have_attribute("aria-invalid", "true")
    await page.fill("[name=rrule]", "FREQ=WEEKLY;BYDAY=MO,TH")
    await expect(page.locator("#occurrences li")).to_have_count(5)
    await expect(rrule.locator("em")).to_have_count(0)


async def test_an_edit_keeps_what_was_not_touched(page: Page) -> None:
    await sign_up(page)
    await page.click("#new")
    await page.fill("#wish [name=name]", "Tea")
    await page.fill("[name=voice]", "calm")
    await page.click("#wish button:not([type])")
    await page.click("[data-do=edit]")
    await expect(page.locator("[name=voice]")).to_have_value("calm")
    await page.fill("#wish [name=name]", "Coffee")
    await page.click("#wish button:not([type])")
    await expect(page.locator("#schedules h3")).to_have_text("Coffee")
    await page.click("[data-do=edit]")
    await expect(page.locator("[name=voice]")).to_have_value("calm")


async def test_everything_can_be_done_with_the_keyboard(page: Page) -> None:
    await expect(page.locator("[name=email]")).to_be_focused()
    await page.keyboard.type(f"keys{uuid4().hex}@example.com")
    await page.keyboard.press("Tab")
    await page.keyboard.type("a long password")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#board")).to_be_visible()
    await page.locator("#new").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#wish [name=name]")).to_be_focused()
    await page.keyboard.type("Tea")
    await page.keyboard.press("Enter")
    await expect(page.locator("#schedules h3")).to_have_text("Tea")


async def test_a_reload_keeps_the_session_and_signing_out_ends_it(page: Page) -> None:
    email = await sign_up(page)
    await page.reload()
    await expect(page.locator("#who")).to_have_text(email)
    await page.click("#sign-out")
    await expect(page.locator("#door")).to_be_visible()
    await page.reload()
    await expect(page.locator("#door")).to_be_visible()


async def test_the_language_is_the_browsers_and_can_be_changed(page: Page) -> None:
    texts = {True: "로그인", False: "Sign in"}
    before = await is_korean(page)
    await expect(page.locator("#sign-in h2")).to_have_text(texts[before])
    await page.click("#language")
    await expect(page.locator("#sign-in h2")).to_have_text(texts[not before])


async def test_a_wrong_password_is_said_in_the_readers_language(page: Page) -> None:
    await page.fill("[name=email]", "nobody@example.com")
    await page.fill("[name=password]", "a wrong password")
    await page.click("button[value=session]")
    await expect(page.locator("#toast")).to_contain_text("비밀번호" if await is_korean(page) else "password")


async def test_nothing_is_wider_than_a_phone(page: Page) -> None:
    await sign_up(page)
    await make_schedule(page, "An unusually long name " + "without any blank".replace(" ", "_") * 5)
    for opener in (None, "#new"):
        if opener:
            await page.click(opener)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_was_said_under_more_is_kept(page: Page) -> None:
    await sign_up(page)
    await page.click("#new")
    await page.fill("#wish [name=name]", "Tea")
    await page.fill("#wish [name=count]", "2")
    await page.click("#more-wishes summary")
    await page.check("#models input[value='openai/gpt-6.1-sol']")
    await page.check("#models input[value='gemini/gemini-3.8-flash']")
    order = page.locator("#model-order")
    await expect(order).to_contain_text("openai/gpt-6.1-sol → gemini/gemini-3.8-flash → anthropic/claude-sonnet-5-5")
    await page.fill("[name=neverSay]", "cheap\n\n  best ever ")
    await page.fill("[name=links]", "https://tea.example.org/shop")
    await page.fill("#wish [name=dailyCostCapMicroUsd]", "0.5")
    await page.click("#wish button:not([type])")
    await page.click("[data-do=edit]")
    await expect(page.locator("#wish [name=count]")).to_have_value("2")
    await expect(page.locator("[name=neverSay]")).to_have_value("cheap\nbest ever")
    await expect(page.locator("[name=links]")).to_have_value("https://tea.example.org/shop")
    await expect(page.locator("#wish [name=dailyCostCapMicroUsd]")).to_have_value("0.5")
    await expect(page.locator("#wish [name=monthlyCostCapMicroUsd]")).to_have_value("")
    await expect(order).to_contain_text("openai/gpt-6.1-sol → gemini/gemini-3.8-flash")


async def test_a_mistake_under_more_is_not_hidden(page: Page) -> None:
    await sign_up(page)
    await page.click("#new")
    await page.click("#more-wishes summary")
    await page.fill("[name=links]", "no link")
    links = page.locator("label:has([name=links])")
    await expect(links.locator("em")).not_to_be_empty()
    await page.click("#more-wishes summary")
    await page.fill("#wish [name=name]", "Tea")
    await page.click("#wish button:not([type])")
    await expect(links.locator("em")).to_be_visible()


async def test_the_forecast_counts_every_text_of_a_run(page: Page) -> None:
    await sign_up(page)
    await page.click("#new")
    await page.select_option("[name=frequency]", "daily")
    await page.fill("#wish [name=count]", "20")
    await expect(page.locator("#forecast")).to_contain_text("20")
    await expect(page.locator("#forecast")).to_contain_text("요금제 한도를" if await is_korean(page) else "more than")


async def test_a_text_that_waits_is_shown_with_its_reasons_and_goes_on_when_approved(page: Page, stack: Stack) -> None:
    await sign_up(page)
    await page.click("#new")
    await page.fill("#wish [name=name]", "Tea")
    await page.click("#more-wishes summary")
    await page.fill("[name=neverSay]", "cheap")
    await page.click("#wish button:not([type])")
    says_it = Fault(says=json.dumps({"text": "A cheap cup of tea is still a cup of tea, and it warms both hands."}))
    stack.models.anthropic.script.fail(says_it, says_it)
    await page.click("[data-do=run]")
    await expect(page.locator("#runs .reasons ul")).to_contain_text("cheap")
    await page.keyboard.press("Escape")
    await page.click("[data-needs=texts] button")
    await page.click("#texts [data-decide=approve]")
    await expect(page.locator("#texts .badge")).to_have_attribute("data-is", "draft")
    await page.keyboard.press("Escape")
    await expect(page.locator("#needs")).to_be_hidden()


async def test_whatever_is_written_is_shown_as_text_and_decided_with_the_keyboard(page: Page, stack: Stack) -> None:
    await sign_up(page)
    written = "</pre><img src=x onerror=document.title='mine'><b>Tea</b> & {n} warms both hands."
    await make_schedule(page, "<i>Tea</i> {name}")
    says_it = Fault(says=json.dumps({"text": written}))
    stack.models.anthropic.script.fail(says_it, says_it)
    await page.click("[data-do=run]")
    await expect(page.locator("#runs .text")).to_have_text(written)
    await page.keyboard.press("Escape")
    await page.focus("[data-needs=texts] button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#texts .text")).to_have_text(written)
    assert await page.locator("#texts img, #texts b, #runs img, #schedules i").count() == 0
    assert await page.title() == "Drumbeat"
    await page.focus("#texts [data-decide=reject]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#asking textarea")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#texts .badge")).to_have_attribute("data-is", "rejected")
    await expect(page.locator("#texts article :focus")).to_have_count(1)


async def test_each_call_of_a_model_says_what_it_was_for(page: Page) -> None:
    async def with_every_step(route: Route) -> None:
        answer = await route.fetch()
        run = (await answer.json())["run"]
        run["modelAttempts"] = [{**run["modelAttempts"][0], "step": step} for step in (0, 1, 2)]
        await route.fulfill(response=answer, json={"run": run})

    await sign_up(page)
    await make_schedule(page, "Tea")
    await page.route("**/api/runs/*", with_every_step)
    await page.click("[data-do=run]")
    calls = page.locator("#runs details li")
    await expect(calls).to_have_count(3)
    rewritten, judged = ("다시 쓰기", "의견") if await is_korean(page) else ("rewrite", "opinion")
    await expect(calls.nth(0)).not_to_contain_text(rewritten)
    await expect(calls.nth(1)).to_contain_text(rewritten)
    await expect(calls.nth(2)).to_contain_text(judged)
    await expect(calls.nth(2)).not_to_contain_text(rewritten)


async def test_a_limit_on_money_is_set_and_what_it_stops_is_said(page: Page) -> None:
    await sign_up(page)
    await make_schedule(page, "Tea")
    await page.click("#limits")
    await page.fill("#caps [name=dailyCostCapMicroUsd]", "0.01")
    await page.click("#caps button:not([type])")
    await expect(page.locator("#plan")).to_contain_text("$0.01")
    await page.click("[data-do=run]")
    await expect(page.locator("#toast")).to_contain_text(
        "하루 비용 한도" if await is_korean(page) else "Your limit a day"
    )
    await expect(page.locator("#alerts li")).to_have_count(1)
    await page.click("#alerts button")
    await expect(page.locator("#alerts li")).to_have_count(0)


async def test_both_languages_say_the_same_things(page: Page) -> None:
    keys = """async () => {
      const inside = (name, it) => (name === "errors" ? [] : Object.keys(it).map((one) => `${name}.${one}`));
      const keys = (words) => Object.entries(words).flatMap(([name, it]) =>
        typeof it === "string" ? [name] : [name, ...inside(name, it)]);
      const files = ["/english.js", "/english-publishing.js", "/korean.js", "/korean-publishing.js"];
      const [en, enPublishing, ko, koPublishing] = await Promise.all(files.map((file) => import(file)));
      const all = (one, other) => keys({ ...one.default, ...other.default }).sort();
      return [all(en, enPublishing), all(ko, koPublishing)];
    }"""
    english, korean = await page.evaluate(keys)
    assert english == korean
