"""Access in the name of people who have connected an account: OAuth 2 with PKCE, and the renewal of what it gave.

Nobody repeats a call here. What a lost reply means is the same as if nothing had been sent: no post was made, and the
old tokens are still all we have. If the provider had renewed them all the same, the next try is told so.
Wire: RFC 6749, RFC 7636, https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code.
"""

import asyncio
import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from lib.domain.account import Platform
from lib.domain.credentials import Grant
from lib.errors import NotConfigured, PublishFailed, PublishFault

if TYPE_CHECKING:
    import httpx

SKEW = timedelta(seconds=60)
CONNECT_TIMEOUT = timedelta(seconds=5)
MOST_BYTES = 100_000
LONGEST_RETRY_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Provider:
    """How one provider does it. `lifetime`: of an access token, where the reply does not tell."""

    authorize_path: str  # on the site
    token_path: str  # on the API
    scopes: tuple[str, ...]
    lifetime: timedelta
    # What says that the person has to connect again, besides `invalid_grant`.
    ended: re.Pattern[str]


PROVIDERS: Mapping[Platform, Provider] = {
    Platform.X: Provider(
        authorize_path="/i/oauth2/authorize",
        token_path="/2/oauth2/token",  # noqa: S106  # a path
        scopes=("tweet.read", "tweet.write", "users.read", "offline.access"),
        lifetime=timedelta(hours=2),
        ended=re.compile(r"value passed for the (?:token|refresh token|authorization code|code verifier)\b", re.I),
    ),
}
# RFC 6749, 5.2: what is wrong with our app and not with this account.
OUR_APP = frozenset(
    {"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_request"}
)


@dataclass(frozen=True, slots=True)
class Registration:
    """Our own app, as a provider knows it. Without a secret it is a public client; without an id there is none, and
    `needs` are the variables that were looked for."""

    client_id: str
    client_secret: str = field(repr=False)
    needs: tuple[str, ...]
    site_url: str
    api_url: str


class OAuth:
    """`oauth[platform]` is our app there. Raises NotConfigured when we have none, ValueError without OAuth there."""

    def __init__(self, registrations: Mapping[Platform, Registration], http: "Callable[[], httpx.AsyncClient]") -> None:
        self._registrations = registrations
        self._http = http

    def __getitem__(self, platform: Platform) -> "App":
        if platform not in PROVIDERS:
            raise ValueError(f"{platform} is not connected by OAuth")
        registration = self._registrations[platform]
        if not registration.client_id:
            raise NotConfigured(f"the app at {platform}", registration.needs)
        return App(platform, PROVIDERS[platform], registration, self._http)


