"""Whom we publish to: one small file each, all behind `Publisher`; `configured.py` has the table of them.

A publisher makes exactly one call that creates something for each part and never repeats it; what to do when that
fails is decided in `domain/publishing.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from lib.domain.account import Account, Platform
from lib.domain.publication import Post, Sent

type Secrets = Mapping[str, str]  # what a publisher needs to prove us; never logged, never answered


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to create. `key` is the same whenever this part of this version is sent; no `.` or `:` in it.

    `payload` is what the publisher's own `send` and `find` understand.
    """

    number: int
    key: str
    payload: Mapping[str, Any]
    has_link: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where a part goes: the account with its secrets opened, and the parts that are out already."""

    account: Account
    secrets: Secrets = field(repr=False)
    sent: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True)
class Identified:
    """Whose account some secrets open: its name for people, its id for us, and settings that it tells itself."""

    name: str
    external_id: str
    settings: Mapping[str, Any]


class Publisher(Protocol):
    """One platform. Every method but `parts_of` may raise PublishFailed with any fault; UNFIT only for an account's
    settings, with `field` among its details."""

    platform: Platform

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        """What is to be created, in its order; no I/O. Raises PublishFailed (UNFIT) when it does not fit."""
        ...

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        """Create it, once. UNKNOWN whenever it may have been created; UNSENT only if it surely was not."""
        ...

    async def find(self, part: Part, target: Target, since: datetime, within: timedelta) -> Sent | None:
        """The part as the platform has it, attempted at `since`; none if it is not there. Only where something can be
        read (Readback.RECORD, TIMELINE). Creates nothing."""
        ...

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        """Whose account it is; proves that the secrets work, without publishing anything."""
        ...


def part_key(post: Post, number: int) -> str:
    """`Part.key`: an edited text gets another one, a repetition never."""
    return f"{post.publication_id}-{post.version}-{number}"
