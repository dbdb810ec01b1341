"""What was never meant for readers: placeholders, markup, words to the author."""

import re
from collections.abc import Iterator


def find_leftovers(text: str, *, is_markdown: bool) -> Iterator[str]:
    if _PLACEHOLDER.search(text):
        yield "has a placeholder that was left unfilled, or words about being an AI"


# `[Your name](https://…)` is a link, `[your name]` is not.
_PLACEHOLDER = re.compile(
    r"\[(?:insert|your|add|name of|company name|link here|여기에|회사명|이름)\b[^\]\n]{0,80}\](?!\()"
    r"|lorem ipsum"
    r"|\bas an ai (?:language )?(?:model|assistant)\b"
    r"|AI 언어 모델로서",
    re.IGNORECASE,
)
