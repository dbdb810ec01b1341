"""What a request to QStash says: raw destination, options from headers and query, filters, JSON bodies."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request

from dev.qstash.message import Message
from dev.qstash.options import Pairs
from dev.qstash.refusal import Refused

LARGEST_PAGE = 100


def raw_destination(request: Request, prefix: str) -> str:
    """Everything after the prefix, undecoded, with the query parameters that are not QStash's own."""
    raw_path: bytes = request.scope["raw_path"]
    destination = raw_path.decode("latin-1").partition("?")[0].removeprefix(prefix)
    query = [part for part in _raw_query(request) if not _is_ours(part)]
    return destination + ("?" + "&".join(query) if query else "")


def asked_pairs(request: Request) -> Pairs:
    """The request's headers, and QStash's words among its query parameters, which win."""
    words = parse_qsl("&".join(part for part in _raw_query(request) if _is_ours(part)), keep_blank_values=True)
    headers = ((name.decode("latin-1"), _text(value)) for name, value in request.headers.raw)
    return (*headers, *((name.lower(), value) for name, value in words))


async def json_body(request: Request, kind: type[Any]) -> Any:
    """The body, which must be JSON of that type. Raises Refused (400)."""
    try:
        value = json.loads(await request.body())
    except (ValueError, RecursionError) as exc:
        raise Refused(400, "request body is not valid JSON") from exc
    if not isinstance(value, kind):
        raise Refused(400, "request body has the wrong shape")
    return value


def caller_ip(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def values(query: QueryParams, name: str) -> list[str]:
    """A parameter that may be repeated or be a comma-separated list."""
    return [word for value in query.getlist(name) for word in value.split(",") if word]


def count(query: QueryParams, largest: int = LARGEST_PAGE) -> int:
    text = query.get("count", str(largest))
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise Refused(400, f"invalid count: {text}")
    return min(int(text), largest)


class Filter:
    """The filters that messages, dead letters and logs share: OR within one, AND between them."""

    _NAMES = ("messageId", "messageIds", "url", "host", "path", "topicName", "queueName", "scheduleId", "label")
    _MORE = ("flowControlKey", "callerIp", "callerIP", "fromDate", "toDate")

    def __init__(self, query: QueryParams) -> None:
        self._wanted = {name: wanted for name in (*self._NAMES, *self._MORE) if (wanted := values(query, name))}
        self._from = _instant(self._wanted.pop("fromDate", None))
        self._to = _instant(self._wanted.pop("toDate", None))

    def matches(self, message: Message, at: datetime) -> bool:
        if (self._from is not None and at < self._from) or (self._to is not None and at > self._to):
            return False
        facts = _facts(message)
        return all(set(wanted) & facts[name] for name, wanted in self._wanted.items())


def _facts(message: Message) -> dict[str, set[str]]:
    parts = urlsplit(message.url)
    flow = message.options.flow
    return {
        "messageId": {message.id},
        "messageIds": {message.id},
        "url": {message.url},
        "host": {parts.netloc, parts.hostname or ""},
        "path": {parts.path},
        "topicName": _known(message.url_group),
        "queueName": _known(message.queue),
        "scheduleId": _known(message.schedule_id),
        "label": set(message.options.labels),
        "flowControlKey": _known(flow.key if flow else None),
        "callerIp": {message.caller_ip},
        "callerIP": {message.caller_ip},
    }


def _text(value: bytes) -> str:
    """Header values are UTF-8 in practice, and latin-1 on paper."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _known(value: str | None) -> set[str]:
    return {value} if value is not None else set()


def _instant(given: list[str] | None) -> datetime | None:
    """Unix milliseconds."""
    if not given:
        return None
    try:
        return datetime.fromtimestamp(int(given[0]) / 1000, UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise Refused(400, f"invalid date: {given[0]}") from exc


def _raw_query(request: Request) -> Iterable[str]:
    query: bytes = request.scope["query_string"]
    return [part for part in query.decode("latin-1").split("&") if part]


def _is_ours(part: str) -> bool:
    name = part.partition("=")[0].lower()
    return name == "qstash_token" or name.startswith("upstash-")
