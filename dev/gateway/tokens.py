"""Access tokens: ES256 keys that survive a restart, the claims GoTrue puts in, the checks PostgREST makes."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from dev.clock import StackClock
from dev.gateway.refusals import Refusal

type Claims = Mapping[str, Any]

LIFETIME = timedelta(hours=1)
# How far the clocks of the signer and of PostgREST may be apart.
LEEWAY = timedelta(seconds=30)


class SigningKeys:
    """ES256 key pairs; the first signs, all of them verify."""

    def __init__(self, private: Mapping[str, ec.EllipticCurvePrivateKey]) -> None:
        self._private = dict(private)

    @classmethod
    def fresh(cls) -> "SigningKeys":
        return cls({secrets.token_hex(8): ec.generate_private_key(ec.SECP256R1())})

    @classmethod
    def kept_in(cls, path: Path) -> "SigningKeys":
        """The keys of this file, which is made at first use; it is a list of private JWKs, as Supabase keeps them."""
        if path.exists():
            return cls({it["kid"]: _private_key(it) for it in json.loads(path.read_text())})
        keys = cls.fresh()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(keys._described(secret=True)))
        return keys

    @property
    def current(self) -> tuple[str, ec.EllipticCurvePrivateKey]:
        return next(iter(self._private.items()))

    def rotate(self) -> None:
        """From now on sign with a new key; the old ones still verify."""
        self._private = {secrets.token_hex(8): ec.generate_private_key(ec.SECP256R1()), **self._private}

    def public(self, kid: object) -> ec.EllipticCurvePublicKey | None:
        key = self._private.get(kid) if isinstance(kid, str) else None
        return key.public_key() if key else None

    def jwks(self) -> dict[str, Any]:
        return {"keys": self._described(secret=False)}

    def _described(self, *, secret: bool) -> list[dict[str, Any]]:
        uses = ["sign", "verify"] if secret else ["verify"]
        return [
            {
                **ECAlgorithm.to_jwk(key if secret else key.public_key(), as_dict=True),
                "kid": kid,
                "alg": "ES256",
                "use": "sig",
                "key_ops": uses,
                "ext": True,
            }
            for kid, key in self._private.items()
        ]


def _private_key(described: Mapping[str, Any]) -> ec.EllipticCurvePrivateKey:
    key = ECAlgorithm.from_jwk(dict(described))
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101  we wrote the file ourselves
    return key


class Tokens:
    """Issues and reads access tokens of one project, by the stack's clock."""

    def __init__(self, keys: SigningKeys, url: str, clock: StackClock) -> None:
        self.keys = keys
        self._issuer = f"{url}/auth/v1"
        self._clock = clock

    def issue(self, user: Mapping[str, Any], session_id: str, signed_in_at: datetime) -> tuple[str, datetime]:
        """A token for a user as `accounts` describes them, and when it expires."""
        now = self._clock.now()
        expires_at = now + LIFETIME
        claims = {
            "iss": self._issuer,
            "sub": user["id"],
            "aud": "authenticated",
            "exp": int(expires_at.timestamp()),
            "iat": int(now.timestamp()),
            "email": user["email"],
            "phone": "",
            "app_metadata": user["app_metadata"],
            "user_metadata": user["user_metadata"],
            "role": "authenticated",
            "aal": "aal1",
            "amr": [{"method": "password", "timestamp": int(signed_in_at.timestamp())}],
            "session_id": session_id,
            "is_anonymous": False,
        }
        kid, key = self.keys.current
        return jwt.encode(claims, key, algorithm="ES256", headers={"kid": kid}), expires_at

    def read(self, token: str) -> Claims:
        """The claims of a good token. Raises Refusal PGRST301 (not a token of ours) or PGRST303 (claims)."""
        claims = self._verified(token)
        now = self._clock.now().timestamp()
        for name in ("exp", "nbf", "iat"):
            if claims.get(name) is not None and not isinstance(claims[name], int | float):
                raise _refused("PGRST303", f"The JWT '{name}' claim must be a number")
        if claims.get("exp") is not None and claims["exp"] < now - LEEWAY.total_seconds():
            raise _refused("PGRST303", "JWT expired")
        if (claims.get("nbf") or 0) > now + LEEWAY.total_seconds():
            raise _refused("PGRST303", "JWT not yet valid")
        if (claims.get("iat") or 0) > now + LEEWAY.total_seconds():
            raise _refused("PGRST303", "JWT issued at future")
        return claims

    def _verified(self, token: str) -> dict[str, Any]:
        parts = token.count(".") + 1
        if not token:
            raise _refused("PGRST301", "Empty JWT is sent in Authorization header")
        if parts != 3:
            raise _refused("PGRST301", f"Expected 3 parts in JWT; got {parts}")
        try:
            header = jwt.get_unverified_header(token)
            key = self.keys.public(header.get("kid"))
            if key is None or header.get("alg") != "ES256":
                raise _refused("PGRST301", "No suitable key or wrong key type")
            # Times are checked by the stack's clock, not by the machine's.
            unchecked = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
            return jwt.decode(token, key, algorithms=["ES256"], options=unchecked)  # type: ignore[arg-type]
        except jwt.PyJWTError as exc:
            raise _refused("PGRST301", "JWT cryptographic operation failed") from exc


def _refused(code: str, message: str) -> Refusal:
    challenge = f'Bearer error="invalid_token", error_description="{message}"'
    return Refusal(401, code, message, headers={"WWW-Authenticate": challenge})
