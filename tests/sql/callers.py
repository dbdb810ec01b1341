"""Who calls the SQL functions: a role, and a person if it is `authenticated`."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

type Row = dict[str, Any]


class Caller:
    """One role, and one person if it is `authenticated`. Each call is a transaction of its own."""

    def __init__(self, pool: asyncpg.Pool, role: str, user_id: str | None = None) -> None:
        self._pool = pool
        self._role = role
        self.claims: Row = {"role": role, "iat": 0, "exp": 2**32, **({"sub": user_id} if user_id else {})}

    async def call(self, function: str, **arguments: object) -> Row:
        async with self.transaction() as transaction:
            return await transaction.call(function, **arguments)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """For tests that keep one open while another waits."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(f"set local role {self._role}")
            claims = json.dumps(self.claims)
            await connection.execute("select set_config('request.jwt.claims', $1, true)", claims)
            yield Transaction(connection)


@dataclass(frozen=True, slots=True)
class Transaction:
    connection: asyncpg.Connection

    async def call(self, function: str, **arguments: object) -> Row:
        named = ", ".join(f"p_{name} => ${place}" for place, name in enumerate(arguments, 1))
        answer: Row = await self.connection.fetchval(f"select public.{function}({named})", *arguments.values())
        return answer

    async def fetch(self, query: str, *arguments: object) -> list[Row]:
        return [dict(row) for row in await self.connection.fetch(query, *arguments)]


class Person(Caller):
    """Somebody with an account; `id` is also their own workspace's."""

    def __init__(self, pool: asyncpg.Pool, user_id: str) -> None:
        super().__init__(pool, "authenticated", user_id)
        self.id = user_id
