"""X's OAuth 2 (docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token): PKCE, codes of half a minute,
access tokens of two hours, refresh tokens that work once: one that is used again takes all of its family with it."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import unquote, urlencode

from starlette.requests import Request

from dev.clock import StackClock
from dev.platforms.wire import Refusal

CODE_LASTS = timedelta(seconds=30)
ACCESS_LASTS = timedelta(hours=2)
_SCOPES = "tweet.read tweet.write users.read offline.access media.write follows.read like.read"
SCOPES = frozenset(_SCOPES.split())


@dataclass
class Family:
    """All tokens that came of one consent."""

    user: str
    scopes: frozenset[str]
    access: dict[str, datetime] = field(default_factory=dict)  # token → when it ends
    refresh: str | None = None
    used: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Code:
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    ends_at: datetime


@dataclass
class Consents:
    """Who has let our app in, and by which tokens."""

    clock: StackClock
    client_id: str
    client_secret: str
    families: list[Family] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)

    def agree(self, user: str, query: Mapping[str, str]) -> str:
        """Where the browser is sent after the user's yes. Raises Refusal for a request that X's page would not show."""
        if query.get("client_id") != self.client_id or query.get("response_type") != "code":
            raise Refusal(400, "Something went wrong. You weren't able to give access to the App.")
        scopes = frozenset(query.get("scope", "").split())
        method, challenge = query.get("code_challenge_method", "plain"), query.get("code_challenge", "")
        redirect_uri, state = query.get("redirect_uri", ""), query.get("state", "")
        if not (scopes and scopes <= SCOPES and challenge and method == "S256" and redirect_uri and state):
            raise Refusal(400, "Something went wrong. You weren't able to give access to the App.")
        code = secrets.token_urlsafe(48)
        self.codes[code] = Code(user, scopes, redirect_uri, challenge, self.clock.now() + CODE_LASTS)
        separator = "&" if "?" in redirect_uri else "?"
        return f"{redirect_uri}{separator}{urlencode({'state': state, 'code': code})}"

    def exchange(self, request: Request, form: Mapping[str, Any]) -> dict[str, Any]:
        """Tokens for a code or for a refresh token. Raises Refusal."""
        self._require_client(request)
        match form.get("grant_type"):
            case "authorization_code":
                return self._issue(self._redeem(form))
            case "refresh_token":
                return self._issue(self._rotate(str(form.get("refresh_token", ""))))
        raise Refusal(400, "Missing or invalid grant type.", "unsupported_grant_type")

    def new_tokens(self, user: str, *scopes: str) -> dict[str, Any]:
        """As if the user had just agreed."""
        family = Family(user, frozenset(scopes or ("tweet.read", "tweet.write", "users.read", "offline.access")))
        self.families.append(family)
        return self._issue(family)

    def user_of(self, access: str, *needed: str) -> str | None:
        """Whose token it is. Raises Refusal when its scopes are too few."""
        for family in self.families:
            ends_at = family.access.get(access)
            if ends_at is not None and self.clock.now() < ends_at:
                if not family.scopes.issuperset(needed):
                    raise Refusal(403, "Forbidden", "about:blank")
                return family.user
        return None

    def revoke_user(self, user: str) -> None:
        for family in self.families:
            if family.user == user:
                _kill(family)

    def revoke(self, request: Request, form: Mapping[str, Any]) -> None:
        """What our app asks when somebody takes their account away. Raises Refusal."""
        self._require_client(request)
        token = str(form.get("token", ""))
        for family in self.families:
            if token == family.refresh or token in family.access:
                _kill(family)

    def _require_client(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise Refusal(401, "Missing valid authorization header", "unauthorized_client")
        try:
            name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError as exc:
            raise Refusal(401, "Missing valid authorization header", "unauthorized_client") from exc
        wanted = f"{self.client_id}:{self.client_secret}"
        if not compare_digest(f"{unquote(name)}:{unquote(secret)}".encode(), wanted.encode()):
            raise Refusal(401, "Missing valid authorization header", "unauthorized_client")

    def _redeem(self, form: Mapping[str, Any]) -> Family:
        code = self.codes.pop(str(form.get("code", "")), None)
        verifier = str(form.get("code_verifier", ""))
        if code is None or code.ends_at <= self.clock.now() or form.get("redirect_uri") != code.redirect_uri:
            raise Refusal(400, "Value passed for the authorization code was invalid.", "invalid_request")
        hashed = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not 43 <= len(verifier) <= 128 or hashed != code.challenge:
            raise Refusal(
                400, "Value passed for the code verifier did not match the code challenge.", "invalid_request"
            )
        family = Family(code.user, code.scopes)
        self.families.append(family)
        return family

    def _rotate(self, refresh: str) -> Family:
        for family in self.families:
            if refresh and refresh == family.refresh:
                family.used.add(refresh)
                return family
            if refresh in family.used:
                _kill(family)
        raise Refusal(400, "Value passed for the token was invalid.", "invalid_request")

    def _issue(self, family: Family) -> dict[str, Any]:
        access = secrets.token_urlsafe(64)
        family.access[access] = self.clock.now() + ACCESS_LASTS
        told = {
            "token_type": "bearer",
            "expires_in": ACCESS_LASTS // timedelta(seconds=1),
            "access_token": access,
            "scope": " ".join(sorted(family.scopes)),
        }
        if "offline.access" in family.scopes:
            family.refresh = secrets.token_urlsafe(64)
            told["refresh_token"] = family.refresh
        return told


def _kill(family: Family) -> None:
    family.access.clear()
    if family.refresh is not None:
        family.used.add(family.refresh)
    family.refresh = None
