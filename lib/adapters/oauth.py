"""Access in the name of people who have connected an account: OAuth 2 with PKCE, and the renewal of what it gave.

Nobody repeats a call here. What a lost reply means is the same as if nothing had been sent: no post was made, and the
old tokens are still all we have. If the provider had renewed them all the same, the next try is told so.
Wire: RFC 6749, RFC 7636, https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code.
"""

import asyncio
import base64
import hashlib
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
class App:
    """Our own app at a provider; closed while it has no `client_id`. Without a secret it is a public client."""

    client_id: str
    client_secret: str = field(repr=False)
    needs: tuple[str, ...]
    site_url: str
    api_url: str


class OAuth:
    """Every method raises NotConfigured when we have no app at that provider, ValueError when it has no OAuth."""

    def __init__(self, apps: Mapping[Platform, App], http: "Callable[[], httpx.AsyncClient]") -> None:
        self._apps = apps
        self._http = http

    def authorize_url(self, platform: Platform, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where a person says yes. `verifier` (RFC 7636: 43 to 128 characters) stays with us, only its hash goes."""
        app, provider = self._app(platform)
        asked = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(provider.scopes),
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{app.site_url}{provider.authorize_path}?{urlencode(asked, quote_via=quote)}"

    async def exchange(
        self, platform: Platform, *, code: str, verifier: str, redirect_uri: str, now: datetime, within: timedelta
    ) -> Grant:
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
        said = await self._ask(platform, form, (code, verifier), within)
        missing = set(PROVIDERS[platform].scopes) - set(str(said.get("scope") or "").split())
        if "scope" in said and missing:
            raise PublishFailed(
                PublishFault.UNAUTHORIZED,
                f"{platform}: not everything was granted",
                reason=f"was not granted: {', '.join(sorted(missing))}",
            )
        return self._grant(platform, said, {}, now)

    async def refresh(self, platform: Platform, secrets: Mapping[str, str], now: datetime, within: timedelta) -> Grant:
        """New tokens for the old; the old refresh token stays where none comes back.

        To be called by one at a time, and written down before it is used: X's refresh tokens work once, and who uses
        one again loses the account. Raises PublishFailed: UNAUTHORIZED, the account has to be connected again (unless
        somebody else has renewed it meanwhile); CONFIGURATION; UNSENT or THROTTLED, keep the tokens and try later
        (`details` has `lost` when it was sent and no reply came).
        """
        token = secrets.get("refresh_token")
        if not token:
            raise PublishFailed(PublishFault.UNAUTHORIZED, f"{platform}: the account has no refresh token")
        said = await self._ask(platform, {"grant_type": "refresh_token", "refresh_token": token}, (token,), within)
        return self._grant(platform, said, secrets, now)

    def _app(self, platform: Platform) -> tuple[App, Provider]:
        if platform not in PROVIDERS:
            raise ValueError(f"{platform} is not connected by OAuth")
        app = self._apps[platform]
        if not app.client_id:
            raise NotConfigured(f"the app at {platform}", app.needs)
        return app, PROVIDERS[platform]

    def _grant(self, platform: Platform, said: Mapping[str, Any], before: Mapping[str, str], now: datetime) -> Grant:
        lifetime = said.get("expires_in")
        if isinstance(lifetime, bool) or not isinstance(lifetime, int | float) or not 0 < lifetime < 1e9:
            lifetime = PROVIDERS[platform].lifetime.total_seconds()
        secrets = {**before, "access_token": said["access_token"]}
        if said.get("refresh_token"):
            secrets["refresh_token"] = str(said["refresh_token"])
        return Grant(secrets, now + timedelta(seconds=lifetime) - SKEW)

    async def _ask(
        self, platform: Platform, form: Mapping[str, str], hidden: tuple[str, ...], within: timedelta
    ) -> Mapping[str, Any]:
        """What the token endpoint says to this, with an access token in it."""
        app, provider = self._app(platform)
        headers = {"accept": "application/json", "accept-encoding": "identity", "connection": "close"}
        if app.client_secret:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            pair = f"{quote(app.client_id, safe='')}:{quote(app.client_secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form = {**form, "client_id": app.client_id}
        answered = await self._post(platform, f"{app.api_url}{provider.token_path}", form, headers, within)
        if isinstance(answered, PublishFailed):
            raise answered  # here, where no other exception is its context
        status, retry_after, said = answered
        if 200 <= status < 300 and isinstance(said.get("access_token"), str) and said["access_token"]:
            return said
        raise complaint_of(platform, provider, status, said, retry_after, (*hidden, app.client_secret))

    async def _post(
        self,
        platform: Platform,
        url: str,
        form: Mapping[str, str],
        headers: Mapping[str, str],
        within: timedelta,
    ) -> tuple[int, timedelta | None, Mapping[str, Any]] | PublishFailed:
        import httpx

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
                return reply.status_code, _retry_after(reply.headers), _object(bytes(body))
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as exc:
            why = f"{platform}: the app's id, secret or URL cannot be used ({type(exc).__name__})"
            return PublishFailed(PublishFault.CONFIGURATION, why)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            return PublishFailed(PublishFault.UNSENT, f"{platform}: no connection ({type(exc).__name__})")
        except (httpx.HTTPError, OSError) as exc:
            return _lost(platform, f"no answer ({type(exc).__name__})")


def challenge_of(verifier: str) -> str:
    """RFC 7636, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def complaint_of(
    platform: Platform,
    provider: Provider,
    status: int,
    said: Mapping[str, Any],
    retry_after: timedelta | None,
    hidden: tuple[str, ...],
) -> PublishFailed:
    """Whose fault an answer without tokens is. `error` is RFC 6749's word; some send an object, or problem details."""
    error = said.get("error")
    nested = error if isinstance(error, Mapping) else {}
    code = str(nested.get("code") or nested.get("type") or "") if nested else str(error or "")
    words = str(said.get("error_description") or said.get("detail") or nested.get("message") or code)
    for secret in filter(None, hidden):
        words = words.replace(secret, "…")
    words = " ".join(words.split())
    message = f"{platform}: the token endpoint answered {status} {code if re.fullmatch(r'[a-z_]{1,40}', code) else ''}"
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