class App:
    """One provider, asked by our app there."""

    def __init__(
        self,
        platform: Platform,
        provider: Provider,
        registration: Registration,
        http: "Callable[[], httpx.AsyncClient]",
    ) -> None:
        self._platform = platform
        self._provider = provider
        self._registration = registration
        self._http = http

    def begin(self, state: str, challenge: str, redirect_uri: str) -> str:
        """Where a person says yes. `challenge`: the S256 hash of a verifier that stays with us (RFC 7636)."""
        asked = {
            "response_type": "code",
            "client_id": self._registration.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._provider.scopes),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._registration.site_url}{self._provider.authorize_path}?{urlencode(asked, quote_via=quote)}"

    async def exchange(self, code: str, verifier: str, redirect_uri: str, now: datetime, within: timedelta) -> Grant:
        """The tokens for a code that the provider has sent back with the person. A code works once.

        Raises PublishFailed: UNAUTHORIZED, the person has to begin again; CONFIGURATION, our app is wrong; UNSENT or
        THROTTLED, nothing is known.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        said = await self._ask(form, (code, verifier), within)
        missing = set(self._provider.scopes) - set(str(said.get("scope") or "").split())
        if "scope" in said and missing:
            raise PublishFailed(
                PublishFault.UNAUTHORIZED,
                f"{self._platform}: not everything was granted",
                reason=f"was not granted: {', '.join(sorted(missing))}",
            )
        return self._grant(said, {}, now)

    async def refresh(self, secrets: Mapping[str, str], now: datetime, within: timedelta) -> Grant:
        """New tokens for the old; the old refresh token stays where none comes back.

        To be called by one at a time, and sealed before it is used: X's refresh tokens work once, and who uses one
        again loses the account. Raises PublishFailed: UNAUTHORIZED, the account has to be connected again, unless
        somebody else has renewed it meanwhile; CONFIGURATION; UNSENT or THROTTLED, keep the tokens and try later
        (`details` has `lost` when it was sent and no tokens came).
        """
        token = secrets.get("refresh_token")
        if not token:
            raise PublishFailed(PublishFault.UNAUTHORIZED, f"{self._platform}: the account has no refresh token")
        said = await self._ask({"grant_type": "refresh_token", "refresh_token": token}, (token,), within)
        return self._grant(said, secrets, now)

    def _grant(self, said: Mapping[str, Any], before: Mapping[str, str], now: datetime) -> Grant:
        lifetime = said.get("expires_in")
        if isinstance(lifetime, bool) or not isinstance(lifetime, int | float) or not 0 < lifetime < 1e9:
            lifetime = self._provider.lifetime.total_seconds()
        secrets = {**before, "access_token": said["access_token"]}
        if said.get("refresh_token"):
            secrets["refresh_token"] = str(said["refresh_token"])
        return Grant(secrets, now + timedelta(seconds=lifetime) - SKEW)

    async def _ask(self, form: Mapping[str, str], hidden: tuple[str, ...], within: timedelta) -> Mapping[str, Any]:
        """What the token endpoint says to this, with an access token in it."""
        ours = self._registration
        headers = {"accept": "application/json", "accept-encoding": "identity", "connection": "close"}
        if ours.client_secret:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            pair = f"{quote(ours.client_id, safe='')}:{quote(ours.client_secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form = {**form, "client_id": ours.client_id}
        answered = await self._post(form, headers, within)
        if isinstance(answered, PublishFailed):
            raise answered  # here, where no other exception is its context
        if 200 <= answered.status < 300 and isinstance(answered.said.get("access_token"), str):
            return answered.said
        raise complaint_of(self._platform, self._provider, answered, (*hidden, ours.client_secret))

    async def _post(
        self, form: Mapping[str, str], headers: Mapping[str, str], within: timedelta
    ) -> "Answer | PublishFailed":
        import httpx

        platform, url = self._platform, f"{self._registration.api_url}{self._provider.token_path}"

        seconds = max(within.total_seconds(), 0.0)
        timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_TIMEOUT.total_seconds()))
        try:
            async with (
                asyncio.timeout(seconds),
                self._http().stream(
                    "POST", url, data=dict(form), headers=dict(headers), timeout=timeout, follow_redirects=False
                ) as reply,
            ):
                body = bytearray()
                async for chunk in reply.aiter_bytes():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise httpx.ReadError("the reply is too long")
                return Answer(reply.status_code, _retry_after(reply.headers), _object(bytes(body)))
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as exc:
            why = f"{platform}: the app's id, secret or URL cannot be used ({type(exc).__name__})"
            return PublishFailed(PublishFault.CONFIGURATION, why)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            return PublishFailed(PublishFault.UNSENT, f"{platform}: no connection ({type(exc).__name__})")
        except (httpx.HTTPError, OSError) as exc:
            return _lost(platform, f"no answer ({type(exc).__name__})")


@dataclass(frozen=True, slots=True)
class Answer:
    """Of a token endpoint."""

    status: int
    retry_after: timedelta | None
    said: Mapping[str, Any] = field(repr=False)


def complaint_of(platform: Platform, provider: Provider, answer: Answer, hidden: tuple[str, ...]) -> PublishFailed:
    """Whose fault an answer without tokens is. `error` is RFC 6749's word; some send an object, or problem details."""
    status, said, retry_after = answer.status, answer.said, answer.retry_after
    error = said.get("error")
    nested = error if isinstance(error, Mapping) else {}
    code = str(nested.get("code") or nested.get("type") or "") if nested else str(error or "")
    words = str(said.get("error_description") or said.get("detail") or nested.get("message") or code)
    for secret in filter(None, hidden):
        words = words.replace(secret, "…")
    words = " ".join(words.split())
    word = code if re.fullmatch(r"[a-z_]{1,40}", code) else "without a code"
    message = f"{platform}: the token endpoint answered {status} {word}"
    if status == 429:
        return PublishFailed(PublishFault.THROTTLED, message, reason=words, retry_after=retry_after)
    if code in ("invalid_grant", "access_denied") or (400 <= status < 500 and provider.ended.search(words)):
        return PublishFailed(PublishFault.UNAUTHORIZED, message, reason=words)
    if code in OUR_APP or status in (401, 403, 404) or 300 <= status < 400:
        return PublishFailed(PublishFault.CONFIGURATION, message, reason=words)
    return _lost(platform, f"the token endpoint answered {status} and no token", retry_after)


def _lost(platform: Platform, why: str, retry_after: timedelta | None = None) -> PublishFailed:
    message = f"{platform}: {why}"
    return PublishFailed(PublishFault.UNSENT, message, retry_after=retry_after, details={"lost": True})


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    value = headers.get("retry-after", "").strip()
    return min(timedelta(seconds=int(value)), LONGEST_RETRY_AFTER) if value.isdigit() and len(value) < 8 else None
