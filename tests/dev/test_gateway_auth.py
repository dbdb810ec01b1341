"""Sign-up, sign-in, refresh and sign-out as GoTrue does them, and what the tokens open."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import jwt
import pytest

from dev.clock import VirtualClock
from dev.gateway import SigningKeys
from dev.postgres import Postgres
from tests.conftest import TEMPLATE
from tests.databases import Database
from tests.dev.gateway import SECRET, URL, open_gateway

START = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)  # far from the machine's own time
ADA = {"email": "ada@example.com", "password": "a long password"}


@pytest.fixture(scope="module")
async def database(postgres: Postgres) -> AsyncIterator[Database]:
    """One for all tests here; each begins without users."""
    await postgres.create_database("gateway_auth", TEMPLATE)
    yield Database(postgres, "gateway_auth")
    await postgres.drop_database("gateway_auth")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def keys() -> SigningKeys:
    return SigningKeys.fresh()


@pytest.fixture
async def http(database: Database, clock: VirtualClock, keys: SigningKeys) -> AsyncIterator[httpx.AsyncClient]:
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute(
        "delete from auth.users; "
        "create or replace function public.who_am_i() returns jsonb language sql stable as "
        "$$ select jsonb_build_object('uid', auth.uid(), 'role', current_user) $$; "
        "grant execute on function public.who_am_i() to anon, authenticated, service_role"
    )
    await connection.close()
    async with open_gateway(database, clock, keys) as http:
        yield http


async def ask(
    http: httpx.AsyncClient, path: str, given: Mapping[str, str] | None = None, status: int = 200, bearer: str = ""
) -> Any:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    answer = await http.post(f"/auth/v1/{path}", json=given or {}, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def user_of(http: httpx.AsyncClient, bearer: str) -> httpx.Response:
    return await http.get("/auth/v1/user", headers={"Authorization": f"Bearer {bearer}"})


async def who(http: httpx.AsyncClient, bearer: str) -> httpx.Response:
    return await http.post("/rest/v1/rpc/who_am_i", json={}, headers={"Authorization": f"Bearer {bearer}"})


async def test_who_signs_up_is_signed_in_everywhere(http: httpx.AsyncClient) -> None:
    session = await ask(http, "signup", ADA)
    assert session["token_type"] == "bearer"
    assert session["expires_at"] == int((START + timedelta(hours=1)).timestamp())
    user = (await user_of(http, session["access_token"])).json()
    assert user == session["user"]
    assert (user["email"], user["role"], user["email_confirmed_at"]) == (ADA["email"], "authenticated", _iso(START))
    assert (await who(http, session["access_token"])).json() == {"uid": user["id"], "role": "authenticated"}


async def test_a_token_says_what_supabases_say_and_verifies_with_the_published_keys(http: httpx.AsyncClient) -> None:
    token = (await ask(http, "signup", ADA))["access_token"]
    published = (await http.get("/auth/v1/.well-known/jwks.json", headers={"apikey": ""})).json()
    key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["ES256"], audience="authenticated", options={"verify_iat": False})
    assert "d" not in published["keys"][0]
    assert claims["iss"] == f"{URL}/auth/v1"
    assert (claims["role"], claims["aal"], claims["is_anonymous"]) == ("authenticated", "aal1", False)
    assert (claims["iat"], claims["exp"] - claims["iat"]) == (int(START.timestamp()), 3600)
    assert claims["session_id"]


async def test_signing_in_needs_the_right_password(http: httpx.AsyncClient) -> None:
    user_id = (await ask(http, "signup", ADA))["user"]["id"]
    session = await ask(http, "token?grant_type=password", {**ADA, "email": "ADA@example.com "})
    assert session["user"]["id"] == user_id
    for email, password in ((ADA["email"], "another password"), ("nobody@example.com", ADA["password"])):
        refused = await ask(http, "token?grant_type=password", {"email": email, "password": password}, 400)
        assert refused == {"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}


async def test_passwords_are_not_kept_in_the_database(http: httpx.AsyncClient, database: Database) -> None:
    await ask(http, "signup", ADA)
    connection = await asyncpg.connect(database.superuser_dsn)
    stored = await connection.fetchval("select to_jsonb(u)::text from auth.users u")
    await connection.close()
    assert "scrypt$" in stored
    assert ADA["password"] not in stored


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({**ADA, "password": "short"}, 422, "weak_password"),
        ({**ADA, "email": "no address"}, 400, "validation_failed"),
        ({**ADA, "email": "a\0b@example.com"}, 400, "validation_failed"),
        ({"email": ADA["email"]}, 400, "validation_failed"),
        ({**ADA, "password": "x" * 73}, 422, "validation_failed"),
    ],
)
async def test_an_unusable_sign_up_says_why(
    http: httpx.AsyncClient, given: dict[str, str], status: int, code: str
) -> None:
    assert (await ask(http, "signup", given, status))["error_code"] == code


async def test_an_address_signs_up_once(http: httpx.AsyncClient) -> None:
    await ask(http, "signup", ADA)
    assert (await ask(http, "signup", ADA, 422))["error_code"] == "user_already_exists"


async def test_newer_clients_get_errors_in_the_newer_form(http: httpx.AsyncClient) -> None:
    answer = await http.post("/auth/v1/signup", content=b"{", headers={"X-Supabase-Api-Version": "2024-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")
    assert answer.headers["x-supabase-api-version"] == "2024-01-01"


async def test_a_refresh_token_is_traded_for_the_next(http: httpx.AsyncClient, clock: VirtualClock) -> None:
    first = await ask(http, "signup", ADA)
    clock.advance(by=timedelta(minutes=50))
    second = await ask(http, "token?grant_type=refresh_token", {"refresh_token": first["refresh_token"]})
    assert second["refresh_token"] != first["refresh_token"]
    assert second["expires_at"] - first["expires_at"] == 50 * 60
    sessions = [jwt.decode(it["access_token"], options={"verify_signature": False}) for it in (first, second)]
    assert sessions[0]["session_id"] == sessions[1]["session_id"]


async def test_a_lost_answer_can_be_asked_for_again_within_seconds(http: httpx.AsyncClient) -> None:
    first = await ask(http, "signup", ADA)
    second = await ask(http, "token?grant_type=refresh_token", {"refresh_token": first["refresh_token"]})
    again = await ask(http, "token?grant_type=refresh_token", {"refresh_token": first["refresh_token"]})
    assert again["refresh_token"] == second["refresh_token"]


async def test_a_used_refresh_token_ends_the_session(http: httpx.AsyncClient, clock: VirtualClock) -> None:
    first = await ask(http, "signup", ADA)
    second = await ask(http, "token?grant_type=refresh_token", {"refresh_token": first["refresh_token"]})
    clock.advance(by=timedelta(seconds=11))
    refused = await ask(http, "token?grant_type=refresh_token", {"refresh_token": first["refresh_token"]}, 400)
    assert refused["error_code"] == "refresh_token_already_used"
    after = await ask(http, "token?grant_type=refresh_token", {"refresh_token": second["refresh_token"]}, 400)
    assert after["error_code"] == "refresh_token_not_found"


async def test_signing_out_ends_this_session_the_others_or_all(http: httpx.AsyncClient) -> None:
    await ask(http, "signup", ADA)
    one, two, three = [(await ask(http, "token?grant_type=password", ADA))["access_token"] for _ in range(3)]

    async def alive() -> list[bool]:
        return [(await user_of(http, token)).is_success for token in (one, two, three)]

    await ask(http, "logout?scope=local", status=204, bearer=one)
    assert await alive() == [False, True, True]
    await ask(http, "logout?scope=others", status=204, bearer=two)
    assert await alive() == [False, True, False]
    await ask(http, "logout", status=204, bearer=two)
    assert await alive() == [False, False, False]
    assert (await user_of(http, two)).json()["error_code"] == "session_not_found"


async def test_tokens_expire_by_the_stacks_clock(http: httpx.AsyncClient, clock: VirtualClock) -> None:
    token = (await ask(http, "signup", ADA))["access_token"]
    clock.advance(by=timedelta(hours=1, seconds=29))
    assert (await who(http, token)).is_success
    clock.advance(by=timedelta(seconds=2))
    refused = await who(http, token)
    assert (refused.status_code, refused.json()["code"]) == (401, "PGRST303")
    assert refused.json()["message"] == "JWT expired"
    assert (await user_of(http, token)).json()["error_code"] == "bad_jwt"


async def test_a_token_of_another_project_opens_nothing(http: httpx.AsyncClient, keys: SigningKeys) -> None:
    token = (await ask(http, "signup", ADA))["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    kid, key = keys.current
    other_kid, other_key = SigningKeys.fresh().current
    forged = {
        "another key": jwt.encode(claims, other_key, algorithm="ES256", headers={"kid": other_kid}),
        "another key under our name": jwt.encode(claims, other_key, algorithm="ES256", headers={"kid": kid}),
        "no algorithm": jwt.encode(claims, "", algorithm="none", headers={"kid": kid}),
        "no kid": jwt.encode(claims, key, algorithm="ES256"),
        "no token": "nonsense",
        "changed": token[:-6] + "AAAAAA",
    }
    for name, forgery in forged.items():
        refused = await who(http, forgery)
        assert (refused.status_code, refused.json()["code"]) == (401, "PGRST301"), name
        assert 'error="invalid_token"' in refused.headers["www-authenticate"], name


async def test_keys_and_sessions_survive_a_restart(database: Database, clock: VirtualClock, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    grace = {**ADA, "email": "grace@example.com"}
    async with open_gateway(database, clock, SigningKeys.kept_in(file)) as http:
        session = await ask(http, "signup", grace)
    assert file.stat().st_mode & 0o077 == 0
    async with open_gateway(database, clock, SigningKeys.kept_in(file)) as http:
        assert (await user_of(http, session["access_token"])).is_success
        await ask(http, "token?grant_type=refresh_token", {"refresh_token": session["refresh_token"]})


async def test_after_a_rotation_new_tokens_have_the_new_key_and_old_ones_still_open(
    http: httpx.AsyncClient, keys: SigningKeys
) -> None:
    before = (await ask(http, "signup", ADA))["access_token"]
    keys.rotate()
    after = (await ask(http, "token?grant_type=password", ADA))["access_token"]
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    assert [(await who(http, token)).status_code for token in (before, after)] == [200, 200]


async def test_without_a_key_of_the_project_there_is_no_way_in(http: httpx.AsyncClient) -> None:
    for headers in ({"apikey": ""}, {"apikey": "sb_secret_wrong"}, {"apikey": "anything"}):
        for path in ("/rest/v1/rpc/who_am_i", "/auth/v1/signup"):
            answer = await http.post(path, json={}, headers=headers)
            assert answer.status_code == 401
            assert answer.json()["message"] in ("No API key found in request", "Invalid API key")


async def test_the_key_decides_the_role_unless_a_user_is_signed_in(http: httpx.AsyncClient) -> None:
    async def role(**headers: str) -> str:
        answer = await http.post("/rest/v1/rpc/who_am_i", json={}, headers=headers)
        return str(answer.json()["role"])

    token = (await ask(http, "signup", ADA))["access_token"]
    assert await role() == "anon"
    assert await role(apikey=SECRET) == "service_role"
    assert await role(apikey=SECRET, Authorization=f"Bearer {SECRET}") == "service_role"
    assert await role(Authorization=f"Bearer {token}") == "authenticated"


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
