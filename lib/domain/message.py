"""What we ask to be called back with, and when: a hint to perform, never the truth.

All ids here are made of `[A-Za-z0-9_.-]`: QStash refuses a `:` in a deduplication id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lib.domain.account import Platform
from lib.domain.platforms import PLATFORMS
from lib.domain.publication import Publication
from lib.domain.schedule import Schedule

GENERATE = "/api/content/generate-scheduled"
PUBLISH = "/api/content/publish"
SWEEP = "/api/cron/check-schedules"


@dataclass(frozen=True, slots=True)
class Message:
    """One call that QStash should make to us.

    At most `parallelism` calls of one `flow_key` are open at a time, and at most `rate` begin in a `period` (none: any
    number). `not_before` none or past means at once.
    """

    path: str
    body: Mapping[str, Any]
    deduplication_id: str
    flow_key: str
    parallelism: int
    not_before: datetime | None = None
    rate: int | None = None
    period: timedelta = timedelta(minutes=1)


def occurrence_message(schedule: Schedule, not_before: datetime) -> Message:
    """The message for a schedule's next occurrence, not before this instant. Raises ValueError when it has none.

    The deduplication id names this arming: the same one sent twice is one message, a later one is another, and an edit
    (revision) is never swallowed by what was armed before it.
    """
    due_at = schedule.next_run_at
    if due_at is None:
        raise ValueError(f"schedule {schedule.id} has no next occurrence")
    instant = due_at.strftime("%Y%m%dT%H%M%S.%fZ")
    return Message(
        path=GENERATE,
        body={"scheduleId": schedule.id, "timestamp": due_at.isoformat(), "revision": schedule.revision},
        deduplication_id=f"{schedule.id}_{instant}_{schedule.revision}_{schedule.arm_count}",
        flow_key=f"generate_{schedule.workspace_id}",
        parallelism=schedule.parallelism,
        not_before=max(not_before, due_at - schedule.lead_time),
    )


def run_message(run_id: str, fence: int, workspace_id: str, parallelism: int) -> Message:
    """The message that resumes an interrupted run. Its fence names the attempt that ended: asked twice, sent once."""
    return Message(
        path=GENERATE,
        body={"runId": run_id},
        deduplication_id=f"run_{run_id}_{fence}",
        flow_key=f"generate_{workspace_id}",
        parallelism=parallelism,
    )


def publication_message(publication: Publication, platform: Platform, not_before: datetime) -> Message:
    """The message that something is to be done about a publication, not before this instant.

    One at a time of an account, and no more in a period than its platform takes. The deduplication id names this
    arming and its instant: a publication that was moved is never swallowed by what was armed before.
    """
    facts = PLATFORMS[platform]
    return Message(
        path=PUBLISH,
        body={"publicationId": publication.id},
        deduplication_id=f"publish_{publication.id}_{not_before:%Y%m%dT%H%M%S}_{publication.arm_count}",
        flow_key=f"publish_{publication.account_id}",
        parallelism=1,
        not_before=not_before,
        rate=facts.rate,
        period=facts.period,
    )


def continuation_message(cursor: Mapping[str, Any], turn: int, now: datetime) -> Message:
    """The message with which a sweep that ran out of time goes on where it stopped."""
    return Message(
        path=SWEEP,
        body={"after": cursor, "turn": turn},
        deduplication_id=f"sweep_{now:%Y%m%dT%H%M%S}_{turn}",
        flow_key="sweep",
        parallelism=1,
    )
