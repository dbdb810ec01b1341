"""A Supabase project as its tokens and public keys show it, without a network."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from lib.adapters.identity import Identity

URL = "https://project.example"
NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)  # far from the machine's own time
USER = "65b01556-8d08-4481-80a6-766d922404f4"
SECRET = "a retired secret of the project, 32 bytes or more"


@dataclass
class Project:
    """`answers` may be set to a status to make the key page fail; `fetches` counts how often it was asked."""

    ec_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    kid: str = "ec-1"
    more_keys: list[dict[str, Any]] = field(default_factory=list)
    answers: int = 200
    fetches: int = 0

    def identity(self, hs256_secret: str | None = None) -> Identity:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        return Identity(URL, "sb_publishable_x", lambda: client, hs256_secret)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url == f"{URL}/auth/v1/.well-known/jwks.json"
        self.fetches += 1
        return httpx.Response(self.answers, json={"keys": [self.public_jwk(), *self.more_keys]})

    def public_jwk(self) -> dict[str, Any]:
        jwk = ECAlgorithm.to_jwk(self.ec_key.public_key(), as_dict=True)
        return {**jwk, "kid": self.kid, "alg": "ES256", "use": "sig"}

    def token(self, *, kid: str | None = "", without: str = "", **claims: object) -> str:
        """A good token, except for what is given."""
        told = {key: value for key, value in {**good_claims(), **claims}.items() if key != without}
        headers = {"kid": self.kid if kid == "" else kid} if kid is not None else {}
        return jwt.encode(told, self.ec_key, algorithm="ES256", headers=headers)

    def rotate(self, kid: str) -> None:
        self.ec_key, self.kid = ec.generate_private_key(ec.SECP256R1()), kid


def good_claims() -> dict[str, Any]:
    return {
        "iss": f"{URL}/auth/v1",
        "sub": USER,
        "aud": "authenticated",
        "role": "authenticated",
        "email": "ada@example.com",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(hours=1)).timestamp()),
    }


def rsa_key(kid: str) -> tuple[rsa.RSAPrivateKey, dict[str, Any]]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key, {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "RS256", "use": "sig"}


def raw_token(header: Mapping[str, object], claims: Mapping[str, object], signature: bytes = b"") -> str:
    """A token put together by hand, for what no library would sign."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
