"""Who is signed in."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """A proven user. `token` is their own access token: the database is called with it, so that it decides."""

    user_id: str
    email: str | None
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person together with what renews their token once."""

    person: Person
    refresh_token: str = field(repr=False)
