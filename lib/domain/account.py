"""Where a workspace publishes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from lib.domain.schedule import moment


class Platform(StrEnum):
    """What kind of place an account is at; the facts about each are in `platforms.py`."""

    X = "x"  # posts and threads, by OAuth 2
    WORDPRESS = "wordpress"  # articles, by application password
    MASTODON = "mastodon"  # posts and threads, by access token
    BLUESKY = "bluesky"  # posts and threads, by app password
    DISCORD = "discord"  # a channel, by webhook
    SLACK = "slack"  # a channel, by webhook
    NEWSLETTER = "newsletter"  # e-mail, by Resend
    WEBHOOK = "webhook"  # any server of the owner's that takes Standard Webhooks
    NAVER_BLOG = "naver_blog"  # articles; a person posts them, there is no write API
    LINKEDIN = "linkedin"  # posts; a person posts them, what was posted by API could not be read back


class AccountStatus(StrEnum):
    """Whether it can be published to."""

    ACTIVE = "active"  # can be published to
    NEEDS_REAUTH = "needs_reauth"  # its credentials are refused; a person must connect it again
    DISABLED = "disabled"  # its webhook is gone for good; a person must connect another
    REMOVED = "removed"  # by a person; final, its credentials are deleted


@dataclass(frozen=True, slots=True)
class Account:
    """One row of `app.accounts`. `settings` and `cadence` as their owners read them; `row` is for the doors."""

    id: str
    workspace_id: str
    platform: Platform
    name: str
    external_id: str
    settings: Mapping[str, Any]
    cadence: Mapping[str, Any]
    spacing: timedelta
    status: AccountStatus
    throttled_until: datetime | None
    last_published_at: datetime | None
    row: Mapping[str, Any]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Account":
        """`row` is of `app.account_json`: durations are numbers of seconds."""
        return cls(
            id=row["id"],
            workspace_id=row["workspace_id"],
            platform=Platform(row["platform"]),
            name=row["name"],
            external_id=row["external_id"],
            settings=row["settings"],
            cadence=row["cadence"],
            spacing=timedelta(seconds=float(row["spacing"])),
            status=AccountStatus(row["status"]),
            throttled_until=moment(row["throttled_until"]),
            last_published_at=moment(row["last_published_at"]),
            row=row,
        )


@dataclass(frozen=True, slots=True)
class TargetAccount:
    """An account that a schedule publishes to. `taken`: when something else goes out there, or did last."""

    account: Account
    taken: tuple[datetime, ...] = ()

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "TargetAccount":
        return cls(Account.from_row(row["account"]), tuple(map(datetime.fromisoformat, row["taken"])))
