"""The gateway answers as the genuine PostgREST does: the same calls to both, on the same database."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import jwt
import pytest
from postgrest import APIError, AsyncPostgrestClient

from dev.clock import RealClock
from dev.gateway import SigningKeys, create_gateway
from dev.postgres import Postgres
from tests.conftest import TEMPLATE
from tests.databases import Database
from tests.dev.gateway_calls import CALLS, ProbeCall
from tests.dev.genuine_postgrest import binary, genuine_postgrest

PUBLISHABLE, SECRET = "sb_publishable_local", "sb_secret_local"
USER = "7c0d3f0e-8f0f-4f0e-9a39-00000000000a"
COMPARED_HEADERS = (
    *("content-type", "content-range", "retry-after", "www-authenticate"),
    *("x-foo", "x-two", "x-why"),
)

# The binary is 12.0.2. Where later releases answer otherwise the gateway follows them: status, and what changed.
LATER: Mapping[str, tuple[int, str]] = {
    "raise 53400": (500, "a configured limit is no lack of resources"),
    "raise 54001": (500, "too complex is the server's affair; it was 413"),
    "raise 21000": (500, "cardinality is the function's fault, not the caller's"),
    "two rows from a subquery": (500, "the same"),
    "PGRST that is no json": (500, "says which part could not be read, and how it should be"),
    "GET jsonb": (200, "a text in the query is cast to jsonb, and no longer becomes a JSON string"),
}


@dataclass(frozen=True)
class Pair:
    """Both servers, and how each kind of caller proves who they are."""

    ours: httpx.AsyncClient
    genuine: httpx.AsyncClient
    headers: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]
    keys: SigningKeys


@pytest.fixture(scope="module")
async def pair(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    binary()
    await postgres.create_database("probe", TEMPLATE)
    database = Database(postgres, "probe")
    await load_probe(database)
    keys = SigningKeys.fresh()
    gateway = create_gateway(
        dsn=database.authenticator_dsn,
        auth_dsn=database.auth_dsn,
        url="http://gateway",
        signing_keys=keys,
        publishable_key=PUBLISHABLE,
        secret_key=SECRET,
        clock=RealClock(),
    )
    folder = tmp_path_factory.mktemp("postgrest")
    user, service = token(keys, "authenticated", USER), token(keys, "service_role", None)
    headers = {
        "anon": ({"apikey": PUBLISHABLE}, {}),
        "user": ({"apikey": PUBLISHABLE, "authorization": user}, {"authorization": user}),
        # Clients send the project's key as a bearer too; it must not be taken for a user's token.
        "service": ({"apikey": SECRET, "authorization": f"Bearer {SECRET}"}, {"authorization": service}),
    }
    async with (
        gateway.router.lifespan_context(gateway),
        genuine_postgrest(database.authenticator_dsn, keys, folder) as url,
        httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway/rest/v1") as ours,
        httpx.AsyncClient(base_url=url) as genuine,
    ):
        yield Pair(ours, genuine, headers, keys)
    await postgres.drop_database("probe")


async def load_probe(database: Database) -> None:
    connection = await asyncpg.connect(database.superuser_dsn)
    await connection.execute((Path(__file__).parent / "gateway_probe.sql").read_text())
    await connection.close()


def token(keys: SigningKeys, role: str, subject: str | None, age: int = 0) -> str:
    """A bearer that was issued `age` seconds ago, for an hour."""
    kid, key = keys.current
    now = int(time.time()) - age
    claims = {"role": role, "sub": subject, "iat": now, "exp": now + 3600}
    given = {name: value for name, value in claims.items() if value is not None}
    return "Bearer " + jwt.encode(given, key, algorithm="ES256", headers={"kid": kid})


async def send(http: httpx.AsyncClient, call: ProbeCall, who: Mapping[str, str]) -> httpx.Response:
    headers = {**call.headers, **who}
    if call.method == "GET":
        return await http.get(f"/rpc/{call.function}", params=dict(call.arguments), headers=headers)
    body = call.body if call.body is not None else json.dumps(call.arguments).encode()
    return await http.post(
        f"/rpc/{call.function}", content=body, headers={"content-type": "application/json", **headers}
    )


def told(answer: httpx.Response) -> tuple[Any, ...]:
    """What must be the same. Hints for unknown functions are guesses, and ours guesses less cleverly."""
    body: Any = answer.content
    if answer.status_code == 404 and b'"PGRST202"' in body:
        body = {**answer.json(), "hint": None}
    return answer.status_code, body, {name: answer.headers.get(name) for name in COMPARED_HEADERS}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
async def test_a_call_is_answered_as_by_the_genuine_postgrest(pair: Pair, call: ProbeCall) -> None:
    ours, genuine = pair.headers[call.caller]
    answer, expected = await send(pair.ours, call, ours), await send(pair.genuine, call, genuine)
    if call.name in LATER:
        assert answer.status_code == LATER[call.name][0]
        assert told(answer) != told(expected), "no longer different: take it out of LATER"
    else:
        assert told(answer) == told(expected)


ORDINARY = [call for call in CALLS if call.body is None and call.name not in LATER]


@pytest.mark.parametrize("call", ORDINARY, ids=lambda call: call.name)
async def test_supabases_own_client_gets_the_same_from_both(pair: Pair, call: ProbeCall) -> None:
    ours, genuine = pair.headers[call.caller]
    results = [await through_client(http, call, who) for http, who in ((pair.ours, ours), (pair.genuine, genuine))]
    assert results[0] == results[1]


async def through_client(http: httpx.AsyncClient, call: ProbeCall, who: Mapping[str, str]) -> Any:
    """The data, or the error as JSON."""
    headers = {**call.headers, **who}
    client = AsyncPostgrestClient(str(http.base_url), headers=headers, http_client=http)
    try:
        built = client.rpc(call.function, dict(call.arguments), get=call.method == "GET")
        return (await built.execute()).data
    except APIError as exc:
        return {**exc.json(), "hint": None if exc.code == "PGRST202" else exc.hint}


async def test_bad_tokens_are_refused_by_both(pair: Pair) -> None:
    expired = token(pair.keys, "authenticated", USER, age=7200)
    foreign = token(SigningKeys.fresh(), "authenticated", USER)
    for bearer in (expired, foreign, foreign[:-4] + "AAAA", "Bearer not.a.token", "Bearer nonsense"):
        ours, genuine = {"apikey": PUBLISHABLE, "authorization": bearer}, {"authorization": bearer}
        answers = [await send(http, CALLS[0], who) for http, who in ((pair.ours, ours), (pair.genuine, genuine))]
        assert [answer.status_code for answer in answers] == [401, 401], bearer
        assert all("invalid_token" in answer.headers["www-authenticate"] for answer in answers), bearer


async def test_an_expired_token_is_called_so_by_both(pair: Pair) -> None:
    """Later releases than the binary's have a code of its own for claims: PGRST303."""
    bearer = token(pair.keys, "authenticated", USER, age=7200)
    ours, genuine = {"apikey": PUBLISHABLE, "authorization": bearer}, {"authorization": bearer}
    answers = [await send(http, CALLS[0], who) for http, who in ((pair.ours, ours), (pair.genuine, genuine))]
    assert [answer.json()["message"] for answer in answers] == ["JWT expired"] * 2
    assert [answer.json()["code"] for answer in answers] == ["PGRST303", "PGRST301"]
