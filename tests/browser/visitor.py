"""What a person at the page does in many a test."""

from typing import Any
from uuid import uuid4

from playwright.async_api import Locator, Page, expect

PASSWORD = "a long password"  # everybody's

SEND = """async ([path, body]) => {
  const send = body === null ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const answer = await fetch(path, send);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}"""


async def sign_up(page: Page) -> str:
    email = f"person{uuid4().hex}@example.com"
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.click("button[value=signup]")
    await expect(page.locator("#board")).to_be_visible()
    return email


async def send(page: Page, path: str, body: Any = None) -> Any:
    """What the page's reader could ask the product for without the page: the answer of a GET, or of a POST."""
    return await page.evaluate(SEND, [path, body])


async def connect(page: Page, wish: Any) -> str:
    """An account, not through its form; its id."""
    return str((await send(page, "/api/account/connect", wish))["account"]["id"])


async def is_korean(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.lang === 'ko'"))


def submit(page: Page, form: str) -> Locator:
    """The button that a form is sent with."""
    return page.locator(f"{form} button:not([type])")
