"""Users, sessions and refresh tokens, in schema `auth` as GoTrue keeps them."""

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

import asyncpg

from dev.clock import StackClock

# A client that lost the answer may ask again with the same token (supabase.com/docs/guides/auth/sessions).
REUSE_INTERVAL = timedelta(seconds=10)

# `auth.users` is there with the project (dev/hosted); these two are GoTrue's own business.
TABLES = """
create table if not exists auth.sessions (
  id uuid primary key,
  user_id uuid not null references auth.users on delete cascade,
  created_at timestamptz not null
);
create table if not exists auth.refresh_tokens (
  token text primary key,
  session_id uuid not null references auth.sessions on delete cascade,
  parent text,
  revoked_at timestamptz,
  created_at timestamptz not null
);
"""


class Refreshed(StrEnum):
    """What became of a refresh token."""

    ROTATED = "rotated"  # a new one takes its place
    UNKNOWN = "unknown"  # never issued, or its session is over
    REUSED = "reused"  # used before: the session is ended, somebody may have copied it


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    user: Mapping[str, Any]
    refresh_token: str
    created_at: datetime


class Accounts:
    def __init__(self, dsn: str, clock: StackClock) -> None:
        self._dsn = dsn
        self._clock = clock
        self._pool: asyncpg.Pool | None = None

    async def __aenter__(self) -> Self:
        self._pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=2)
        await self._pool.execute(TABLES)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def create_user(self, email: str, encrypted_password: str, data: Mapping[str, Any]) -> str | None:
        """The new user's id, or none if the address is taken. The address counts as confirmed: no mail is sent."""
        user_id = str(uuid.uuid4())
        described = {**data, "sub": user_id, "email": email, "email_verified": True, "phone_verified": False}
        made = await self._db.fetchval(
            """
            insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at,
                                    raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
            values ($1, 'authenticated', 'authenticated', $2, $3, $4, $5, $6, $4, $4)
            on conflict (email) do nothing
            returning id
            """,
            user_id,
            email,
            encrypted_password,
            self._clock.now(),
            json.dumps({"provider": "email", "providers": ["email"]}),
            json.dumps(described),
        )
        return user_id if made else None

    async def password_of(self, email: str) -> tuple[str, str] | None:
        """The id and stored password of the user with this address."""
        row = await self._db.fetchrow("select id, encrypted_password from auth.users where email = $1", email)
        return (str(row["id"]), row["encrypted_password"] or "") if row else None

    async def user(self, user_id: str) -> dict[str, Any] | None:
        row = await self._db.fetchrow("select * from auth.users where id = $1", uuid.UUID(user_id))
        return _described(row) if row else None

    async def open_session(self, user_id: str) -> Session:
        session_id, token, now = str(uuid.uuid4()), _new_token(), self._clock.now()
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute("insert into auth.sessions values ($1, $2, $3)", session_id, user_id, now)
            await _keep_token(connection, token, session_id, None, now)
            row = await connection.fetchrow(
                "update auth.users set last_sign_in_at = $2, updated_at = $2 where id = $1 returning *", user_id, now
            )
        return Session(session_id, _described(row), token, now)

    async def refresh(self, token: str) -> tuple[Refreshed, Session | None]:
        """Trade a refresh token for the next one; an old one ends the whole session, as somebody may have copied it."""
        now = self._clock.now()
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "select t.*, s.user_id, s.created_at as session_created_at from auth.refresh_tokens t "
                "join auth.sessions s on s.id = t.session_id where t.token = $1 for update of s",
                token,
            )
            if row is None:
                return Refreshed.UNKNOWN, None
            following = await self._following(connection, row, now)
            if following is None:
                await connection.execute("delete from auth.sessions where id = $1", row["session_id"])
                return Refreshed.REUSED, None
            user = await connection.fetchrow("select * from auth.users where id = $1", row["user_id"])
        session = Session(str(row["session_id"]), _described(user), following, row["session_created_at"])
        return Refreshed.ROTATED, session

    async def _following(self, connection: asyncpg.Connection, row: Mapping[str, Any], now: datetime) -> str | None:
        if row["revoked_at"] is None:
            following = _new_token()
            await connection.execute(
                "update auth.refresh_tokens set revoked_at = $2 where token = $1", row["token"], now
            )
            await _keep_token(connection, following, row["session_id"], row["token"], now)
            return following
        if now - row["revoked_at"] > REUSE_INTERVAL:
            return None
        newest: str | None = await connection.fetchval(
            "select token from auth.refresh_tokens where session_id = $1 and revoked_at is null", row["session_id"]
        )
        return newest

    async def has_session(self, session_id: str) -> bool:
        return bool(await self._db.fetchval("select true from auth.sessions where id::text = $1", session_id))

    async def close_sessions(self, user_id: str, session_id: str, scope: str) -> None:
        """End this session (`local`), all others (`others`), or every one of the user (`global`)."""
        await self._db.execute(
            "delete from auth.sessions where user_id = $1 and ($3 = 'global' or (id = $2) = ($3 = 'local'))",
            user_id,
            session_id,
            scope,
        )

    @property
    def _db(self) -> asyncpg.Pool:
        assert self._pool is not None, "the accounts are not open"  # noqa: S101
        return self._pool


def _new_token() -> str:
    return secrets.token_urlsafe(9)


async def _keep_token(
    connection: asyncpg.Connection, token: str, session_id: object, parent: str | None, now: datetime
) -> None:
    await connection.execute(
        "insert into auth.refresh_tokens (token, session_id, parent, created_at) values ($1, $2, $3, $4)",
        token,
        session_id,
        parent,
        now,
    )


def _described(row: Mapping[str, Any]) -> dict[str, Any]:
    """A user as GoTrue answers it."""
    confirmed_at = _iso(row["email_confirmed_at"])
    return {
        "id": str(row["id"]),
        "aud": row["aud"],
        "role": row["role"],
        "email": row["email"],
        "email_confirmed_at": confirmed_at,
        "phone": "",
        "confirmed_at": confirmed_at,
        "last_sign_in_at": _iso(row["last_sign_in_at"]),
        "app_metadata": json.loads(row["raw_app_meta_data"] or "{}"),
        "user_metadata": json.loads(row["raw_user_meta_data"] or "{}"),
        "identities": [],
        "created_at": _iso(row["created_at"]),
        "updated_at": _iso(row["updated_at"]),
        "is_anonymous": False,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
