"""The public keys of a Supabase project, by key id: fetched from its JWKS and kept for ten minutes."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib import logs
from lib.errors import Unavailable
from lib.loops import PerLoop

if TYPE_CHECKING:
    import httpx
    from jwt import PyJWK

KEPT_FOR = timedelta(minutes=10)
# While the project does not answer, what is known stays good; a day later a revoked key must not be any more.
STALE_FOR = timedelta(hours=24)
# An unknown key id may be one that was rotated in a moment ago, or an attacker's invention: it cannot force more
# fetches than this.
REFETCH_INTERVAL = timedelta(seconds=30)
RETRY_INTERVAL = timedelta(seconds=5)
PATIENCE = timedelta(seconds=5)

# The algorithm belongs to the key, never to the token: (kty, crv) → alg.
ALGORITHMS: Mapping[tuple[object, object], str] = {("EC", "P-256"): "ES256", ("RSA", None): "RS256"}


class PublicKeys:
    """Shared by all requests of a process."""

    def __init__(self, jwks_url: str, http: "Callable[[], httpx.AsyncClient]") -> None:
        self._jwks_url = jwks_url
        self._http = http
        self._keys: Mapping[str, PyJWK] = {}
        self._read_at: datetime | None = None
        self._not_before: datetime | None = None
        self._fetching: PerLoop[asyncio.Lock] = PerLoop(asyncio.Lock, _nothing_to_close)

    async def find(self, kid: str | None, now: datetime) -> "PyJWK | None":
        """The key of this id; none if the project has no such key. Raises Unavailable when its keys are not known."""
        lock = self._fetching.get()
        if self._is_due(kid, now) and not (kid in self._keys and lock.locked()):
            async with lock:
                if self._is_due(kid, now):
                    await self._refresh(now)
        if self._read_at is None or now - self._read_at > STALE_FOR:
            raise Unavailable("auth", "the project's public keys could not be read", RETRY_INTERVAL)
        return self._keys.get(kid) if kid else None

    def _is_due(self, kid: str | None, now: datetime) -> bool:
        if self._not_before is not None and now < self._not_before:
            return False
        is_fresh = self._read_at is not None and now - self._read_at < KEPT_FOR
        return not is_fresh or (kid is not None and kid not in self._keys)

    async def _refresh(self, now: datetime) -> None:
        try:
            self._keys = usable_keys(await self._fetch())
        except Unavailable as exc:
            self._not_before = now + RETRY_INTERVAL
            logs.warning("keys.unavailable", message=exc.message, known=len(self._keys))
            return
        self._read_at, self._not_before = now, now + REFETCH_INTERVAL

    async def _fetch(self) -> object:
        import httpx

        try:
            reply = await self._http().get(self._jwks_url, timeout=PATIENCE.total_seconds())
            if reply.status_code == 404:  # a project from before signing keys has no such page, and no such keys
                return {"keys": []}
            reply.raise_for_status()
            return reply.json()
        except (httpx.HTTPError, ValueError, RuntimeError) as exc:
            raise Unavailable("auth", f"JWKS: {type(exc).__name__}") from exc


def usable_keys(jwks: object) -> "dict[str, PyJWK]":
    """The signing keys of a JWKS whose algorithm we accept. Raises Unavailable for what is not a JWKS."""
    entries = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(entries, list):
        raise Unavailable("auth", "JWKS: not a key set")
    keys = {str(entry["kid"]): usable_key(entry) for entry in entries if isinstance(entry, Mapping) and "kid" in entry}
    return {kid: key for kid, key in keys.items() if key is not None}


def usable_key(entry: Mapping[str, Any]) -> "PyJWK | None":
    from jwt import PyJWK, PyJWTError

    algorithm = ALGORITHMS.get((entry.get("kty"), entry.get("crv")))
    if algorithm is None or entry.get("alg", algorithm) != algorithm or entry.get("use", "sig") != "sig":
        return None
    try:
        return PyJWK.from_dict(dict(entry), algorithm)
    except (PyJWTError, ValueError) as exc:
        logs.warning("keys.unreadable", kid=str(entry.get("kid")), error=type(exc).__name__)
        return None


async def _nothing_to_close(_: object) -> None:
    return None
