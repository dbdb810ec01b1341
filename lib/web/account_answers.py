"""Accounts as people are told of them: never with what proves us to the platform."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from lib.domain.account import Account, AccountStatus, Platform
from lib.web.answers import Answer
from lib.web.schedule_answers import Period


class AccountAnswer(Answer):
    """Where a workspace publishes to."""

    id: str
    workspace_id: str
    platform: Platform
    name: str
    external_id: str = Field(description="The platform's own id of it.")
    settings: dict[str, Any]
    cadence: dict[str, Any] = Field(description="{timezone, quietHours: [{from, to, days}], blackoutDates}.")
    spacing: Period = Field(description="The least time between two publications.")
    status: AccountStatus = Field(
        description="needs_reauth: it refuses us, connect it again; disabled: its webhook or site is gone."
    )
    status_reason: str | None = Field(description="The platform's own words, if it is not active.")
    throttled_until: datetime | None = Field(description="Nothing is sent before: the platform asked so.")
    last_published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None

    @classmethod
    def of(cls, account: Account) -> Self:
        """What is not named here is not told, whatever else a row may have."""
        return cls.model_validate({**account.row, "spacing": account.spacing})


class AccountFound(Answer):
    """One account, and what you may do with it."""

    account: AccountAnswer
    role: str


class Accounts(Answer):
    """In the order in which they were connected."""

    accounts: list[AccountAnswer]


class AccountOutcome(Answer):
    """What became of a wish: connected, reconnected, updated, unchanged, removed; works of a test."""

    outcome: str
    account: AccountAnswer


class ConnectionBegun(Answer):
    """Where to send the person's browser; it comes back to our page by itself."""

    url: str
    expires_at: datetime
