"""A database of one test, cloned from a template that the migrations have built."""

import asyncio
from dataclasses import dataclass
from itertools import count

from dev.postgres import Postgres


@dataclass(frozen=True, slots=True)
class Database:
    postgres: Postgres
    name: str

    @property
    def superuser_dsn(self) -> str:
        return self.postgres.superuser_dsn(self.name)

    @property
    def owner_dsn(self) -> str:
        """Who the migrations ran as; sees every row."""
        return self.postgres.owner_dsn(self.name)

    @property
    def authenticator_dsn(self) -> str:
        """Who the gateway connects as."""
        return self.postgres.authenticator_dsn(self.name)

    @property
    def auth_dsn(self) -> str:
        """Who owns schema `auth`."""
        return self.postgres.auth_dsn(self.name)

    async def drop(self) -> None:
        await self.postgres.drop_database(self.name)


class Clones:
    """Hands out copies of a template; the next one is made while a test uses the last."""

    def __init__(self, postgres: Postgres, template: str) -> None:
        self._postgres = postgres
        self._template = template
        self._numbers = count(1)
        self._next = asyncio.create_task(self._make())

    async def take(self) -> Database:
        made, self._next = self._next, asyncio.create_task(self._make())
        return await made

    async def close(self) -> None:
        await self._next

    async def _make(self) -> Database:
        name = f"test_{next(self._numbers)}"
        await self._postgres.create_database(name, self._template)
        return Database(self._postgres, name)
