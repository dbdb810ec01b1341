"""Whether an access token proves a person: signature, issuer, audience, role, and times by our own clock.

What Supabase's own `get_claims` leaves out (issuer, audience, nbf, role) is checked here. PyJWT compares times with the
machine's clock, so it is told not to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lib.adapters.identity.keys import PublicKeys
from lib.domain.person import Person
from lib.errors import Unauthenticated

if TYPE_CHECKING:
    from jwt import PyJWK

LEEWAY = timedelta(seconds=10)
LONGEST = 16 * 1024
AUDIENCE = "authenticated"
ROLE = "authenticated"
TIMES_BY_OUR_CLOCK = {
    "require": ["exp", "sub", "aud", "iss"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


@dataclass(frozen=True, slots=True)
class Verifier:
    """`hs256_secret` is for projects that still sign with it; none refuses all such tokens."""

    issuer: str
    keys: PublicKeys
    hs256_secret: str | None = None

    async def verify(self, token: str, now: datetime) -> Person:
        """Raises Unauthenticated when the token proves nothing, Unavailable when the keys cannot be read."""
        key, algorithm = await self._key_of(token, now)
        claims = self._decode(token, key, algorithm)
        expires_at = check_times(claims, now)
        if claims.get("role") != ROLE:
            raise refused("not a signed-in person's")
        email = claims.get("email")
        return Person(user_id(claims), email if isinstance(email, str) and email else None, token, expires_at)

    async def _key_of(self, token: str, now: datetime) -> "tuple[PyJWK | str, str]":
        """The key and the one algorithm that belongs to it; the token's own `alg` is never asked."""
        kid = key_id(token)
        key = await self.keys.find(kid, now)
        if key is not None:
            return key, key.algorithm_name
        if self.hs256_secret is None:
            raise refused("signed with an unknown key")
        return self.hs256_secret, "HS256"

    def _decode(self, token: str, key: "PyJWK | str", algorithm: str) -> Mapping[str, Any]:
        import jwt

        try:
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=AUDIENCE,
                issuer=self.issuer,
                options=TIMES_BY_OUR_CLOCK,  # type: ignore[arg-type]
            )
        except (jwt.PyJWTError, ValueError, TypeError) as exc:  # the last two: claims of odd types
            raise refused(type(exc).__name__) from exc


def key_id(token: str) -> str | None:
    import jwt

    if len(token) > LONGEST:
        raise refused("too long")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, TypeError) as exc:
        raise refused("not a token") from exc
    return kid if isinstance(kid, str) else None


def check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    """When the token expires. Raises Unauthenticated if it has, or is not valid yet."""
    seconds = now.timestamp()
    expires = number(claims, "exp")
    if expires + LEEWAY.total_seconds() <= seconds:
        raise Unauthenticated("token_expired", "The access token has expired; sign in again or refresh it.")
    for name in ("nbf", "iat"):
        if name in claims and number(claims, name) > seconds + LEEWAY.total_seconds():
            raise refused(f"{name} is in the future")
    return datetime.fromtimestamp(min(expires, seconds + FAR_AWAY), UTC)


FAR_AWAY = 10 * 366 * 86_400  # a token that "expires" in the year 10^6 is a number that datetime cannot hold


def number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise refused(f"{name} is not a time")
    return float(value)


def user_id(claims: Mapping[str, Any]) -> str:
    try:
        return str(UUID(str(claims.get("sub"))))
    except ValueError as exc:
        raise refused("sub is not a user") from exc


def refused(reason: str) -> Unauthenticated:
    """The reason helps the owner of a token and tells a forger nothing that the algorithm does not say already."""
    return Unauthenticated("token_invalid", f"The access token is not valid: {reason}.")
