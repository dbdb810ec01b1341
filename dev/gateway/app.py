"""The gateway as one application: the key is looked at first, as the hosted gateway does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.clock import StackClock
from dev.gateway.accounts import Accounts
from dev.gateway.auth import auth_routes
from dev.gateway.callers import Keys, refuse_key
from dev.gateway.connections import Connections
from dev.gateway.rest import rest_routes
from dev.gateway.tokens import SigningKeys, Tokens

# Verifiers fetch the public keys without a key of their own.
OPEN_PATHS = frozenset({"/auth/v1/.well-known/jwks.json", "/auth/v1/health"})


def create_gateway(
    *,
    dsn: str,
    auth_dsn: str,
    url: str,
    signing_keys: SigningKeys,
    publishable_key: str,
    secret_key: str,
    clock: StackClock,
) -> Starlette:
    """An ASGI application whose lifespan opens and closes the connections.

    `dsn` is for the role `authenticator`, `auth_dsn` for `supabase_auth_admin`, who owns schema `auth`. `url` is where
    the gateway will be reached: tokens name it as their issuer.
    """
    keys = Keys(publishable_key, secret_key)
    tokens = Tokens(signing_keys, url, clock)
    connections = Connections(dsn)
    accounts = Accounts(auth_dsn, clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with connections, accounts:
            yield

    return Starlette(
        routes=[*rest_routes(connections, keys, tokens), *auth_routes(accounts, tokens)],
        middleware=[Middleware(KeyDoor, keys=keys)],
        lifespan=lifespan,
    )


class KeyDoor:
    """Lets in who shows one of the project's keys in the header `apikey`."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            if refusal := refuse_key(headers, self._keys):
                return await refusal(scope, receive, send)
        await self._app(scope, receive, send)
