"""Who is calling: the key says which door, the user's token who stands in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest

from starlette.responses import JSONResponse

from dev.gateway.tokens import Claims, Tokens


@dataclass(frozen=True, slots=True)
class Keys:
    """The project's two opaque keys: the one for browsers, and the one for servers."""

    publishable: str
    secret: str

    def role_of(self, key: str) -> str | None:
        """The Postgres role that a key stands for."""
        if compare_digest(key.encode(), self.secret.encode()):
            return "service_role"
        if compare_digest(key.encode(), self.publishable.encode()):
            return "anon"
        return None


@dataclass(frozen=True, slots=True)
class Caller:
    """The role to take, and the claims that SQL sees as `request.jwt.claims`."""

    role: str
    claims: Claims = field(default_factory=dict)

    @property
    def is_anonymous(self) -> bool:
        return self.role == "anon"


def refuse_key(headers: Mapping[str, str], keys: Keys) -> JSONResponse | None:
    """The gateway's own answer to a missing or unknown key; none if the key is good."""
    key = headers.get("apikey")
    if not key:
        told = {
            "message": "No API key found in request",
            "hint": "No `apikey` request header or url param was found.",
        }
        return JSONResponse(told, status_code=401)
    if keys.role_of(key) is None:
        told = {
            "message": "Invalid API key",
            "hint": "Double check your Supabase `anon` or `service_role` API key.",
        }
        return JSONResponse(told, status_code=401)
    return None


def caller_of(headers: Mapping[str, str], keys: Keys, tokens: Tokens) -> Caller:
    """Whom the key and the token prove. Raises Refusal PGRST301 or PGRST303 for a bad token."""
    role = keys.role_of(headers.get("apikey", "")) or "anon"
    token = user_token(headers)
    if token is None:
        return Caller(role)
    claims = tokens.read(token)
    return Caller(str(claims.get("role") or "anon"), claims)


def user_token(headers: Mapping[str, str]) -> str | None:
    """The user's own token. Clients also send the project's key as bearer, which means nobody is signed in."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or token.startswith("sb_") or token == headers.get("apikey"):
        return None
    return token
