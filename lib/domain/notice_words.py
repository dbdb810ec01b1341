"""What notices say, in English and in Korean. Each is a subject and its paragraphs; `{names}` are filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib.domain.account import Platform
from lib.domain.alert import AlertKind


@dataclass(frozen=True, slots=True)
class Wording:
    """A paragraph is left out when something that it names is not known."""

    subject: str
    paragraphs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Language:
    """`owners`: what owners are told. `reviewer`: what somebody without a login is asked. `moment` is for strftime,
    with the weekday's name filled in."""

    owners: Mapping[AlertKind, Wording]
    reviewer: Wording
    weekdays: Sequence[str]
    moment: str
    untitled: str
    platforms: Mapping[Platform, str]


_NAMES: Mapping[Platform, str] = {
    Platform.X: "X",
    Platform.WORDPRESS: "WordPress",
    Platform.MASTODON: "Mastodon",
    Platform.BLUESKY: "Bluesky",
    Platform.DISCORD: "Discord",
    Platform.SLACK: "Slack",
    Platform.LINKEDIN: "LinkedIn",
}

ENGLISH = Language(
    owners={
        AlertKind.PUBLICATION_FAILED: Wording(
            "Not published: {title} ({account})",
            (
                "“{title}” was not published to {account} ({platform}), and it is not tried again by itself.",
                "The reason: {reason}",
                "When you have mended it you can try again, or publish it somewhere else:\n{page}",
            ),
        ),
        AlertKind.PUBLICATION_UNKNOWN: Wording(
            "Is it out? {title} ({account})",
            (
                "“{title}” was sent to {account} ({platform}), but no answer came, and we could not find out whether "
                "it is out. So that it never goes out twice it is not sent again by itself.",
                "Please look for it here: {where}",
                "It was sent at {attempted_at}.",
                "If it is there, mark it as published. If not, try again and confirm that you have looked:\n{page}",
            ),
        ),
        AlertKind.ACCOUNT_LOST: Wording(
            "Connect it again: {account} ({platform})",
            (
                "{account} ({platform}) does not let us in any more. What is to be published there waits.",
                "The reason: {reason}",
                "Please connect it again:\n{page}",
            ),
        ),
        AlertKind.APPROVAL_WANTED: Wording(
            "Waits for your yes: {title}",
            (
                "“{title}”, written for “{schedule}”, waits for your yes.",
                "{deadline}",
                "Read it, then approve, change or reject it:\n{page}",
            ),
        ),
        AlertKind.HANDED_OFF: Wording(
            "Time to post: {title} ({account})",
            (
                "It is time to post “{title}” to {account} ({platform}), where only people can post.",
                "The text is ready to be pasted, and this is where you say that it is out:\n{page}",
            ),
        ),
    },
    reviewer=Wording(
        "Please read: {title}",
        (
            "{workspace} asks you to read “{title}” before it is published.",
            "{deadline}",
            "With this link you can read it, and approve or reject it. It needs no login and works once, until "
            "{expires_at}:\n{link}",
            "If you do not know what this is about, do nothing.",
        ),
    ),
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    moment="{weekday} %Y-%m-%d, %H:%M",
    untitled="(untitled)",
    platforms={
        **_NAMES,
        Platform.NEWSLETTER: "newsletter",
        Platform.WEBHOOK: "webhook",
        Platform.NAVER_BLOG: "Naver Blog",
    },
)

KOREAN = Language(
    owners={
        AlertKind.PUBLICATION_FAILED: Wording(
            "발행되지 않았습니다: {title} ({account})",
            (
                "“{title}” 글이 {account} ({platform})에 발행되지 않았고, 자동으로 다시 시도하지 않습니다.",
                "이유: {reason}",
                "문제를 고친 뒤 다시 시도하거나 다른 곳에 발행할 수 있습니다:\n{page}",
            ),
        ),
        AlertKind.PUBLICATION_UNKNOWN: Wording(
            "발행되었는지 확인해 주세요: {title} ({account})",
            (
                "“{title}” 글을 {account} ({platform})에 보냈지만 응답이 오지 않아 발행되었는지 알 수 없습니다. "
                "같은 글이 두 번 나가지 않도록 자동으로 다시 보내지 않습니다.",
                "여기에서 찾아봐 주세요: {where}",
                "보낸 시각: {attempted_at}",
                "글이 있으면 발행됨으로 표시하고, 없으면 확인했다고 체크한 뒤 다시 시도해 주세요:\n{page}",
            ),
        ),
        AlertKind.ACCOUNT_LOST: Wording(
            "다시 연결해 주세요: {account} ({platform})",
            (
                "{account} ({platform}) 계정에 더 이상 접속할 수 없습니다. 이 계정에 발행할 글은 기다리고 있습니다.",
                "이유: {reason}",
                "계정을 다시 연결해 주세요:\n{page}",
            ),
        ),
        AlertKind.APPROVAL_WANTED: Wording(
            "승인을 기다립니다: {title}",
            (
                "“{schedule}” 일정으로 쓴 “{title}” 글이 승인을 기다리고 있습니다.",
                "{deadline}",
                "읽어 보고 승인하거나, 고치거나, 반려해 주세요:\n{page}",
            ),
        ),
        AlertKind.HANDED_OFF: Wording(
            "올릴 시간입니다: {title} ({account})",
            (
                "“{title}” 글을 {account} ({platform})에 올릴 시간입니다. 이곳은 사람만 글을 올릴 수 있습니다.",
                "붙여 넣을 글이 준비되어 있고, 올린 뒤 여기에서 올렸다고 알려 주세요:\n{page}",
            ),
        ),
    },
    reviewer=Wording(
        "읽어 봐 주세요: {title}",
        (
            "{workspace}에서 “{title}” 글을 발행하기 전에 읽어 봐 달라고 부탁합니다.",
            "{deadline}",
            "아래 링크에서 글을 읽고 승인하거나 반려할 수 있습니다. 로그인은 필요 없고, 한 번만 쓸 수 있으며, "
            "{expires_at}까지 유효합니다:\n{link}",
            "무슨 일인지 모르시면 아무것도 하지 않으셔도 됩니다.",
        ),
    ),
    weekdays=("월", "화", "수", "목", "금", "토", "일"),
    moment="%Y-%m-%d ({weekday}) %H:%M",
    untitled="(제목 없음)",
    platforms={
        **_NAMES,
        Platform.NEWSLETTER: "뉴스레터",
        Platform.WEBHOOK: "웹훅",
        Platform.NAVER_BLOG: "네이버 블로그",
    },
)

# What a missed deadline does, by `on_deadline`.
DEADLINES: Mapping[tuple[str, str], str] = {
    ("en", "publish"): "If nobody has objected by {approve_by}, it goes out.",
    ("en", "skip"): "If nobody has approved it by {approve_by}, it does not go out.",
    ("ko", "publish"): "{approve_by}까지 아무도 반려하지 않으면 발행됩니다.",
    ("ko", "skip"): "{approve_by}까지 아무도 승인하지 않으면 발행되지 않습니다.",
}
