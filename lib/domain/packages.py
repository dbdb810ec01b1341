"""What a person needs to post something themselves, on a platform that takes it from nobody else: the text in the form
in which that platform takes it from the clipboard, where to paste it, and how.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lib.domain.account import Account, Platform
from lib.domain.draft import ARTICLES, Draft

BLOG = re.compile(r"(?:m\.)?blog\.naver\.com/([A-Za-z0-9_-]{1,60})")
NAVER_EDITOR = "https://blog.naver.com/GoBlogWrite.naver"  # leads whoever is signed in to the editor of their own blog
NAVER_EDITOR_OF = "https://blog.naver.com/{}/postwrite"
LINKEDIN_EDITOR = "https://www.linkedin.com/feed/?shareActive=true"

type Step = tuple[str, str]  # in Korean and in English


@dataclass(frozen=True, slots=True)
class Package:
    """`texts` are pasted one after another; an article's is one, and `html` is the same for the clipboard as rich text.

    `write_at`: where; none when the platform has no fixed place. `steps` in their order.
    """

    platform: Platform
    title: str | None
    texts: Sequence[str]
    html: str | None
    write_at: str | None
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Markup:
    """How Markdown becomes what editors take."""

    to_html: Callable[[str], str]
    to_text: Callable[[str], str]


def package_of(draft: Draft, account: Account, markup: Markup) -> Package:
    """Ready to paste into the account's platform; any platform's, for what a person would rather post themselves."""
    is_article = draft.kind in ARTICLES
    return Package(
        platform=account.platform,
        title=draft.title,
        texts=(markup.to_text(draft.body),) if is_article else draft.posts,
        html=markup.to_html(draft.body) if is_article else None,
        write_at=_editor(account),
        steps=tuple(_steps(draft, account.platform)),
    )


def _editor(account: Account) -> str | None:
    if account.platform is Platform.NAVER_BLOG:
        blog = BLOG.fullmatch(account.external_id)
        return NAVER_EDITOR_OF.format(blog[1]) if blog else NAVER_EDITOR
    return LINKEDIN_EDITOR if account.platform is Platform.LINKEDIN else None


def _steps(draft: Draft, platform: Platform) -> Sequence[Step]:
    paste = _ARTICLE if draft.kind in ARTICLES else _THREAD if len(draft.posts) > 1 else _POST
    return (_OPEN.get(platform, _OPEN_ANY), *paste, _DONE)


_OPEN: Mapping[Platform, Step] = {
    Platform.NAVER_BLOG: (
        "네이버에 로그인하고 블로그 글쓰기를 엽니다.",
        "Sign in to Naver and open the editor of your blog.",
    ),
    Platform.LINKEDIN: (
        "LinkedIn에 로그인하고 새 업데이트를 엽니다.",
        "Sign in to LinkedIn and start a post.",
    ),
}
_OPEN_ANY: Step = ("글을 올릴 곳을 엽니다.", "Open the place where it is to be posted.")
_ARTICLE: Sequence[Step] = (
    ("제목을 복사해 제목 칸에 붙여 넣습니다.", "Copy the title and paste it as the title."),
    ("본문을 서식과 함께 복사해 붙여 넣습니다.", "Copy the text with its formatting and paste it below."),
)
_THREAD: Sequence[Step] = (
    ("첫 글을 올립니다.", "Post the first text."),
    ("나머지를 차례대로 댓글로 답니다.", "Add the others below it as comments, in their order."),
)
_POST: Sequence[Step] = (("글을 복사해 붙여 넣고 올립니다.", "Copy the text, paste it and post it."),)
_DONE: Step = (
    "올린 글의 주소를 여기에 적고 발행됨으로 표시합니다.",
    "Mark it as published here, with its address.",
)
