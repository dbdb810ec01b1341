"""One JSON line per event, with a stable key and ids; never a prompt, a text or a secret."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_bound: ContextVar[dict[str, object]] = ContextVar("drumbeat_log_fields", default={})  # noqa: B039  never mutated
_logger = logging.getLogger("drumbeat")
# At INFO and below they log whole URLs, and a webhook's is its secret.
URLS_LOGGED_BY = ("httpx", "httpcore")


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add fields, e.g. run_id and schedule_id, to every line logged inside."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def info(event: str, **fields: object) -> None:
    _logger.info(_line("info", event, fields))


def warning(event: str, **fields: object) -> None:
    _logger.warning(_line("warning", event, fields))


def error(event: str, exc: BaseException | None = None, **fields: object) -> None:
    """`exc` adds the traceback; pass it only where the error was not expected."""
    _logger.error(_line("error", event, fields), exc_info=exc)


def open_logs(level: str) -> None:
    """Write our lines to standard output, whatever the host has done to the root logger."""
    for name in URLS_LOGGED_BY:
        logging.getLogger(name).setLevel(logging.WARNING)
    _logger.setLevel(level.upper())
    _logger.propagate = False
    if not _logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        _logger.addHandler(handler)


def _line(level: str, event: str, fields: dict[str, object]) -> str:
    record = {"level": level, "event": event, **_bound.get(), **fields}
    return json.dumps({key: value for key, value in record.items() if value is not None}, default=str)
