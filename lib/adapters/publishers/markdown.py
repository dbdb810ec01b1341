"""An article's Markdown as HTML that can do no harm, and as plain text.

Whatever was written, by a model or a person: HTML in it stays text, a link that is neither http(s) nor mailto stays as
it was written, a picture becomes its words. So the result needs no sanitizer.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SCHEMES = ("http", "https", "mailto")
BULLET = "• "
QUOTE = "> "
RULE = "* * *"


def to_html(markdown: str) -> str:
    """A fragment: paragraphs, headings, lists, quotes, code, tables, links, emphasis."""
    return str(_reader().render(markdown)).strip()


def to_text(markdown: str) -> str:
    """For readers without HTML: paragraphs with empty lines between, links written out behind their words."""
    page = _Page()
    for token in _reader().parse(markdown):
        page.take(token)
    return "".join(page.said)


@cache
def _reader() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    from lib.adapters.publishers.emphasis import UnspacedInline

    reader = MarkdownIt()
    reader.inline = UnspacedInline()
    reader.configure("commonmark", {"html": False}).enable("table").enable("strikethrough")
    reader.validateLink = is_safe  # type: ignore[method-assign]  # markdown-it-py's own way to say which links it takes
    reader.add_render_rule("image", _picture_in_words)
    return reader


def is_safe(url: str) -> bool:
    """Whether it leads where a reader expects. A relative one would lead into whatever page shows it."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in SCHEMES and bool(parts.netloc or parts.path)


def is_web_link(url: str) -> bool:
    """Whether it is an absolute http(s) address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def _picture_in_words(
    _renderer: Any, tokens: Sequence["Token"], index: int, _options: Any, _env: MutableMapping[str, Any]
) -> str:
    # Pictures are not taken along: their address would be called by every reader of a mail.
    return escape(tokens[index].content)


class _Page:
    """Text as it grows, block by block. `marks` is what the lists and quotes around begin their next line with."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._marks: list[str] = []
        self._numbers: list[int | None] = []  # of the lists around: the next item's, none if they have bullets
        self._cells: list[str] | None = None  # of the row that is being read
        self._is_tight = False  # whether this block goes right below one of its kind
        self._was_tight = False

    def take(self, token: "Token") -> None:
        if step := _STEPS.get(token.type):
            step(self, token)

    def open_list(self, token: "Token") -> None:
        self._numbers.append(int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None)

    def close_list(self, _: "Token") -> None:
        self._numbers.pop()

    def open_item(self, _: "Token") -> None:
        number = self._numbers[-1]
        self._marks.append(BULLET if number is None else f"{number}. ")
        if number is not None:
            self._numbers[-1] = number + 1

    def open_quote(self, _: "Token") -> None:
        self._marks.append(QUOTE)

    def close_mark(self, _: "Token") -> None:
        self._marks.pop()

    def open_paragraph(self, token: "Token") -> None:
        self._is_tight = token.hidden

    def open_row(self, _: "Token") -> None:
        self._cells = []

    def close_row(self, _: "Token") -> None:
        self._is_tight = True
        self._say(" | ".join(self._cells or ()))
        self._cells = None

    def read(self, token: "Token") -> None:
        text = _words(token.children or ())
        if self._cells is None:
            self._say(text)
        else:
            self._cells.append(text)

    def quote_code(self, token: "Token") -> None:
        self._say(token.content.rstrip("\n"))

    def rule(self, _: "Token") -> None:
        self._say(RULE)

    def _say(self, text: str) -> None:
        if self.said:
            self.said.append("\n" if self._is_tight and self._was_tight else "\n\n")
        first = "".join(self._marks)
        self._marks = [mark if mark == QUOTE else " " * len(mark) for mark in self._marks]
        rest = "".join(self._marks)
        self.said.append(first + text.replace("\n", f"\n{rest}"))
        self._was_tight, self._is_tight = self._is_tight, False


_STEPS: Mapping[str, Callable[[_Page, "Token"], None]] = {
    "bullet_list_open": _Page.open_list,
    "ordered_list_open": _Page.open_list,
    "bullet_list_close": _Page.close_list,
    "ordered_list_close": _Page.close_list,
    "list_item_open": _Page.open_item,
    "list_item_close": _Page.close_mark,
    "blockquote_open": _Page.open_quote,
    "blockquote_close": _Page.close_mark,
    "paragraph_open": _Page.open_paragraph,
    "tr_open": _Page.open_row,
    "tr_close": _Page.close_row,
    "inline": _Page.read,
    "fence": _Page.quote_code,
    "code_block": _Page.quote_code,
    "hr": _Page.rule,
}


def _words(tokens: Iterable["Token"]) -> str:
    """Inline text without its marks; a link's address behind it, unless that is what it says."""
    said: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "link_open":
                links.append((_href(token.attrs), len(said)))
            case "link_close":
                href, begin = links.pop()
                words = "".join(said[begin:])
                address = href.removeprefix("mailto:")
                if address != words:
                    said.append(f" ({address})")
            case "softbreak" | "hardbreak":
                said.append("\n")
            case _:
                said.append(token.content)
    return "".join(said)


def _href(attributes: Mapping[str, Any]) -> str:
    return str(attributes.get("href", ""))
