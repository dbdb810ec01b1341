"""Signing in with a password: cookies that scripts cannot read, other sites cannot use, and time renews."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from itertools import count

import httpx
import pytest
from starlette.requests import Request

from dev.serving import Trouble
from dev.stack import Stack
from lib.app import create_app
from lib.settings import Settings
from lib.web.people import visitor_of
from tests.web.client import PASSWORD, Client, wish

_numbers = count(1)


@pytest.fixture
async def page(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """One of our own pages in a browser."""
    headers = {"Origin": stack.url, "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=30) as page:
        yield page


@pytest.fixture
async def email(stack: Stack) -> str:
    """The address of somebody who has an account."""
    address = f"eve{next(_numbers)}@example.com"
    await stack.sign_up(address, PASSWORD)
    return address


async def sign_in(page: httpx.AsyncClient, email: str) -> httpx.Response:
    reply = await page.post("/api/session", json={"email": email, "password": PASSWORD})
    assert reply.status_code == 200, reply.text
    return reply


def set_cookies(reply: httpx.Response) -> Mapping[str, str]:
    """Each Set-Cookie of a reply, by the cookie's name, in lower case."""
    return {line.partition("=")[0]: line.lower() for line in reply.headers.get_list("set-cookie")}


async def test_signing_in_makes_a_session_and_tells_who(page: httpx.AsyncClient, email: str) -> None:
    told = (await sign_in(page, email)).json()
    assert told["email"] == email
    assert (await page.get("/api/session")).json()["userId"] == told["userId"]
    created = await page.post("/api/schedule/create", json=wish())
    assert created.status_code == 201


async def test_the_session_is_in_cookies_that_scripts_cannot_read_and_nowhere_else(
    page: httpx.AsyncClient, email: str
) -> None:
    reply = await sign_in(page, email)
    cookies = set_cookies(reply)
    assert cookies.keys() == {"drumbeat_access", "drumbeat_refresh"}
    for line in cookies.values():
        assert "httponly" in line
        assert "samesite=strict" in line
        assert "path=/" in line
    for token in page.cookies.values():
        assert token not in reply.text


async def test_over_https_the_cookies_are_secure_and_bound_to_the_host(stack: Stack, email: str) -> None:
    ours = {name: value for name, value in stack.settings_env().items() if not name.startswith("QSTASH_")}
    environment = {**ours, "PUBLIC_URL": "https://drumbeat.example"}
    app = create_app(Settings.from_environment(environment), clock=stack.clock.now)
    base = "https://drumbeat.example"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as page:
        cookies = set_cookies(await sign_in(page, email))
        assert cookies.keys() == {"__Host-drumbeat_access", "__Host-drumbeat_refresh"}
        assert all("secure" in line for line in cookies.values())
        assert (await page.get("/api/session")).status_code == 200
    await app.state.services.close()


@pytest.mark.parametrize("password", ["wrong", "a long passwor", "A LONG PASSWORD", "x" * 73])
async def test_a_wrong_password_is_refused_without_saying_which_part_is_wrong(
    page: httpx.AsyncClient, email: str, password: str
) -> None:
    known = await page.post("/api/session", json={"email": email, "password": password})
    unknown = await page.post("/api/session", json={"email": f"not.{email}", "password": password})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.status_code in (401, 422)
    assert not set_cookies(known)


async def test_signing_up_signs_in(page: httpx.AsyncClient) -> None:
    email = f"new{next(_numbers)}@example.com"
    reply = await page.post("/api/signup", json={"email": email, "password": PASSWORD})
    assert (reply.status_code, reply.json()["isConfirmed"]) == (201, True)
    assert (await page.get("/api/session")).json()["email"] == email


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("new@example.com", "short", "password"),
        ("no address", PASSWORD, "email"),
        ("", PASSWORD, "email"),
        ("a" * 255, PASSWORD, "email"),
        ("new@example.com", "x" * 201, "password"),
        ("new@example.com", "", "password"),
    ],
)
async def test_what_is_no_address_or_too_weak_a_password_is_named(
    page: httpx.AsyncClient, email: str, password: str, field: str
) -> None:
    reply = await page.post("/api/signup", json={"email": email, "password": password})
    assert (reply.status_code, reply.json()["error"]["details"]["field"]) == (422, field)


async def test_an_address_can_sign_up_once(page: httpx.AsyncClient, email: str) -> None:
    reply = await page.post("/api/signup", json={"email": email, "password": PASSWORD})
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "address_taken")


async def test_an_expired_session_is_renewed_on_the_way(page: httpx.AsyncClient, stack: Stack, email: str) -> None:
    await sign_in(page, email)
    before = dict(page.cookies)
    await stack.advance(timedelta(hours=2))
    assert (await page.get("/api/session")).status_code == 200
    assert page.cookies["drumbeat_access"] != before["drumbeat_access"]
    assert page.cookies["drumbeat_refresh"] != before["drumbeat_refresh"]


async def test_a_renewed_session_reaches_the_browser_with_a_refusal_too(
    page: httpx.AsyncClient, stack: Stack, email: str
) -> None:
    """The old refresh token is used up: lost with a 404, the next request would be signed out."""
    await sign_in(page, email)
    await stack.advance(timedelta(hours=2))
    reply = await page.get("/api/runs/00000000-0000-0000-0000-000000000000")
    assert reply.status_code == 404
    assert set_cookies(reply).keys() == {"drumbeat_access", "drumbeat_refresh"}
    await stack.advance(timedelta(hours=2))
    assert (await page.get("/api/session")).status_code == 200


