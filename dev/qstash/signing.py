"""`Upstash-Signature`: an HS256 JWT over destination and body, fresh for every attempt.

https://upstash.com/docs/qstash/features/security. The key is the string as it is, `sig_` included.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

LIFETIME = timedelta(seconds=300)


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What signs now, and what will sign after the next rotation."""

    current: str
    next: str

    def rotated(self, new: str) -> "SigningKeys":
        """The next key takes over, so an app that knows both survives one rotation."""
        return SigningKeys(current=self.next, next=new)


# Public constants of Upstash's development server (its first user); worth nothing anywhere else.
DEV_TOKEN = "eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0="  # noqa: S105
DEV_KEYS = SigningKeys(current="sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r", next="sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs")


def sign(key: str, *, destination: str, body: bytes, token_id: str, now: datetime) -> str:
    """The compact JWT. `sub` is the destination exactly as it was published."""
    issued_at = int(now.timestamp())
    claims = {
        "iss": "Upstash",
        "sub": destination,
        "exp": issued_at + int(LIFETIME.total_seconds()),
        "nbf": 0,
        "iat": issued_at,
        "jti": token_id,
        "body": base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode(),
    }
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_unpadded(signature)}"


def _part(value: dict[str, object]) -> str:
    return _unpadded(json.dumps(value, separators=(",", ":")).encode())


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
