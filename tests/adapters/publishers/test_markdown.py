"""What an article's Markdown becomes, whoever wrote it."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.adapters.publishers.markdown import is_safe, is_web_link, to_html, to_text

TAGS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s"),
    *("a", "br", "hr", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}, "th": {"style"}, "td": {"style"}}
PIECES = st.sampled_from(
    [
        *("<script>", "</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "<a href='javascript:alert(1)'>"),
        *("[a](javascript:alert(1))", "[a](JaVaScRiPt:x)", "[a](data:text/html,x)", "[a](vbscript:x)", "[a](//x)"),
        *("![p](https://x.example/p.png)", "![p](javascript:x)", "<javascript:alert(1)>", "[a]: javascript:x", "[a]"),
        *("[a](&#106;avascript:x)", "[a](java\tscript:x)", "[a](\x01javascript:x)", '[a](https://x "t\\"on=1")'),
        *("# h", "- i", "1. i", "> q", "```x", "`", "**", "_", "|a|b|\n|-|-|\n", "\n", "\n\n", "    ", "&lt;", "\\"),
    ]
)


class Reader(HTMLParser):
    """Everything a browser would make of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES.get(tag, set()), (tag, name)
            if name == "href":
                assert urlsplit((value or "").strip()).scheme.lower() in ("http", "https", "mailto"), value
            if name == "style":
                assert re.fullmatch(r"text-align:(left|right|center)", value or "")

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration")


@given(st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join))
@example("<scr<script>ipt>alert(1)</script>")
@example("[x](javascript&colon;alert(1))")
@example('[x](https://a.example/"onmouseover="alert(1))')
def test_no_markdown_becomes_html_that_does_harm(markdown: str) -> None:
    reader = Reader()
    reader.feed(to_html(markdown))
    reader.close()


@given(st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join))
def test_any_markdown_has_a_plain_text(markdown: str) -> None:
    to_text(markdown)


def test_an_article_is_what_it_was_meant_to_be() -> None:
    html = to_html(
        '# Tea\n\nIt **warms** *you*, `x<y`, [here](https://tea.example/?a=1&b=2 "Tea") & <ann@tea.example>.\n\n'
        "- green\n- black\n\n1. boil\n2. pour\n\n> drink\n\n```py\nif a < b: pass\n```\n\n|a|b|\n|:-|-:|\n|1|2|\n"
    )
    assert html == (
        "<h1>Tea</h1>\n"
        "<p>It <strong>warms</strong> <em>you</em>, <code>x&lt;y</code>, "
        '<a href="https://tea.example/?a=1&amp;b=2" title="Tea">here</a> &amp; '
        '<a href="mailto:ann@tea.example">ann@tea.example</a>.</p>\n'
        "<ul>\n<li>green</li>\n<li>black</li>\n</ul>\n<ol>\n<li>boil</li>\n<li>pour</li>\n</ol>\n"
        "<blockquote>\n<p>drink</p>\n</blockquote>\n"
        '<pre><code class="language-py">if a &lt; b: pass\n</code></pre>\n'
        '<table>\n<thead>\n<tr>\n<th style="text-align:left">a</th>\n<th style="text-align:right">b</th>\n</tr>\n'
        '</thead>\n<tbody>\n<tr>\n<td style="text-align:left">1</td>\n<td style="text-align:right">2</td>\n</tr>\n'
        "</tbody>\n</table>"
    )


def test_its_plain_text_can_be_read_by_a_person() -> None:
    text = to_text(
        "# Tea\n\nIt **warms** [here](https://tea.example/) and <https://tea.example/b>,\nwrite to "
        "<ann@tea.example>.\n\n- green\n  leaves\n- black\n  1. boil\n  2. pour\n\n"
        "> drink\n>\n> slowly\n\n```\na < b\n  c\n```\n\n"
        "|a|b|\n|-|-|\n|1|2|\n\n***\n\n3. three\n4. four"
    )
    assert text == (
        "Tea\n\nIt warms here (https://tea.example/) and https://tea.example/b,\nwrite to ann@tea.example.\n\n"
        "• green\n  leaves\n• black\n  1. boil\n  2. pour\n\n> drink\n\n> slowly\n\na < b\n  c\n\n"
        "a | b\n1 | 2\n\n* * *\n\n3. three\n4. four"
    )


def test_html_is_shown_as_it_was_written() -> None:
    assert to_html("<b>tea</b>") == "<p>&lt;b&gt;tea&lt;/b&gt;</p>"
    assert to_text("<b>tea</b> &amp; <!-- x -->") == "<b>tea</b> & <!-- x -->"


def test_a_picture_becomes_its_words() -> None:
    assert to_html('![a "cup"](https://x.example/p.png)') == "<p>a &quot;cup&quot;</p>"
    assert to_text("![a cup](https://x.example/p.png)") == "a cup"


@pytest.mark.parametrize(
    "markdown",
    [
        "**차(茶)**는",
        "오늘은**“비”**다",
        "**비 오는 날!**에",
        "**茶（ちゃ）**は",
        "~~가격(원)~~은",
    ],
)
def test_emphasis_stands_next_to_letters_that_take_no_blank(markdown: str) -> None:
    html = to_html(markdown)
    assert "*" not in html
    assert "~" not in html
    assert "<strong>" in html or "<s>" in html
    assert not set(to_text(markdown)) & set("*~")


@pytest.mark.parametrize("markdown", ["2 * 3 * 4", "snake_case_name", "a ** b", "차 ** 비", "5*3", "**"])
def test_what_is_no_emphasis_stays(markdown: str) -> None:
    assert to_html(markdown) == f"<p>{markdown}</p>"


@pytest.mark.parametrize(
    "markdown",
    ["*a **b** c*", "***a***", "**a***b*", "a*b*c", "_a_ __b__", "**a** (b)", "“**a**”", "*a*.", "**a**b", "**(a)**b"],
)
def test_where_blanks_are_written_it_is_commonmark(markdown: str) -> None:
    from markdown_it import MarkdownIt

    assert to_html(markdown) == MarkdownIt("commonmark").render(markdown).strip()


@pytest.mark.parametrize(
    "url", ["https://a.example", "http://a.example/b?c#d", "mailto:ann@a.example", "HTTPS://A.EXAMPLE"]
)
def test_a_link_that_leads_out_is_safe(url: str) -> None:
    assert is_safe(url)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "/a", "a", "//a.example", "#a", "", "https:", "http://[", "ftp://a"],
)
def test_a_link_that_leads_anywhere_else_is_not(url: str) -> None:
    assert not is_safe(url)
    assert not is_web_link(url)
