"""What a publisher asks for: the `Upstash-*` headers of one message, read and checked.

https://upstash.com/docs/qstash/api/publish. The same words may come as lower-case query parameters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dev.qstash.durations import parse_duration
from dev.qstash.expression import ExpressionError, evaluate
from dev.qstash.refusal import Refused

type Pairs = tuple[tuple[str, str], ...]

DEFAULT_RETRIES = 3
LONGEST_PERIOD = timedelta(days=7)
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_PREFIX = "upstash-"
_FORWARD = "upstash-forward-"
_CALLBACK = "upstash-callback-"
_FAILURE_CALLBACK = "upstash-failure-callback-"
# Headers of the call to QStash itself: neither kept nor passed on.
_OF_THIS_CALL = frozenset({"authorization", "host", "content-length", "connection", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class FlowWish:
    """Limits that a message brings for its flow-control key; none means it sets none."""

    key: str
    parallelism: int | None
    rate: int | None
    period: timedelta


@dataclass(frozen=True, slots=True)
class Options:
    """One message's wishes. `asked` are the headers as they came, which a retry from the DLQ starts from."""

    asked: Pairs
    method: str
    content_type: str | None
    forward: Pairs
    delay: timedelta
    not_before: datetime | None
    retries: int
    retry_delay: str | None
    timeout: timedelta | None
    callback: str | None
    callback_asked: Pairs
    failure_callback: str | None
    failure_callback_asked: Pairs
    deduplication_id: str | None
    content_based: bool
    flow: FlowWish | None
    labels: tuple[str, ...]
    redact: tuple[str, ...]
    queue: str | None
    schedule_id: str | None
    cron: str | None


def read_options(pairs: Iterable[tuple[str, str]]) -> Options:
    """Raises Refused (400) for a header that does not read."""
    asked = tuple((name.lower(), value) for name, value in pairs if name.lower() not in _OF_THIS_CALL)
    given = dict(asked)

    def text(name: str) -> str | None:
        value = given.get(_PREFIX + name, "").strip()
        return value or None

    method = (text("method") or "POST").upper()
    if method not in METHODS:
        raise Refused(400, f"invalid method: {method}")
    return Options(
        asked=asked,
        method=method,
        content_type=given.get("content-type"),
        forward=_forwarded(asked, everything=_is_true(text("header-forward"))),
        delay=_duration("Upstash-Delay", text("delay")) or timedelta(0),
        not_before=_instant("Upstash-Not-Before", text("not-before")),
        retries=DEFAULT_RETRIES if text("retries") is None else _count("Upstash-Retries", text("retries") or ""),
        retry_delay=_expression(text("retry-delay")),
        timeout=_duration("Upstash-Timeout", text("timeout")),
        callback=text("callback"),
        callback_asked=_below(asked, _CALLBACK),
        failure_callback=text("failure-callback"),
        failure_callback_asked=_below(asked, _FAILURE_CALLBACK),
        deduplication_id=_deduplication_id(text("deduplication-id")),
        content_based=_is_true(text("content-based-deduplication")),
        flow=_flow(text("flow-control-key"), text("flow-control-value") or ""),
        labels=_words(text("label")),
        redact=_words(text("redact-fields")),
        queue=text("queue-name"),
        schedule_id=text("schedule-id"),
        cron=text("cron"),
    )


def canonical(name: str) -> str:
    """`x-api-key` as `X-Api-Key`, the way Go writes headers."""
    return "-".join(part.capitalize() for part in name.split("-"))


def _forwarded(asked: Pairs, *, everything: bool) -> Pairs:
    # Upstash-Forward-Content-Type is not passed on: the message's own Content-Type is.
    named = {canonical(name[len(_FORWARD) :]): value for name, value in asked if name.startswith(_FORWARD)}
    if everything:
        named = {canonical(name): value for name, value in asked if not name.startswith(_PREFIX)} | named
    named.pop("Content-Type", None)
    return tuple(named.items())


def _below(asked: Pairs, prefix: str) -> Pairs:
    """`upstash-callback-retries` as the callback's own `upstash-retries`."""
    return tuple((_PREFIX + name[len(prefix) :], value) for name, value in asked if name.startswith(prefix))


def _duration(header: str, value: str | None) -> timedelta | None:
    if value is None:
        return None
    try:
        return parse_duration(value)
    except ValueError as exc:
        raise Refused(400, f"invalid {header} header: {exc}") from exc


def _instant(header: str, value: str | None) -> datetime | None:
    """Unix seconds."""
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise Refused(400, f"invalid {header} header: {value!r} is not a unix timestamp in seconds") from exc


def _count(header: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Refused(400, f"invalid {header} header: {value!r}")
    return int(value)


def _expression(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        evaluate(value, retried=1)
    except ExpressionError as exc:
        raise Refused(400, f"invalid Upstash-Retry-Delay header: {exc}") from exc
    return value


def _deduplication_id(value: str | None) -> str | None:
    if value is not None and ":" in value:
        raise Refused(400, "DeduplicationId cannot contain ':'")
    return value


def _flow(key: str | None, value: str) -> FlowWish | None:
    if key is None:
        return None
    given: Mapping[str, str] = dict(
        (part.partition("=")[0].strip().lower(), part.partition("=")[2].strip()) for part in value.split(",") if part
    )
    header = "Upstash-Flow-Control-Value"
    if unknown := set(given) - {"parallelism", "rate", "period"}:
        raise Refused(400, f"invalid {header} header: {', '.join(sorted(unknown))}")
    period = _duration(header, given.get("period")) or timedelta(seconds=1)
    if period > LONGEST_PERIOD:
        raise Refused(400, f"invalid {header} header: the period is at most a week")
    parallelism, rate = (_positive(header, given[n]) if n in given else None for n in ("parallelism", "rate"))
    return FlowWish(key=key, parallelism=parallelism, rate=rate, period=period)


def _positive(header: str, value: str) -> int:
    if (count := _count(header, value)) < 1:
        raise Refused(400, f"invalid {header} header: {value!r}")
    return count


def _words(value: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (value or "").split(",") if word.strip())


def _is_true(value: str | None) -> bool:
    return (value or "").lower() == "true"  # the Python SDK writes `True`
