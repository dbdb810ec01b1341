"""A database of one test, cloned from a template that the migrations have built."""

from dataclasses import dataclass

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
