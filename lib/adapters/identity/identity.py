"""Supabase Auth over plain httpx: its client would keep one person's session for all requests of the process."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.identity.keys import PublicKeys
from lib.adapters.identity.refusals import refusal
from lib.adapters.identity.tokens import Verifier
from lib.domain.person import Person, SignedIn
from lib.errors import Unavailable

if TYPE_CHECKING:
    import httpx

PATIENCE = timedelta(seconds=10)
# From this version on, `code` is GoTrue's stable word for what went wrong.
API_VERSION = "2024-01-01"


class Identity:
    """Who somebody is. Every method raises Unavailable when the project's Auth cannot be reached.

    `visitor` is the IP address from which a person signs in, if the host tells it.
    """

    def __init__(
        self,
        url: str,
        publishable_key: str,
        http: "Callable[[], httpx.AsyncClient]",
        hs256_secret: str | None = None,
        secret_key: str | None = None,
    ) -> None:
        """`secret_key` is used for nothing but to be believed where a visitor comes from."""
        self._url = f"{url}/auth/v1"
        self._publishable_key = publishable_key
        self._secret_key = secret_key if secret_key and secret_key.startswith("sb_secret_") else None
        self._http = http
        self._verifier = Verifier(self._url, PublicKeys(f"{self._url}/.well-known/jwks.json", http), hs256_secret)

    async def verify(self, token: str, now: datetime) -> Person:
        """The person whose access token this is; raises Unauthenticated."""
        return await self._verifier.verify(token, now)

    async def sign_in(self, email: str, password: str, now: datetime, visitor: str | None = None) -> SignedIn:
        """Raises Unauthenticated for a wrong address or password, LimitReached after too many tries."""
        answer = await self._post("/token?grant_type=password", {"email": email, "password": password}, visitor)
        return await self._signed_in(answer, now)

    async def sign_up(self, email: str, password: str, now: datetime, visitor: str | None = None) -> SignedIn | None:
        """None when the project wants the address confirmed first. Raises Conflict, Invalid or Forbidden."""
        answer = await self._post("/signup", {"email": email, "password": password}, visitor)
        return await self._signed_in(answer, now) if answer.get("access_token") else None

    async def refresh(self, refresh_token: str, now: datetime, visitor: str | None = None) -> SignedIn:
        """A new token for the old one's session; raises Unauthenticated when that session is over."""
        answer = await self._post("/token?grant_type=refresh_token", {"refresh_token": refresh_token}, visitor)
        return await self._signed_in(answer, now)

    async def sign_out(self, token: str) -> None:
        """End the session of this token, on this device only. Raises Unauthenticated when it is over already."""
        await self._post("/logout?scope=local", {}, token=token)

    async def _signed_in(self, answer: Mapping[str, Any], now: datetime) -> SignedIn:
        token, refresh_token = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(token, str) or not isinstance(refresh_token, str):
            raise Unavailable("auth", "the answer has no tokens")
        return SignedIn(await self.verify(token, now), refresh_token)

    async def _post(
        self, path: str, body: Mapping[str, str], visitor: str | None = None, token: str | None = None
    ) -> Mapping[str, Any]:
        import httpx

        headers = {"X-Supabase-Api-Version": API_VERSION, **self._keys(visitor)}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            reply = await self._http().post(
                f"{self._url}{path}", json=body, headers=headers, timeout=PATIENCE.total_seconds()
            )
            answer = reply.json() if reply.content else {}
        except (httpx.HTTPError, ValueError, RuntimeError) as exc:
            raise Unavailable("auth", f"{path.partition('?')[0]}: {type(exc).__name__}") from exc
        if not isinstance(answer, Mapping):
            raise Unavailable("auth", "the answer is not an object")
        if reply.status_code >= 300:
            raise refusal(reply.status_code, answer)
        return answer

    def _keys(self, visitor: str | None) -> dict[str, str]:
        """Auth limits tries by address, and every visitor comes from ours; it believes another one with the secret key
        only (supabase.com/docs/guides/auth/rate-limits, IP address forwarding)."""
        if visitor is None or self._secret_key is None:
            return {"apikey": self._publishable_key}
        return {"apikey": self._secret_key, "Sb-Forwarded-For": visitor}
