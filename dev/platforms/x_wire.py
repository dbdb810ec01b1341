"""What X's API reads of a request, in which words it refuses, and how it tells a text."""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dev.platforms.wire import Refusal, fingerprint
from lib.domain.weighted_length import find_links

PROBLEMS = "https://api.twitter.com/2/problems"
_POST_FIELDS = (
    "text reply media poll quote_tweet_id reply_settings community_id for_super_followers_only geo "
    "nullcast direct_message_deep_link card_uri edit_options made_with_ai paid_partnership "
    "share_with_followers"
)
POST_FIELDS = frozenset(_POST_FIELDS.split())
_TIMELINE_QUERY = (
    "max_results start_time end_time since_id until_id pagination_token exclude expansions tweet.fields "
    "user.fields media.fields place.fields poll.fields"
)
TIMELINE_QUERY = frozenset(_TIMELINE_QUERY.split())


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of a timeline."""

    most: int
    start: datetime
    end: datetime
    skipped: int
    fields: frozenset[str]
    excluded: frozenset[str]


def read_post(kind: str, body: bytes) -> Mapping[str, Any]:
    """Raises Refusal."""
    if kind != "application/json":
        raise invalid("content-type", kind, "Content-Type must be application/json")
    try:
        asked = json.loads(body)
    except ValueError as exc:
        raise invalid("body", "", "Invalid JSON") from exc
    if not isinstance(asked, dict):
        raise invalid("body", "", "A JSON object is wanted")
    for name in asked.keys() - POST_FIELDS:
        what = f"[$.{name}: is not defined in the schema and the schema does not allow additional properties]"
        raise invalid(name, asked[name], what)
    if not isinstance(asked.get("text"), str) or not asked["text"].strip():
        raise invalid("text", "", "[$.text: is missing but it is required]")
    reply = asked.get("reply")
    if reply is not None and not (isinstance(reply, dict) and str(reply.get("in_reply_to_tweet_id", "")).isdigit()):
        raise invalid("reply", reply, "[$.reply.in_reply_to_tweet_id: does not match the regex pattern ^[0-9]{1,19}$]")
    return asked


def read_query(query: Mapping[str, str]) -> Wanted:
    """Raises Refusal."""
    for name in query.keys() - TIMELINE_QUERY:
        raise invalid(name, query[name], f"The query parameter [{name}] is not one of [{','.join(TIMELINE_QUERY)}]")
    most = query.get("max_results", "10")
    if not most.isdigit() or not 5 <= int(most) <= 100:
        raise invalid("max_results", most, f"The `max_results` query parameter value [{most}] is not between 5 and 100")
    return Wanted(
        most=int(most),
        start=_moment("start_time", query, datetime.min.replace(tzinfo=UTC)),
        end=_moment("end_time", query, datetime.max.replace(tzinfo=UTC)),
        skipped=int(query.get("pagination_token", "0")),
        fields=frozenset(query.get("tweet.fields", "").split(",")),
        excluded=frozenset(query.get("exclude", "").split(",")),
    )


def _moment(name: str, query: Mapping[str, str], otherwise: datetime) -> datetime:
    given = query.get(name)
    if given is None:
        return otherwise
    try:
        if not given.endswith("Z"):
            raise ValueError(given)
        return datetime.fromisoformat(given)
    except ValueError as exc:
        raise invalid(name, given, f"The `{name}` query parameter value [{given}] is not a valid RFC3339 date") from exc


def told_text(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text as X gives it back, and its links."""
    told, at, urls = "", 0, []
    for start, end, _ in find_links(text):
        link = text[start:end]
        short = f"https://t.co/{fingerprint(link)[:10]}"
        told += html.escape(text[at:start], quote=False)
        full = link if "://" in link else f"http://{link}"
        urls.append(
            {
                "start": len(told),
                "end": len(told) + len(short),
                "url": short,
                "expanded_url": full,
                "display_url": full.partition("://")[2],
            }
        )
        told, at = told + short, end
    return told + html.escape(text[at:], quote=False), urls


def invalid(name: str, value: Any, message: str) -> Refusal:
    errors = [{"parameters": {name: [str(value)]}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return Refusal(400, detail, f"{PROBLEMS}/invalid-request", title="Invalid Request", errors=errors)
