"""HTTP as all platforms speak it: a refusal, an answer that is lost, and what a request carries."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dev.serving import cut


class Refusal(Exception):
    """The platform says no: the HTTP status, its own code and message, and headers such as Retry-After."""

    def __init__(
        self, status: int, message: str, code: str = "", *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})
        self.more = more


class Dropped(Response):
    """Not an answer: the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cut(scope)


def fingerprint(*of: Any) -> str:
    return sha256(json.dumps(of, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()[:24]


def bearer(request: Request) -> str:
    """The token of an `Authorization: Bearer`, empty when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def form_of(request: Request) -> dict[str, str]:
    """The fields of an urlencoded body."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
