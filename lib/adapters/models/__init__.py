"""The port to whatever writes: one small protocol, the request, the answer, and what every vendor has in common.

Each vendor is one module beside this one. Vendors' errors end there: callers only ever see ModelFailed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from lib.domain.content import Effort
from lib.domain.pricing import Usage


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation; the first and the last are the user's."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class WritingRequest:
    """What is asked of a model. `schema` is the JSON schema of the answer; `at` tells which day's prices hold."""

    system: str
    turns: tuple[Turn, ...]
    schema: Mapping[str, Any]
    most_tokens: int
    effort: Effort
    at: datetime

    @property
    def characters(self) -> int:
        return len(self.system) + sum(len(turn.text) for turn in self.turns)


@dataclass(frozen=True, slots=True)
class WritingAnswer:
    """What came back: `fields` has the schema's shape, `text` is the same as the model wrote it. Cost in micro-USD."""

    fields: Mapping[str, Any]
    text: str
    model: str
    usage: Usage
    cost: int
    request_id: str | None
    stop_reason: str


class Writer(Protocol):
    """A model that writes. The router over several is one too."""

    @property
    def model(self) -> str:
        """Its name as the vendor knows it."""
        ...

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        """One call, no retries, given up after `within`.

        Raises ModelFailed. Its `details` may have tokens_in, tokens_out and request_id; with `estimated` its cost is
        the call's ceiling, because it may be on the bill although nobody told us the usage.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def fields_of(text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer as an object of this schema. Raises ValueError saying where it differs; models do not always comply.

    Understands what our schemas use: objects with required properties, arrays, strings.
    """
    value = json.loads(text)
    _check(value, schema, "answer")
    return value  # type: ignore[no-any-return]  # checked above


def _check(value: Any, schema: Mapping[str, Any], where: str) -> None:
    match schema["type"]:
        case "string" if not isinstance(value, str):
            raise ValueError(f"{where} is not text")
        case "array":
            if not isinstance(value, list):
                raise ValueError(f"{where} is not a list")
            for at, item in enumerate(value):
                _check(item, schema["items"], f"{where}[{at}]")
        case "object":
            if not isinstance(value, dict):
                raise ValueError(f"{where} is not an object")
            if value.keys() != schema["properties"].keys():
                raise ValueError(f"{where} has other fields than {', '.join(schema['properties'])}")
            for name, property_schema in schema["properties"].items():
                _check(value[name], property_schema, name)
