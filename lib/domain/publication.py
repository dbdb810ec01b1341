"""One content on its way to one account: what the database says of it. The words are those of `supabase/schemas`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from lib.domain.account import Account
from lib.domain.schedule import ContentType, moment

# A claim's: nothing of one publication may keep the next of its account waiting longer (seed 002, §5).
PUBLISHING_LEASE = timedelta(minutes=5)


class PublicationStatus(StrEnum):
    """Where a publication stands."""

    WAITING = "waiting"  # for its time, its turn, an approval or another attempt
    PUBLISHING = "publishing"  # claimed; lease over and nothing sent: waiting again, something sent: unknown
    PUBLISHED = "published"  # accepted by the platform, or a person said so; final
    FAILED = "failed"  # given up, reason says why; a person may retry it
    UNKNOWN = "unknown"  # may be out or not; read back at read_at, else a person decides; never sent again by itself
    HANDED_OFF = "handed_off"  # a person has been given it to post, and says when it is out
    CANCELLED = "cancelled"  # will not be published, reason says why; a person may retry it


class PublicationReason(StrEnum):
    """Why it failed, was cancelled, or is unknown."""

    REFUSED = "refused"  # failed: the platform refused it for good
    INVALID = "invalid"  # failed: it does not fit the platform; nothing was sent
    ACCOUNT = "account"  # failed: its account could not be used in time
    ATTEMPTS = "attempts"  # failed: tried too often, never accepted
    LATE = "late"  # failed: its time passed
    DELIVERY = "delivery"  # failed: QStash gave its message up, and its time had passed
    PAUSED = "paused"  # cancelled: the schedule was paused
    SUPERSEDED = "superseded"  # cancelled: an edit moved the schedule to other times
    DELETED = "deleted"  # cancelled: the schedule was deleted
    REJECTED = "rejected"  # cancelled: a person rejected the content
    EXPIRED = "expired"  # cancelled: nobody approved the content in time
    STOPPED = "stopped"  # cancelled: skipped when the workspace went on after a stop
    VOIDED = "voided"  # cancelled: a person took it back
    REMOVED = "removed"  # cancelled: its account was removed
    NO_REPLY = "no_reply"  # unknown: it was sent, and no reply came that tells
    INTERRUPTED = "interrupted"  # unknown: whoever sent it died before writing down what became of it


@dataclass(frozen=True, slots=True)
class Sent:
    """A part that the platform has accepted: a post of a thread, a draft, a batch of mails."""

    external_id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """One row of `app.publications`; `row` keeps all of it for the doors."""

    id: str
    workspace_id: str
    schedule_id: str
    content_id: str
    account_id: str
    status: PublicationStatus
    reason: PublicationReason | None
    publish_at: datetime
    late_at: datetime | None
    retry_at: datetime | None
    attempt: int
    fence: int | None
    lease_until: datetime | None
    attempted_at: datetime | None
    parts: tuple[Sent, ...]
    read_at: datetime | None
    reads: tuple[Mapping[str, Any], ...]
    arm_count: int
    row: Mapping[str, Any]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Publication":
        return cls(
            id=row["id"],
            workspace_id=row["workspace_id"],
            schedule_id=row["schedule_id"],
            content_id=row["content_id"],
            account_id=row["account_id"],
            status=PublicationStatus(row["status"]),
            reason=PublicationReason(row["reason"]) if row["reason"] else None,
            publish_at=datetime.fromisoformat(row["publish_at"]),
            late_at=moment(row["late_at"]),
            retry_at=moment(row["retry_at"]),
            attempt=row["attempt"],
            fence=row["fence"],
            lease_until=moment(row["lease_until"]),
            attempted_at=moment(row["attempted_at"]),
            parts=tuple(Sent(part["external_id"], part.get("url")) for part in row["parts"]),
            read_at=moment(row["read_at"]),
            reads=tuple(row["reads"]),
            arm_count=row["arm_count"],
            row=row,
        )


@dataclass(frozen=True, slots=True)
class Post:
    """What is to be published: one version of one content. `written_at` is the content's time."""

    publication_id: str
    content_id: str
    version: int
    kind: ContentType
    title: str | None
    body: str
    segments: tuple[str, ...]
    language: str  # BCP 47 tag of the schedule's settings; empty: not said
    written_at: datetime

    @classmethod
    def from_row(cls, publication_id: str, content: Mapping[str, Any], language: str) -> "Post":
        """Of a content's row."""
        return cls(
            publication_id=publication_id,
            content_id=content["id"],
            version=content["version"],
            kind=ContentType(content["kind"]),
            title=content["title"],
            body=content["body"] or "",
            segments=tuple(content["segments"] or ()),
            language=language,
            written_at=datetime.fromisoformat(content["created_at"]),
        )


class PublicationClaimOutcome(StrEnum):
    """What the database answered to a message about a publication."""

    CLAIMED = "claimed"  # ours to send under this fence: the account's earliest that is ready, maybe not the one named
    READING = "reading"  # the one named is unknown and to be read back: ours under this fence
    BUSY = "busy"  # another one of the account is under way, until again_at
    THROTTLED = "throttled"  # the platform, or the account's spacing, wants a wait until again_at
    WAITING = "waiting"  # nothing of the account is ready; the one named waits until again_at, or for a person
    HELD = "held"  # the workspace is stopped
    DONE = "done"  # nothing of the account is ready, and the one named has ended
    STALE = "stale"  # there is no such publication


@dataclass(frozen=True, slots=True)
class Sealed:
    """Credentials as the database keeps them. `settings`: their account's, where they were not read with it."""

    key_id: str
    sealed: str
    version: int
    expires_at: datetime | None
    settings: Mapping[str, Any] | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Sealed":
        return cls(row["key_id"], row["sealed"], row["version"], moment(row["expires_at"]), row.get("settings"))


@dataclass(frozen=True, slots=True)
class PublicationClaim:
    """The answer of `claim_publication`. `content` is its row, `language` its schedule's."""

    outcome: PublicationClaimOutcome
    publication: Publication | None
    account: Account | None
    content: Mapping[str, Any] | None
    language: str
    credentials: Sealed | None
    again_at: datetime | None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "PublicationClaim":
        return cls(
            outcome=PublicationClaimOutcome(row["outcome"]),
            publication=Publication.from_row(row["publication"]) if row.get("publication") else None,
            account=Account.from_row(row["account"]) if row.get("account") else None,
            content=row.get("content"),
            language=row.get("language") or "",
            credentials=Sealed.from_row(row["credentials"]) if row.get("credentials") else None,
            again_at=moment(row.get("again_at")),
        )
