"""Every error that Anthropic's package can raise becomes one of ours, in one place."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import anthropic
import httpx2
import pytest

from lib.adapters.models.anthropic import translated
from lib.adapters.models.faults import fault_of, read_retry_after
from lib.errors import ModelFailed, ModelFault

MODEL = "claude-sonnet-5-5"


def error_classes(of: type[Exception] = anthropic.AnthropicError) -> Iterator[type[Exception]]:
    for kind in of.__subclasses__():
        yield kind
        yield from error_classes(kind)


def made(kind: type[Exception]) -> Any:
    """An error of this class, made as the package makes it or, where that takes more than a test has, made bare."""
    request = httpx2.Request("POST", "https://api.example/v1/messages")
    if issubclass(kind, anthropic.APIStatusError):
        status = getattr(kind, "status_code", 500)
        return kind("secret words", response=httpx2.Response(status, request=request), body=None)
    return kind.__new__(kind, "secret words")


@pytest.mark.parametrize("kind", sorted(set(error_classes()), key=lambda kind: kind.__name__))
def test_every_error_of_the_package_is_translated(kind: type[Exception]) -> None:
    failed = translated(made(kind), MODEL)
    assert isinstance(failed, ModelFailed)
    assert "secret" not in str(failed)
    if issubclass(kind, anthropic.APIStatusError):
        assert failed.fault is fault_of(getattr(kind, "status_code", 500))
    elif issubclass(kind, anthropic.APIConnectionError):
        assert failed.fault is ModelFault.TRANSIENT


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (429, "enforced_spend_limit_reached", ModelFault.CONFIGURATION),
        (429, "ramp_limit_exceeded", ModelFault.TRANSIENT),
        (400, "organization_on_hold", ModelFault.CONFIGURATION),
    ],
)
def test_a_spending_limit_needs_an_operator_though_it_is_a_429(status: int, code: str, fault: ModelFault) -> None:
    body = {"type": "error", "error": {"type": "any", "message": "secret", "details": {"error_code": code}}}
    response = httpx2.Response(status, request=httpx2.Request("POST", "https://api.example/v1/messages"))
    failed = translated(anthropic.APIStatusError("secret", response=response, body=body), MODEL)
    assert failed.fault is fault
    assert code in failed.message


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "7"}, timedelta(seconds=7)),
        ({"retry-after": "0.5"}, timedelta(seconds=0.5)),
        ({"retry-after-ms": "250", "retry-after": "9"}, timedelta(milliseconds=250)),
        (
            {"retry-after": "Sat, 21 Nov 2026 12:01:00 GMT", "date": "Sat, 21 Nov 2026 12:00:00 GMT"},
            timedelta(minutes=1),
        ),
        ({"retry-after": "Sat, 21 Nov 2026 12:01:00 GMT"}, None),
        ({"retry-after": "soon", "date": "now"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "999999999"}, timedelta(days=1)),
        ({"retry-after-ms": "nan"}, None),
    ],
)
def test_every_spelling_of_retry_after_is_read(headers: dict[str, str], wait: timedelta | None) -> None:
    assert read_retry_after(headers) == wait