async def test_a_session_that_is_over_is_forgotten(page: httpx.AsyncClient, stack: Stack, email: str) -> None:
    await sign_in(page, email)
    page.cookies.delete("drumbeat_access")
    page.cookies.set("drumbeat_refresh", "used-up", domain="127.0.0.1", path="/")
    reply = await page.get("/api/session")
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "session_over")
    assert all("max-age=0" in line for line in set_cookies(reply).values())
    assert len(set_cookies(reply)) == 2


async def test_signing_out_ends_the_session_here_and_at_supabase(
    page: httpx.AsyncClient, stack: Stack, email: str
) -> None:
    await sign_in(page, email)
    refresh = page.cookies["drumbeat_refresh"]
    assert (await page.delete("/api/session")).status_code == 204
    assert not page.cookies
    assert (await page.get("/api/session")).status_code == 401
    page.cookies.set("drumbeat_refresh", refresh, domain="127.0.0.1", path="/")
    assert (await page.get("/api/session")).status_code == 401


async def test_signing_out_without_a_session_is_fine(page: httpx.AsyncClient) -> None:
    assert (await page.delete("/api/session")).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://sub.127.0.0.1", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {},
    ],
)
async def test_with_a_cookie_nothing_is_changed_for_another_site(
    page: httpx.AsyncClient, stack: Stack, email: str, headers: dict[str, str]
) -> None:
    await sign_in(page, email)
    async with httpx.AsyncClient(base_url=stack.url, cookies=page.cookies, headers=headers) as other:
        for path, body in (("create", wish()), ("preview", {"frequency": "hourly"})):
            reply = await other.post(f"/api/schedule/{path}", json=body)
            assert (reply.status_code, reply.json()["error"]["code"]) == (403, "other_site")
        assert (await other.delete("/api/session")).status_code == 403
    assert (await page.get("/api/schedules")).json()["schedules"] == []


async def test_a_browser_without_fetch_metadata_proves_itself_by_its_origin(
    page: httpx.AsyncClient, stack: Stack, email: str
) -> None:
    await sign_in(page, email)
    async with httpx.AsyncClient(base_url=stack.url, cookies=page.cookies, headers={"Origin": stack.url}) as old:
        assert (await old.post("/api/schedule/create", json=wish())).status_code == 201


@pytest.mark.parametrize("path", ["/api/session", "/api/signup"])
async def test_another_site_cannot_sign_a_visitor_in(stack: Stack, email: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=stack.url, headers={"Origin": "https://evil.example"}) as other:
        reply = await other.post(path, json={"email": email, "password": PASSWORD})
    assert reply.status_code == 403
    assert not set_cookies(reply)


async def test_a_program_with_a_token_needs_no_origin_and_gets_no_cookie(ada: Client) -> None:
    reply = await ada.http.post("/api/schedule/create", json=wish(), headers={"Origin": "https://their.own.example"})
    assert reply.status_code == 201
    assert not set_cookies(reply)


async def test_a_token_counts_and_the_cookie_beside_it_does_not(
    page: httpx.AsyncClient, email: str, ada: Client
) -> None:
    await sign_in(page, email)
    headers = {"Authorization": ada.http.headers["Authorization"]}
    assert (await page.get("/api/session", headers=headers)).json()["email"] == ada.email


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer x.y.z", "Bearer ü", "Token abc", "Bearer a b c"]
)
async def test_what_proves_nobody_is_401_with_a_challenge(page: httpx.AsyncClient, email: str, header: str) -> None:
    await sign_in(page, email)  # a good cookie does not make up for a bad token
    reply = await page.get("/api/schedules", headers=[(b"Authorization", header.strip().encode("latin-1"))])
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "token_invalid")
    assert reply.headers["www-authenticate"] == "Bearer"


async def test_an_expired_token_says_so(ada: Client) -> None:
    await ada.stack.advance(timedelta(hours=2))
    assert (await ada.refused(401, "/api/schedules"))["code"] == "token_expired"


async def test_a_signed_in_person_stays_signed_in_while_auth_is_down(
    page: httpx.AsyncClient, stack: Stack, email: str
) -> None:
    await sign_in(page, email)
    assert (await page.get("/api/session")).status_code == 200
    stack.lines.gateway.trouble = Trouble.CUT
    try:
        assert (await page.get("/api/session")).status_code == 200
        down = await page.post("/api/session", json={"email": email, "password": PASSWORD})
    finally:
        stack.lines.gateway.trouble = Trouble.NONE
    assert (down.status_code, down.json()["error"]["code"]) == (503, "auth_unavailable")
    assert down.headers["retry-after"]


@pytest.mark.parametrize(
    ("setting", "headers", "visitor"),
    [
        ("X-Vercel-Forwarded-For", {"x-vercel-forwarded-for": "192.0.2.7"}, "192.0.2.7"),
        ("X-Vercel-Forwarded-For", {"x-vercel-forwarded-for": "2001:db8::1, 10.0.0.1"}, "2001:db8::1"),
        ("X-Vercel-Forwarded-For", {"x-forwarded-for": "192.0.2.7"}, None),
        ("X-Vercel-Forwarded-For", {"x-vercel-forwarded-for": "not an address"}, None),
        (None, {"x-forwarded-for": "192.0.2.7", "x-real-ip": "192.0.2.7"}, None),
    ],
)
def test_only_the_hosts_own_header_tells_where_a_visitor_comes_from(
    setting: str | None, headers: dict[str, str], visitor: str | None
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    settings = Settings.from_environment({"CLIENT_IP_HEADER": setting or ""})
    assert visitor_of(Request({"type": "http", "headers": raw}), settings) == visitor
