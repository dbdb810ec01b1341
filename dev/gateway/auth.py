"""`/auth/v1`: sign-up, sign-in with a password, refresh, who am I, sign-out, public keys. In GoTrue's words."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.gateway.accounts import Accounts, Refreshed, Session
from dev.gateway.callers import user_token
from dev.gateway.passwords import hashed, matches
from dev.gateway.refusals import Refusal
from dev.gateway.tokens import LIFETIME, Claims, Tokens

SHORTEST_PASSWORD = 6
# bcrypt, which GoTrue uses, reads no more.
LONGEST_PASSWORD = 72
# From this version on `code` is the word; before, it is the HTTP status and `error_code` the word.
WORDED_VERSION = "2024-01-01"


class AuthRefusal(Exception):
    """GoTrue's error: an HTTP status, a stable word and a sentence."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.more = more

    def response(self, version: str | None) -> Response:
        if version == WORDED_VERSION:
            body = {"code": self.code, "message": self.message, **self.more}
            return JSONResponse(body, self.status, {"X-Supabase-Api-Version": WORDED_VERSION})
        body = {"code": self.status, "error_code": self.code, "msg": self.message, **self.more}
        return JSONResponse(body, self.status)


def auth_routes(accounts: Accounts, tokens: Tokens) -> list[Route]:
    doors = Doors(accounts, tokens)
    return [
        Route("/auth/v1/signup", _worded(doors.sign_up), methods=["POST"]),
        Route("/auth/v1/token", _worded(doors.token), methods=["POST"]),
        Route("/auth/v1/user", _worded(doors.who_am_i), methods=["GET"]),
        Route("/auth/v1/logout", _worded(doors.sign_out), methods=["POST"]),
        Route("/auth/v1/.well-known/jwks.json", doors.public_keys),
        Route("/auth/v1/health", doors.health),
    ]


class Doors:
    """One method per endpoint; each raises AuthRefusal for what it cannot do."""

    def __init__(self, accounts: Accounts, tokens: Tokens) -> None:
        self._accounts = accounts
        self._tokens = tokens

    async def sign_up(self, request: Request) -> Response:
        given = await _object(request)
        email, password = _email(given), _password(given)
        if len(password) < SHORTEST_PASSWORD:
            told = f"Password should be at least {SHORTEST_PASSWORD} characters."
            raise AuthRefusal(422, "weak_password", told, weak_password={"reasons": ["length"]})
        data = given.get("data")
        stored = await asyncio.to_thread(hashed, password)
        user_id = await self._accounts.create_user(email, stored, data if isinstance(data, dict) else {})
        if user_id is None:
            raise AuthRefusal(422, "user_already_exists", "User already registered")
        return _signed_in(await self._accounts.open_session(user_id), self._tokens)

    async def token(self, request: Request) -> Response:
        match request.query_params.get("grant_type"):
            case "password":
                return await self._sign_in(await _object(request))
            case "refresh_token":
                return await self._refresh(await _object(request))
        raise AuthRefusal(400, "invalid_credentials", "unsupported_grant_type")

    async def _sign_in(self, given: Mapping[str, Any]) -> Response:
        known = await self._accounts.password_of(_email(given))
        stored = known[1] if known else ""
        if not await asyncio.to_thread(matches, _password(given), stored) or known is None:
            raise AuthRefusal(400, "invalid_credentials", "Invalid login credentials")
        return _signed_in(await self._accounts.open_session(known[0]), self._tokens)

    async def _refresh(self, given: Mapping[str, Any]) -> Response:
        outcome, session = await self._accounts.refresh(str(given.get("refresh_token") or "").replace("\0", ""))
        if outcome is Refreshed.REUSED:
            raise AuthRefusal(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
        if session is None:
            told = "Invalid Refresh Token: Refresh Token Not Found"
            raise AuthRefusal(400, "refresh_token_not_found", told)
        return _signed_in(session, self._tokens)

    async def who_am_i(self, request: Request) -> Response:
        claims = await self._claims(request)
        user = await self._accounts.user(claims["sub"])
        if user is None:
            raise AuthRefusal(403, "user_not_found", "User from sub claim in JWT does not exist")
        return JSONResponse(user)

    async def sign_out(self, request: Request) -> Response:
        claims = await self._claims(request)
        scope = request.query_params.get("scope", "global")
        if scope not in ("global", "local", "others"):
            raise AuthRefusal(400, "validation_failed", f'Unsupported logout scope "{scope}"')
        await self._accounts.close_sessions(claims["sub"], claims["session_id"], scope)
        return Response(status_code=204)

    async def _claims(self, request: Request) -> Claims:
        bearer = user_token(request.headers)
        if bearer is None:
            raise AuthRefusal(401, "no_authorization", "This endpoint requires a valid Bearer token")
        try:
            claims = self._tokens.read(bearer)
        except Refusal as refusal:
            told = f"invalid JWT: unable to parse or verify signature, {refusal.message}"
            raise AuthRefusal(403, "bad_jwt", told) from refusal
        if not await self._accounts.has_session(str(claims.get("session_id"))):
            raise AuthRefusal(403, "session_not_found", "Session from session_id claim in JWT does not exist")
        return claims

    async def public_keys(self, _: Request) -> Response:
        return JSONResponse(self._tokens.keys.jwks(), headers={"Cache-Control": "public, max-age=600"})

    async def health(self, _: Request) -> Response:
        return JSONResponse({"name": "GoTrue", "description": "the local stack's stand-in", "version": "local"})


def _worded(door: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Answer what the door refuses in the caller's version of the API."""

    async def answered(request: Request) -> Response:
        try:
            return await door(request)
        except AuthRefusal as refusal:
            return refusal.response(request.headers.get("x-supabase-api-version"))

    return answered


def _signed_in(session: Session, tokens: Tokens) -> Response:
    token, expires_at = tokens.issue(session.user, session.id, session.created_at)
    return JSONResponse(
        {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()),
            "expires_at": int(expires_at.timestamp()),
            "refresh_token": session.refresh_token,
            "user": session.user,
            "weak_password": None,
        }
    )


async def _object(request: Request) -> dict[str, Any]:
    try:
        given = await request.json()
    except ValueError as exc:
        raise AuthRefusal(400, "bad_json", f"Could not parse request body as JSON: {exc}") from exc
    if not isinstance(given, dict):
        raise AuthRefusal(400, "bad_json", "Could not parse request body as JSON: not an object")
    return given


def _email(given: Mapping[str, Any]) -> str:
    email = given.get("email")
    if not isinstance(email, str) or not re.fullmatch(r"[^@\s\0]+@[^@\s\0]+\.[^@\s\0]+", email.strip()):
        raise AuthRefusal(400, "validation_failed", "Unable to validate email address: invalid format")
    return email.strip().lower()


def _password(given: Mapping[str, Any]) -> str:
    password = given.get("password")
    if not isinstance(password, str) or not password:
        raise AuthRefusal(400, "validation_failed", "Signup requires a valid password")
    if len(password.encode()) > LONGEST_PASSWORD:
        raise AuthRefusal(422, "validation_failed", "Password cannot be longer than 72 characters")
    return password
