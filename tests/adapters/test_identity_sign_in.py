"""What is said to Supabase Auth, and what its refusals mean."""

from typing import Any

import httpx
import pytest

from lib.adapters.identity import Identity
from lib.errors import Conflict, DrumbeatError, Forbidden, Invalid, LimitReached, Unauthenticated, Unavailable
from tests.adapters.auth_project import NOW, URL


class Auth:
    """Answers every request with the same, and keeps what was asked."""

    def __init__(self, status: int, answer: Any) -> None:
        self.asked: list[httpx.Request] = []
        self._status, self._answer = status, answer

    def identity(self, secret_key: str | None = None) -> Identity:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._reply))
        return Identity(URL, "sb_publishable_x", lambda: client, secret_key=secret_key)

    def _reply(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        return httpx.Response(self._status, json=self._answer)


@pytest.mark.parametrize(
    ("status", "answer", "kind", "code"),
    [
        (400, {"code": "invalid_credentials", "message": "…"}, Unauthenticated, "invalid_credentials"),
        (400, {"code": 400, "error_code": "invalid_credentials", "msg": "…"}, Unauthenticated, "invalid_credentials"),
        (400, {"code": "email_not_confirmed", "message": "…"}, Unauthenticated, "email_not_confirmed"),
        (400, {"code": "refresh_token_already_used", "message": "…"}, Unauthenticated, "session_over"),
        (403, {"code": "user_banned", "message": "…"}, Forbidden, "user_banned"),
        (422, {"code": "user_already_exists", "message": "…"}, Conflict, "address_taken"),
        (422, {"code": "weak_password", "message": "too short"}, Invalid, "invalid"),
        (422, {"code": "signup_disabled", "message": "…"}, Forbidden, "sign_up_closed"),
        (429, {"code": "over_request_rate_limit", "message": "…"}, LimitReached, "too_many_sign_ins"),
        (429, {}, LimitReached, "too_many_sign_ins"),
        (401, {"message": "Invalid API key"}, Unavailable, "auth_unavailable"),
        (500, {"code": "unexpected_failure", "message": "…"}, Unavailable, "auth_unavailable"),
        (200, {"access_token": 5}, Unavailable, "auth_unavailable"),
        (200, [], Unavailable, "auth_unavailable"),
        (0, httpx.ConnectError("no"), Unavailable, "auth_unavailable"),
        (0, httpx.ReadTimeout("no"), Unavailable, "auth_unavailable"),
    ],
)
async def test_each_refusal_means_something_to_the_person(
    status: int, answer: Any, kind: type[DrumbeatError], code: str
) -> None:
    with pytest.raises(kind) as refused:
        await Auth(status, answer).identity().sign_in("ada@example.com", "secret word", NOW)
    assert refused.value.code == code
    assert "secret word" not in str(refused.value)


async def test_an_unconfirmed_sign_up_is_no_session() -> None:
    assert await Auth(200, {"id": "…", "email": "…"}).identity().sign_up("a@example.com", "secret word", NOW) is None


async def test_where_a_visitor_comes_from_is_said_with_the_secret_key_only() -> None:
    auth = Auth(400, {"code": "invalid_credentials"})
    for secret_key, visitor in ((None, "2001:db8::1"), ("a legacy key", "192.0.2.7"), ("sb_secret_y", None)):
        with pytest.raises(Unauthenticated):
            await auth.identity(secret_key).sign_in("a@example.com", "x", NOW, visitor)
        assert auth.asked[-1].headers["apikey"] == "sb_publishable_x"
        assert "sb-forwarded-for" not in auth.asked[-1].headers
    with pytest.raises(Unauthenticated):
        await auth.identity("sb_secret_y").sign_in("a@example.com", "x", NOW, "192.0.2.7")
    assert auth.asked[-1].headers["apikey"] == "sb_secret_y"
    assert auth.asked[-1].headers["sb-forwarded-for"] == "192.0.2.7"
