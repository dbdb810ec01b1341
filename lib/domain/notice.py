"""What owners and reviewers are written when something needs them: from an alert's facts to a subject and a text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lib.domain.account import Platform
from lib.domain.alert import AlertKind
from lib.domain.notice_words import DEADLINES, ENGLISH, KOREAN, Language, Wording
from lib.domain.recurrence.wall_clock import find_zone
from lib.domain.schedule import moment
from lib.errors import Invalid

TOLD = frozenset(ENGLISH.owners)  # the kinds of which somebody is written to
LONGEST_TITLE = 80
LONGEST_REASON = 300
PLACE = re.compile(r"\{(\w+)\}")
HANDLE = re.compile(r"@([A-Za-z0-9_.-]{1,200})")  # not a name that the owner has given it
PROFILES: Mapping[Platform, str] = {
    Platform.X: "https://x.com/{}",
    Platform.BLUESKY: "https://bsky.app/profile/{}",
}


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A mail without its address."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert of which somebody is to be told, as `take_notices` answers it.

    `language` is the schedule's (a BCP 47 tag, empty: not said), `zone` its own; `content`, `publication` and `account`
    are what it is about, as far as it is about one.
    """

    id: str
    kind: AlertKind
    attempt: int
    workspace: str
    schedule: str
    language: str
    zone: str
    owners: tuple[str, ...]
    reviewers: tuple[str, ...]
    details: Mapping[str, Any]
    content: Mapping[str, Any]
    publication: Mapping[str, Any]
    account: Mapping[str, Any]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Notice":
        return cls(
            id=row["id"],
            kind=AlertKind(row["kind"]),
            attempt=row["attempt"],
            workspace=row["workspace_name"],
            schedule=row.get("schedule_name") or "",
            language=row.get("language") or "",
            zone=row.get("timezone") or "UTC",
            owners=tuple(row["owners"]),
            reviewers=tuple(row.get("reviewers") or ()),
            details=row.get("details") or {},
            content=row.get("content") or {},
            publication=row.get("publication") or {},
            account=row.get("account") or {},
        )


def text_for_owner(notice: Notice, page: str) -> NoticeText:
    """`page`: where something can be done about it."""
    words = words_of(notice)
    return _written(words.owners[notice.kind], _facts(notice, words) | {"page": page})


def text_for_reviewer(notice: Notice, link: str, expires_at: datetime) -> NoticeText:
    """`link` opens the content without a login, until `expires_at`."""
    words = words_of(notice)
    return _written(
        words.reviewer, _facts(notice, words) | {"link": link, "expires_at": _said(expires_at, notice, words)}
    )


def words_of(notice: Notice) -> Language:
    return KOREAN if _is_korean(notice) else ENGLISH


def title_of(content: Mapping[str, Any]) -> str:
    """Its title, or how it begins."""
    for text in (content.get("title"), content.get("body"), *(content.get("segments") or ())):
        if line := one_line(str(text or "")):
            return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
    return ""


def one_line(text: str) -> str:
    return " ".join(text.split())


def _is_korean(notice: Notice) -> bool:
    return notice.language.lower().split("-")[0] == "ko"


def _written(wording: Wording, facts: Mapping[str, str]) -> NoticeText:
    """Without the paragraphs that name something unknown; a fact is never read for further places."""
    said = [it for it in wording.paragraphs if all(facts.get(name) for name in PLACE.findall(it))]
    text, subject = "\n\n".join(_filled(it, facts) for it in said), one_line(_filled(wording.subject, facts))
    return NoticeText(subject, f"{text}\n")


def _filled(words: str, facts: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: facts.get(place[1], ""), words)


def _facts(notice: Notice, words: Language) -> dict[str, str]:
    platform = _platform(notice)
    return {
        "workspace": one_line(notice.workspace),
        "schedule": one_line(notice.schedule),
        "title": title_of(notice.content) or words.untitled,
        "account": one_line(str(notice.account.get("name") or "")),
        "platform": words.platforms[platform] if platform else "",
        "reason": _reason(notice),
        "where": _where(notice),
        "attempted_at": _said(_attempted_at(notice), notice, words),
        "deadline": _deadline(notice, words),
    }


def _platform(notice: Notice) -> Platform | None:
    named = str(notice.account.get("platform") or "")
    return Platform(named) if named in Platform else None


def _reason(notice: Notice) -> str:
    """The platform's own words, else ours."""
    errors = notice.publication.get("errors") or ()
    found = notice.account.get("status_reason") if notice.kind is AlertKind.ACCOUNT_LOST else None
    found = found or (errors[-1].get("message") if errors else None) or notice.details.get("message")
    return one_line(str(found or notice.details.get("reason") or notice.publication.get("reason") or ""))[
        :LONGEST_REASON
    ]


def _where(notice: Notice) -> str:
    """Where to look for it: the account's own page, else its name."""
    account, platform = notice.account, _platform(notice)
    name, settings = one_line(str(account.get("name") or "")), account.get("settings") or {}
    site = settings.get("site") or settings.get("server")
    handle = HANDLE.fullmatch(name)
    if handle and platform is not None and platform in PROFILES:
        return PROFILES[platform].format(handle[1])
    return site if isinstance(site, str) and site.startswith("https://") else name


def _attempted_at(notice: Notice) -> datetime | None:
    """When it was first sent: its own note, else the first look's."""
    reads = notice.publication.get("reads") or ()
    first = next((it["attempted_at"] for it in reads if it.get("attempted_at")), None)
    return moment(first or notice.publication.get("attempted_at"))


def _deadline(notice: Notice, words: Language) -> str:
    approve_by, action = moment(notice.content.get("approve_by")), notice.content.get("on_deadline")
    if approve_by is None or action is None:
        return ""
    language = "ko" if _is_korean(notice) else "en"
    return _filled(DEADLINES[language, action], {"approve_by": _said(approve_by, notice, words)})


def _said(at: datetime | None, notice: Notice, words: Language) -> str:
    """A moment in the schedule's own zone."""
    if at is None:
        return ""
    try:
        local = at.astimezone(find_zone(notice.zone))
    except Invalid:
        local = at.astimezone(UTC)
    said = local.strftime(words.moment.replace("{weekday}", words.weekdays[local.weekday()]))
    return f"{said} ({local.tzinfo})"
