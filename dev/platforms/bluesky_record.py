"""What a Bluesky server checks of a post (github.com/bluesky-social/atproto, lexicons/app/bsky/feed/post.json)."""

import re
from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from dev.platforms.wire import Refusal
from lib.domain.graphemes import ends_of_graphemes

POST = "app.bsky.feed.post"
LONGEST_GRAPHEMES, LONGEST_BYTES = 300, 3_000
MOST_LANGUAGES = 3
FACETS = "app.bsky.richtext.facet"
LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")
NEEDED = {f"{FACETS}#link": "uri", f"{FACETS}#mention": "did", f"{FACETS}#tag": "tag"}


def check_record(record: Any, known: Container[str]) -> dict[str, Any]:
    """The record, if it is one. `known`: the addresses of what can be replied to. Raises Refusal."""
    if not isinstance(record, dict):
        raise _invalid("record must be an object")
    if record.get("$type", POST) != POST:
        raise Refusal(400, f"Invalid $type: expected {POST}, got {record['$type']}", "InvalidRequest")
    text = record.get("text")
    if not isinstance(text, str):
        raise _invalid('Missing required key "text" at $.record')
    if len(text.encode()) > LONGEST_BYTES:
        raise _invalid(f"string too big (maximum {LONGEST_BYTES}) at $.record.text")
    if sum(1 for _ in ends_of_graphemes(text)) > LONGEST_GRAPHEMES:
        raise _invalid(f"grapheme too big (maximum {LONGEST_GRAPHEMES}) at $.record.text")
    _check_moment(record.get("createdAt"))
    languages = record.get("langs", [])
    if not isinstance(languages, list) or len(languages) > MOST_LANGUAGES:
        raise _invalid(f"array too big (maximum {MOST_LANGUAGES}) at $.record.langs")
    if not all(isinstance(it, str) and LANGUAGE.fullmatch(it) for it in languages):
        raise _invalid("Invalid language at $.record.langs")
    for facet in record.get("facets", []):
        _check_facet(facet, text.encode())
    if "reply" in record:
        _check_reply(record["reply"], known)
    return record


def _check_moment(given: Any) -> None:
    try:
        if datetime.fromisoformat(given).tzinfo is None or "T" not in given:
            raise ValueError(given)
    except (TypeError, ValueError) as exc:
        raise _invalid("Invalid datetime at $.record.createdAt") from exc


def _check_facet(facet: Mapping[str, Any], text: bytes) -> None:
    start, end = facet["index"].get("byteStart"), facet["index"].get("byteEnd")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        raise _invalid("integer out of the text at $.record.facets.index")
    try:
        shown = text[start:end].decode()
        text[:start].decode()
    except UnicodeDecodeError as exc:
        raise _invalid("a facet parts a character at $.record.facets.index") from exc
    if shown != shown.strip():
        raise _invalid("a facet begins or ends with a blank at $.record.facets.index")
    if not facet.get("features"):
        raise _invalid('Missing required key "features" at $.record.facets')
    for feature in facet["features"]:
        kind = feature.get("$type")
        if kind not in NEEDED or not feature.get(NEEDED[kind]):
            raise _invalid(f"Invalid feature {kind} at $.record.facets.features")
        if kind == f"{FACETS}#link" and not re.match("https?://", feature["uri"]):
            raise _invalid("Invalid uri at $.record.facets.features.uri")


def _check_reply(reply: Any, known: Container[str]) -> None:
    for name in ("root", "parent"):
        reference = reply.get(name) if isinstance(reply, dict) else None
        if not isinstance(reference, dict) or not reference.get("uri") or not reference.get("cid"):
            raise _invalid(f'Missing required key "{name}" at $.record.reply')
        if reference["uri"] not in known:
            raise _invalid(f"nothing is there at $.record.reply.{name}")


def _invalid(what: str) -> Refusal:
    return Refusal(400, f"Invalid {POST} record: {what}", "InvalidRequest")
