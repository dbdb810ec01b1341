"""Emphasis next to Korean, Chinese and Japanese, which write no blank there.

By CommonMark the second `**` of `**차(茶)**는` closes nothing: it comes after punctuation and before a letter. Readers
would see the asterisks. Here such a letter counts as punctuation does (https://github.com/tats-u/markdown-cjk-friendly).
"""

import re
from collections.abc import MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

UNSPACED = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff"
    "\uf900-\ufaff\uff00-\uffef\U00020000-\U0003fffd]"
)


class UnspacedState(StateInline):
    """Judges each run of `*` or `~`; `_` stays as it is, since words are written with it."""

    # markdown-it-py's names.
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[end] if end < self.posMax else " "
        return Scanned(
            scanned.can_open or (canSplitWord and not after.isspace() and bool(UNSPACED.match(before))),
            scanned.can_close or (canSplitWord and not before.isspace() and bool(UNSPACED.match(after))),
            scanned.length,
        )


class UnspacedInline(ParserInline):
    """Reads what is inside a block, as its parent does, with that state."""

    def parse(self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]) -> list[Token]:
        state = UnspacedState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens
