"""A real browser keeps our strict cookies back when another site leads to us; the connection ends all the same."""

from playwright.async_api import Browser, Request, expect

from dev.stack import Stack

CALLBACK = "/api/account/callback"
BEGIN = """async (credentials) => {
  const send = (path, body) => fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  await send("/api/signup", credentials);
  return (await (await send("/api/account/begin", { platform: "x" })).json()).url;
}"""


async def test_coming_back_from_another_site_connects_the_account(browser: Browser, stack: Stack) -> None:
    """To a browser 127.0.0.1 and localhost are two sites, as ours and X are."""
    context = await browser.new_context()
    page = await context.new_page()
    knocks, landings = list[tuple[str, bool]](), list[str]()

    async def note(request: Request) -> None:
        if CALLBACK in request.url:
            has_session = "drumbeat_access" in (await request.all_headers()).get("cookie", "")
            knocks.append((request.url.partition("?")[2], has_session))
        elif "?account=" in request.url:
            landings.append(request.url)

    await page.goto(stack.url)
    url = await page.evaluate(BEGIN, {"email": "strict@example.com", "password": "a long password"})
    page.on("request", note)
    here, elsewhere = "127.0.0.1", "localhost"
    await page.goto(f"http://{elsewhere}:{stack.url.rpartition(':')[2]}/")
    await page.evaluate("url => { location.href = url }", url.replace(here, elsewhere, 1))
    await expect(page.locator("#toast")).to_contain_text("connected")
    assert landings == [f"{stack.url}/?account=connected"]
    assert page.url == f"{stack.url}/"
    (first, had_session), (second, has_session) = knocks
    assert (had_session, has_session) == (False, True)
    assert second == f"{first}&again=1"
    accounts = await page.evaluate("async () => (await (await fetch('/api/accounts')).json()).accounts")
    assert [it["platform"] for it in accounts] == ["x"]
    await context.close()
