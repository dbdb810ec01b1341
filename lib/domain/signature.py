"""Is this request really QStash's? Pure: headers, raw body and keys in, claims or a reason out.

Our own, on the standard library: Upstash's Python receiver ignores its clock tolerance (it hands `leeway` to PyJWT
where PyJWT does not look), turns a missing `body` claim into a KeyError, cannot verify a body that is not UTF-8, hides
every reason behind the next key's "signature verification failed", and costs PyJWT and cryptography at a cold start.
The format is https://upstash.com/docs/qstash/features/security.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

ISSUER = "Upstash"
CLOCK_SKEW = timedelta(seconds=60)  # ours against QStash's; a message lives 300 s


class SignatureRefused(Exception):
    """Not proven. `reason` is for our log, never for the caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify_signature(token: str, *, keys: Sequence[str], url: str, body: bytes, now: datetime) -> Mapping[str, Any]:
    """The claims of an `Upstash-Signature` JWT for this body, sent to this configured URL.

    `keys` are the current key and the next: during a rotation either may have signed. Raises SignatureRefused.
    """
    try:
        signed, _, signature = token.encode("ascii").rpartition(b".")
        header_part, _, claims_part = signed.partition(b".")
        header, claims, given = _json(header_part), _json(claims_part), _decode(signature)
    except (ValueError, binascii.Error, RecursionError) as exc:
        raise SignatureRefused("malformed") from exc
    # The algorithm is ours to say: a token that asks for `none` or another one is not from QStash.
    if header.get("alg") != "HS256":
        raise SignatureRefused("algorithm")
    if not any(hmac.compare_digest(_sign(signed, key), given) for key in keys if key):
        raise SignatureRefused("key")
    _check_claims(claims, url, body, now)
    return claims


def _check_claims(claims: Mapping[str, Any], url: str, body: bytes, now: datetime) -> None:
    if claims.get("iss") != ISSUER:
        raise SignatureRefused("issuer")
    if claims.get("sub") != url:
        raise SignatureRefused("url")
    if now - CLOCK_SKEW >= _time(claims, "exp"):
        raise SignatureRefused("expired")
    if now + CLOCK_SKEW < max(_time(claims, "nbf"), _time(claims, "iat") if "iat" in claims else now):
        raise SignatureRefused("not yet valid")
    hashed = claims.get("body")
    if not isinstance(hashed, str):
        raise SignatureRefused("no body claim")
    expected = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=")
    if not hmac.compare_digest(expected, hashed.rstrip("=").encode("utf-8", "surrogatepass")):
        raise SignatureRefused("body")


def _time(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SignatureRefused(f"no {name} claim")
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise SignatureRefused(f"{name} out of range") from exc


def _json(part: bytes) -> dict[str, Any]:
    value = json.loads(_decode(part))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _decode(part: bytes) -> bytes:
    return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _sign(signed: bytes, key: str) -> bytes:
    return hmac.new(key.encode(), signed, hashlib.sha256).digest()
