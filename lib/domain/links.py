"""Whether the links of a text work and are the author's: a model that needs a link invents one.

The author gave a link when it stands in `settings.links` or in another of the author's own texts; `https://`, `www.`
and a closing slash make no difference, and its bare domain may be said. Another bare domain counts as a link when X
would make one of it and it is not written like a name (Booking.com, Node.js). Only how a link is written is judged,
nobody fetches it.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Set
from functools import cache, lru_cache
from urllib.parse import urlsplit

from lib.domain.leftovers import without_code
from lib.domain.weighted_length import find_links
from lib.domain.writing_settings import WritingSettings

NOT_HTTP = "has a link that is not http(s)"
BROKEN = "has a link that cannot work"
MADE_UP = "has a made-up link (example.com, localhost or the like)"
NOT_GIVEN = "has a link that the author did not give"
MAIL_NOT_GIVEN = "has an e-mail address that the author did not give"

_GIVEN = "\0"  # stands in the text where a given link stood


def check_links(text: str, settings: WritingSettings, *, is_markdown: bool) -> Iterator[str]:
    """One message for each sort of trouble. In articles (`is_markdown`) code is not looked at."""
    rest = _as_rendered(text) if is_markdown else text
    yield from dict.fromkeys(_troubles(rest, settings, is_markdown=is_markdown))


def _as_rendered(markdown: str) -> str:
    """Without code, and without the two ways of writing a character so that we would not know it."""
    return html.unescape(_ESCAPED.sub(r"\1", without_code(markdown)))


def _troubles(text: str, settings: WritingSettings, *, is_markdown: bool) -> Iterator[str]:
    given, hosts, mails = _given_by(settings)
    if given:
        if any(_is_made_up(_host(found[0])) for found in given.finditer(text)):
            yield MADE_UP
        text = given.sub(_GIVEN, text)
    yield from (_trouble_of(found[0]) for found in _urls().finditer(text))
    if _ODD_SCHEME.search(text):
        yield NOT_HTTP
    if _CRIPPLED.search(text):
        yield BROKEN
    if any(found[0].casefold() not in mails for found in _mails().finditer(text)):
        yield MAIL_NOT_GIVEN
    yield from _bare_troubles(text, hosts)
    if is_markdown and any(not _LEADS_SOMEWHERE.match(text, found.end()) for found in _TARGET.finditer(text)):
        yield BROKEN


def _trouble_of(url: str) -> str:
    """Why a link with a scheme, which was not given, cannot stay."""
    scheme, _, _ = url.partition("://")
    if scheme.lower() not in ("http", "https"):
        return NOT_HTTP
    host = _host(url)
    if _is_made_up(host):
        return MADE_UP
    return NOT_GIVEN if _hosts().match(host) else BROKEN


def _bare_troubles(text: str, given_hosts: Set[str]) -> Iterator[str]:
    for start, end, _ in find_links(text):
        link = text[start:end]
        if "://" in link:
            continue
        host = _host(link)
        if _is_made_up(host):
            yield MADE_UP
        elif link.lower().removeprefix("www.") in given_hosts:
            continue  # the name of the author's own site
        elif "/" in link or host.startswith("www.") or (_PLAIN_DOMAIN.search(host) and link == link.lower()):
            yield NOT_GIVEN


def _host(link: str) -> str:
    """Without port and login; nothing when there is none to be found."""
    try:
        return (urlsplit(link if "://" in link else f"//{link}").hostname or "").rstrip(".,!?:;")
    except ValueError:
        return ""


def _is_made_up(host: str) -> bool:
    return bool(_made_up_hosts().search(host))


@lru_cache(maxsize=64)
def _given_by(settings: WritingSettings) -> tuple[re.Pattern[str] | None, frozenset[str], frozenset[str]]:
    """What finds the author's links in a text, their hosts, and the author's e-mail addresses."""
    texts = (settings.custom_prompt, settings.topic, settings.voice, settings.audience)
    said = _composed("\n".join((*texts, *settings.examples, *settings.keywords)))
    written = [found[0].rstrip(".,!?;:'") for found in _urls().finditer(said)]
    bare = [said[start:end] for start, end, _ in find_links(said)]
    cores = {_BEFORE_HOST.sub("", link).rstrip("/") for link in (*map(_composed, settings.links), *written, *bare)}
    mails = frozenset(found[0].casefold() for found in _mails().finditer(said))
    cores.discard("")
    hosts = frozenset(_host(core).lower() for core in cores)
    if not cores:
        return None, hosts, mails
    longest_first = "|".join(re.escape(core) for core in sorted(cores, key=len, reverse=True))
    finder = re.compile(rf"(?<![\w.@/-])(?:https?://)?(?:www\.)?(?:{longest_first})/?{_ENDS_THERE}", re.IGNORECASE)
    return finder, hosts, mails


def _composed(text: str) -> str:
    """As drafts are; some systems copy 한 as ㅎㅏㄴ."""
    return unicodedata.normalize("NFC", text)


_ENDS_THERE = r"(?![a-z0-9/?#=&%~+_@-]|[.:][a-z0-9])"  # Korean particles may follow at once
_BEFORE_HOST = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)


# Compiled when first needed: these are milliseconds that a delivery with nothing to write would pay, too.
@cache
def _urls() -> re.Pattern[str]:
    return re.compile(r"(?<![a-z])[a-z][a-z0-9+.-]{1,20}://[^\s<>\"“”„«»「」『』【】（）()\[\]\0]*", re.IGNORECASE)


_ODD_SCHEME = re.compile(r"\b(?:mailto|javascript|vbscript):\S|\bdata:[a-z]+/[a-z]", re.IGNORECASE)
_CRIPPLED = re.compile(r"\bhttps?:(?!//)/?[a-z]|\bhttps?//[a-z]|\bhttps?://(?=[\s)\]]|\Z)", re.IGNORECASE)


@cache
def _mails() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.+-])[a-z0-9][a-z0-9.+_-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}", re.IGNORECASE)


@cache
def _hosts() -> re.Pattern[str]:
    return re.compile(r"(?=.{4,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,63})$")


@cache
def _made_up_hosts() -> re.Pattern[str]:
    return re.compile(
        r"^localhost$|^(?:\d{1,3}\.){3}\d{1,3}$|:|\.(?:test|local|localhost|invalid|internal)$"
        r"|(?:^|\.)example\.(?:com|org|net|co\.kr|kr)$|\.example$"
        r"|^(?:www\.)?(?:your-?(?:site|website|company|domain|brand|blog|link|shop|store)|my-?(?:website|domain))\."
        r"|^(?:www\.)?(?:domain|website|insertlink)\."
    )


_PLAIN_DOMAIN = re.compile(r"\.(?:com|net|org|info|shop|store|site|online|blog|xyz|page)$|\.(?:co|or|com)\.[a-z]{2}$")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TARGET = re.compile(  # where it begins: in a link, or in the definition of one
    r"\]\(|^ {0,3}\[(?!\^)[^\[\]\n]{1,200}\]:(?=[ \t]*\S{1,500}[ \t]*(?:[\"'(][^\n]{0,200})?$)", re.MULTILINE
)
_LEADS_SOMEWHERE = re.compile(r"\s*<?(?:\0|[a-z][a-z0-9+.-]{0,20}:|www\.)", re.IGNORECASE)  # what it is is told above
