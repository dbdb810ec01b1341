"""Passwords as scrypt hashes: `scrypt$<salt>$<hash>`, both in hexadecimal."""

import hashlib
import secrets
from hmac import compare_digest

# About 20 ms on one core.
COST, BLOCK_SIZE, PARALLELISM = 2**13, 8, 1


def hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_digest(password, salt).hex()}"


def matches(password: str, stored: str) -> bool:
    """Constant time; false for a stored value of another kind."""
    kind, _, rest = stored.partition("$")
    salt, _, digest = rest.partition("$")
    return kind == "scrypt" and compare_digest(_digest(password, bytes.fromhex(salt)).hex(), digest)


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK_SIZE, p=PARALLELISM)
