"""The port to whatever writes: one small protocol, the request, the answer, and what every vendor has in common.

Each vendor is one module beside this one. Vendors' errors end there: callers only ever see ModelFailed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from lib.domain.content import Effort
from lib.domain.pricing import Price, Usage


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation; the first and the last are the user's.

    `prefix` is what stays the same from one request to the next, so that a vendor may cache it: it comes first.
    """

    role: Literal["user", "assistant"]
    text: str
    prefix: str = ""

    @property
    def said(self) -> str:
        """All of it, as one text."""
        return f"{self.prefix}\n\n{self.text}" if self.prefix else self.text


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
    def size(self) -> int:
        """UTF-8 bytes of everything said: no tokenizer that works on bytes makes more tokens of it than that."""
        said = (self.system, *(turn.said for turn in self.turns))
        return sum(len(text.encode("utf-8", "surrogatepass")) for text in said)


@dataclass(frozen=True, slots=True)
class WritingAnswer:
    """What came back: `fields` has the schema's shape, `text` is the same as the model wrote it.

    `model` is `vendor/name`, cost in micro-USD.
    """

    fields: Mapping[str, Any]
    text: str
    model: str
    usage: Usage
    cost: int
    request_id: str | None
    stop_reason: str


class Writer(Protocol):
    """A model that writes."""

    @property
    def model(self) -> str:
        """`vendor/name`, its identity everywhere."""
        ...

    def price_at(self, at: datetime) -> Price:
        """What its tokens cost on that day."""
        ...

    async def prepare(self) -> None:
        """Import what is slow to import, without holding up the event loop."""
        ...

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        """One call, no retries, given up after `within`.

        Raises ModelFailed. Its `details` may have tokens_in, tokens_out and request_id; with `estimated` its cost is
        the call's ceiling, because it may be on the bill although nobody told us the usage; with `unsent` the
        connection never opened.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def fields_of(text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer as an object of this schema. Raises ValueError saying where it differs; models do not always comply.

    Understands what our schemas use: objects with required properties, arrays, strings, integers.
    """
    value = json.loads(text)
    _check(value, schema, "answer")
    return value  # type: ignore[no-any-return]  # checked above


def _check(value: Any, schema: Mapping[str, Any], where: str) -> None:
    match schema["type"]:
        case "string" if not isinstance(value, str):
            raise ValueError(f"{where} is not text")
        case "integer" if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"{where} is not a whole number")
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
