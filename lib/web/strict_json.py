"""Bodies of people's requests: JSON, bounded, and only what the database can hold. The rest never reaches a door.

Python's `json` reads more than JSON: NaN, numbers of any size, half a surrogate pair, one name twice. Postgres refuses
such values deep inside; here each is refused with its place, as `settings.examples[2]`.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from lib.errors import Invalid
from lib.web.refused_input import Unreadable

LARGEST_BODY = 256 * 1024
DEEPEST = 20
LARGEST_NUMBER = 2**53  # what every JSON reader holds exactly
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Twice(dict[str, Any]):
    """An object of the body in which `name` stood twice."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class StrictRoute(APIRoute):
    """A route whose body, if it takes one, is read strictly before FastAPI sees the request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        if self.body_field is None:
            return answer

        async def answer_strictly(request: Request) -> Response:
            refuse_other_types(request.headers.get("content-type", ""))
            body = await read_bounded(request)
            request._body, request._json = body, parse(body)
            return await answer(request)

        return answer_strictly


def refuse_other_types(content_type: str) -> None:
    media_type, _, parameters = content_type.partition(";")
    media_type, parameters = media_type.strip().lower(), parameters.replace('"', "").replace(" ", "").lower()
    is_json = media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
    if not is_json or ("charset=" in parameters and "charset=utf-8" not in parameters):
        raise Unreadable(415, "not_json", "Send the body as Content-Type: application/json, in UTF-8.")


async def read_bounded(request: Request) -> bytes:
    """The body; what is larger is refused without reading it to its end."""
    too_large = Unreadable(413, "too_large", f"The body may have {LARGEST_BODY} bytes.", {"largest": LARGEST_BODY})
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 15 or int(announced) > LARGEST_BODY):
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise too_large
    return bytes(body)


def parse(body: bytes) -> Any:
    """The JSON value. Raises Unreadable for what is not JSON in UTF-8, Invalid for what cannot be stored."""
    try:
        value = json.loads(body.decode(), parse_constant=_not_finite, parse_int=_integer, object_pairs_hook=_object)
    except UnicodeDecodeError as exc:
        raise Unreadable(400, "malformed_json", f"The body is not UTF-8 at byte {exc.start}.") from exc
    except json.JSONDecodeError as exc:
        told = f"The body is not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}."
        raise Unreadable(400, "malformed_json", told) from exc
    except RecursionError as exc:
        raise Invalid("body", f"is nested more than {DEEPEST} deep") from exc
    for place, problem in unusable(value, ""):
        raise Invalid(place or "body", problem)
    return value


def unusable(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every place that holds something Postgres or a JSON reader could not hold, with what is wrong there."""
    if depth > DEEPEST:
        yield place, f"is nested more than {DEEPEST} deep"
    elif isinstance(value, Twice):
        yield inside(place, printable(value.name)), "is given twice"
    elif isinstance(value, dict):
        for name, it in value.items():
            if not is_storable(name):
                yield inside(place, printable(name)), "has a character that cannot be stored in its name"
            yield from unusable(it, inside(place, name), depth + 1)
    elif isinstance(value, list):
        for number, it in enumerate(value):
            yield from unusable(it, f"{place}[{number}]", depth + 1)
    elif isinstance(value, str) and not is_storable(value):
        yield place, "has a character that cannot be stored (NUL or half of a surrogate pair)"
    elif isinstance(value, int | float) and not abs(value) <= LARGEST_NUMBER:
        yield place, "is not a number that can be kept"


def inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def is_storable(text: str) -> bool:
    return UNSTORABLE.search(text) is None


def printable(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")[:100]


def _not_finite(_: str) -> float:
    return math.nan


def _integer(digits: str) -> int | float:
    """Python refuses to read integers of more than 4,300 digits, and takes long over shorter ones."""
    return int(digits) if len(digits) <= 20 else math.inf


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    counted = Counter(name for name, _ in pairs)
    return Twice(counted.most_common(1)[0][0])
