"""Posts and accounts to try publishers with, and what goes wrong with them."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib.adapters.publishers import Target
from lib.domain.account import Account, AccountStatus, Platform
from lib.domain.publication import Post, Sent
from lib.domain.schedule import ContentType
from lib.errors import PublishFailed

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PATIENCE = timedelta(seconds=5)
SECRET = "s3cr3t-t0ken-of-the-account"
POST = Post(
    publication_id="0b7e3a52-8d0c-4a43-9f0e-6f1d2c3b4a59",
    content_id="5f1d6a1e-1111-4a43-9f0e-6f1d2c3b4a59",
    version=1,
    kind=ContentType.X_POST,
    title=None,
    body="Tea tastes of the water it was made with.",
    segments=(),
    language="en",
    written_at=NOW - timedelta(hours=3),
)
THREAD = replace(
    POST,
    kind=ContentType.X_THREAD,
    body="One.\n\nTwo.\n\nThree.",
    segments=("Water matters.", "So does time.", "And patience."),
)


def account(platform: Platform, external_id: str = "42", **settings: Any) -> Account:
    return Account(
        id="acc1",
        workspace_id="w1",
        platform=platform,
        name="@tea",
        external_id=external_id,
        settings=settings,
        cadence={},
        spacing=timedelta(0),
        status=AccountStatus.ACTIVE,
        throttled_until=None,
        last_published_at=None,
        row={},
    )


def target(to: Account, secrets: Mapping[str, str], *sent: Sent) -> Target:
    return Target(to, secrets, sent)


async def failure_of(work: Awaitable[object]) -> PublishFailed:
    with pytest.raises(PublishFailed) as failed:
        await work
    return failed.value


def everything_told(failure: BaseException) -> str:
    """All that a log or a ledger could show of it, whatever it came from included."""
    told, seen = "", set()
    pending: list[BaseException | None] = [failure]
    while pending:
        exc = pending.pop()
        if exc is None or id(exc) in seen:
            continue
        seen.add(id(exc))
        told += f"{exc!r} {exc} {getattr(exc, 'reason', '')} {getattr(exc, 'details', '')} {exc.args}"
        pending += [exc.__cause__, exc.__context__]
    return told
