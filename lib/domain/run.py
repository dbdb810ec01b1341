"""A run: one attempt-counted row of the ledger for one nominal occurrence, or for one wish of a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from lib.domain.account import TargetAccount
from lib.domain.schedule import Schedule, moment
from lib.domain.writing_settings import Quality

# How long an attempt holds its run: longer than the host lets it live (300 s), with 60 s of clock skew allowed for.
LEASE = timedelta(seconds=360)


class RunStatus(StrEnum):
    """Where a run stands. The comment says who moves it on."""

    RUNNING = "running"  # claimed, lease live: finish_run or fail_run; lease over: the sweep
    RETRYING = "retrying"  # failed for now, or queued: the next delivery, or the sweep once retry_at has come
    SUCCEEDED = "succeeded"  # content saved; final
    FAILED = "failed"  # given up, reason says why; final
    SKIPPED = "skipped"  # deliberately not performed, reason says why; final
    MISSED = "missed"  # its time passed before anybody could perform it; final

    @property
    def is_final(self) -> bool:
        return self not in (RunStatus.RUNNING, RunStatus.RETRYING)


class RunReason(StrEnum):
    """Why a run ended as it did."""

    PAUSED = "paused"  # skipped: the schedule was paused
    SUPERSEDED = "superseded"  # skipped: an edit moved the schedule to other times
    DELETED = "deleted"  # skipped: the schedule was deleted
    SUBSCRIPTION = "subscription"  # skipped: the workspace's subscription had lapsed
    QUOTA = "quota"  # skipped: the plan's contents of the day were used up, or too few were left
    BUDGET = "budget"  # skipped: a cap on money had no room for it; failed: no money left for another attempt
    LATE = "late"  # missed: nobody came in time; failed: not finished in time
    MODEL = "model"  # failed: no model could or would write it
    CONTENT = "content"  # failed: what the models answered was cut short or had another shape
    ATTEMPTS = "attempts"  # failed: begun too often without an end
    DELIVERY = "delivery"  # failed: QStash gave up and its time had passed
    INVALID = "invalid"  # failed: the stored rule or settings cannot be used
    REFUSED = "refused"  # failed: the model declined to write this; a person must change the request
    STOPPED = "stopped"  # skipped: the workspace was stopped at its time, and what was held is not caught up


class RunTrigger(StrEnum):
    """What asked for the run."""

    SCHEDULE = "schedule"  # a nominal occurrence
    MANUAL = "manual"  # a person asked for it: "run now", or queued


class ContentStatus(StrEnum):
    """Where something that a run wrote stands."""

    DRAFT = "draft"  # written and saved; a person, or the schedule's targets, decide
    PENDING_PUBLISH = "pending_publish"  # approved; its publications are on their way
    PUBLISHED = "published"  # out; final
    REJECTED = "rejected"  # a person said no; final
    EXPIRED = "expired"  # nobody decided in time; final
    NEEDS_REVIEW = "needs_review"  # a gate objected even to the rewrite; waits for a person, is never posted by itself
    PENDING_APPROVAL = (
        "pending_approval"  # fit to go out; its schedule wants a yes first; approve_by may decide without
    )


class DeadlineAction(StrEnum):
    """What becomes of a content about which nobody has decided in time."""

    PUBLISH = "publish"  # nobody has objected in time: it goes out
    SKIP = "skip"  # nobody has approved in time: it does not


class ClaimOutcome(StrEnum):
    """What the database answered to a delivery, a rescue or a "run now"."""

    CLAIMED = "claimed"  # ours to perform, under this fence and lease
    DUPLICATE = "duplicate"  # already ended; nothing to do
    IN_PROGRESS = "in_progress"  # somebody else's lease is live
    STALE = "stale"  # not the occurrence that the schedule waits for
    HELD = "held"  # the workspace is stopped
    EARLY = "early"  # its time has not come
    BUSY = "busy"  # a more important occurrence of the workspace waits for the slot
    LATE = "late"  # its time has passed; due times up to now must be listed
    SKIPPED = "skipped"  # a ledger row says why it is not performed
    FAILED = "failed"  # an interrupted run that was given up
    REFUSED = "refused"  # "run now" is not allowed at present
    QUEUED = "queued"  # stored by queue_run; a message, or the sweep, begins it


@dataclass(frozen=True, slots=True)
class Run:
    """One row of `app.runs`, as `app.run_json` gives it; `row` keeps all of it for the doors.

    Money is micro-USD; `reserved_cost - cost` is what may still be spent. `retries` none: the default.
    """

    id: str
    schedule_id: str
    status: RunStatus
    reason: RunReason | None
    trigger: RunTrigger
    due_at: datetime | None
    attempt: int
    fence: int | None
    lease_until: datetime | None
    late_at: datetime | None
    item_count: int
    quality: Quality
    priority: int
    retries: int | None
    reserved_cost: int
    cost: int
    created_at: datetime
    row: Mapping[str, Any]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Run":
        return cls(
            id=row["id"],
            schedule_id=row["schedule_id"],
            status=RunStatus(row["status"]),
            reason=RunReason(row["reason"]) if row["reason"] else None,
            trigger=RunTrigger(row["trigger"]),
            due_at=moment(row["due_at"]),
            attempt=row["attempt"],
            fence=row["fence"],
            lease_until=moment(row["lease_until"]),
            late_at=moment(row["late_at"]),
            item_count=row["item_count"],
            quality=Quality(row["quality"]),
            priority=row["priority"],
            retries=row["retries"],
            reserved_cost=row["reserved_cost"],
            cost=row["cost"],
            created_at=datetime.fromisoformat(row["created_at"]),
            row=row,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer of `claim_run`, `resume_run`, `request_run` and `queue_run`.

    Of a claimed run, `answers`: what earlier attempts have paid for, rows of `app.answers` {item, step, fingerprint,
    angle, model, fields, text}; `recalled`: what was written before, rows of `app.recall_contents`. `refusal`:
    the limit that a refused request met {cap, limit, used, needed, turns_at}.
    """

    outcome: ClaimOutcome
    reason: RunReason | None
    run: Run | None
    schedule: Schedule | None
    answers: tuple[Mapping[str, Any], ...] = ()
    recalled: tuple[Mapping[str, Any], ...] = ()
    refusal: Mapping[str, Any] | None = None
    targets: tuple[TargetAccount, ...] = ()
    publications: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Claim":
        return cls(
            outcome=ClaimOutcome(row["outcome"]),
            reason=RunReason(row["reason"]) if row.get("reason") in RunReason else None,
            run=Run.from_row(row["run"]) if row.get("run") else None,
            schedule=Schedule.from_row(row["schedule"]) if row.get("schedule") else None,
            answers=tuple(row.get("answers") or ()),
            recalled=tuple(row.get("recalled") or ()),
            refusal=row.get("refusal"),
            targets=tuple(map(TargetAccount.from_row, row.get("targets") or ())),
            publications=tuple(row.get("publications") or ()),
        )
