"""How SQL functions are called: PostgREST's rpc wire, its errors in our words, patience with a line that broke.

Every function of ours is safe to repeat, so a call that died on the wire is simply made again (postgrest itself never
repeats a POST).
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from lib.errors import (
    Conflict,
    DrumbeatError,
    Forbidden,
    Invalid,
    LimitReached,
    LostClaim,
    NotFound,
    Unauthenticated,
    Unavailable,
)

if TYPE_CHECKING:
    import httpx
    from postgrest import APIError

type Row = Mapping[str, Any]

# Waits before the second, third … try of a call that did not reach the database or whose answer was lost.
PATIENCE = (timedelta(milliseconds=50), timedelta(milliseconds=300))
# The model has been paid by the time a run is finished: worth more than two tries.
LONG_PATIENCE = (*PATIENCE, timedelta(seconds=1), timedelta(seconds=3), timedelta(seconds=6))

REFUSALS: Mapping[str, type[DrumbeatError]] = {
    "PT401": Unauthenticated,
    "PT403": Forbidden,
    "PT404": NotFound,
    "PT409": Conflict,
    "PT429": LimitReached,
}


class Calls:
    """Calls SQL functions over PostgREST's rpc wire with one set of headers."""

    def __init__(self, url: str, headers: Mapping[str, str], http: "Callable[[], httpx.AsyncClient]") -> None:
        self._url = f"{url}/rest/v1"
        self._headers = dict(headers)
        self._http = http

    async def call(
        self, function: str, patience: Sequence[timedelta] = PATIENCE, **arguments: object
    ) -> dict[str, Any]:
        """The function's jsonb. Times and durations go as ISO, the rest as JSON.

        Raises NotFound, Forbidden, Conflict, LimitReached, Invalid as the function refused, and Unavailable
        when the database could not be reached or answered nonsense.
        """
        for wait in (*patience, None):
            try:
                return await self._call_once(function, {f"p_{name}": plain(it) for name, it in arguments.items()})
            except Unavailable:
                if wait is None:
                    raise
                await asyncio.sleep(wait.total_seconds())
        raise AssertionError("unreachable")

    async def _call_once(self, function: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        import httpx
        from postgrest import APIError, AsyncPostgrestClient

        client = AsyncPostgrestClient(self._url, headers=self._headers, http_client=self._http())
        try:
            answer = await client.rpc(function, dict(arguments)).execute()
        except APIError as exc:
            raise refusal(function, exc) from exc
        except (httpx.HTTPError, RuntimeError, ValueError) as exc:  # the last two: an answer that cannot be read
            raise Unavailable("database", f"{function}: {type(exc).__name__}") from exc
        if not isinstance(answer.data, dict):
            raise Unavailable("database", f"{function} answered {type(answer.data).__name__} instead of an object")
        return answer.data


def refusal(function: str, exc: "APIError") -> DrumbeatError:
    """What a PostgREST error means to us. Only SQLSTATE or PTnnn can be trusted: the client drops the HTTP status."""
    code = exc.code or ""
    if code in REFUSALS:
        return REFUSALS[code](exc.message or code, exc.details or "", _hint(exc))
    if code == "PT422":
        return Invalid("Idempotency-Key", exc.details or "was used for another request")
    if code == "42501":
        return Forbidden("not_allowed", f"{function} is not open to this caller")
    if code.startswith("PGRST3"):
        return Unauthenticated("token", "the access token is not valid, or has expired")
    if code.startswith(("22", "23")):
        return Invalid(function, exc.message or "the database refused a value")
    return Unavailable("database", f"{function}: {code or 'no code'} {exc.message or ''}".strip())


def _hint(exc: "APIError") -> Mapping[str, Any]:
    try:
        hint = json.loads(exc.hint) if exc.hint else {}
    except ValueError:
        return {}
    return hint if isinstance(hint, dict) else {}


def plain(value: object) -> object:
    """The JSON form of an argument, without what no text in Postgres can have: models and vendors may say it."""
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds()} seconds"
        case Mapping():
            return {storable(str(key)): plain(it) for key, it in value.items()}
        case str():
            return storable(value)
        case Sequence():
            return [plain(it) for it in value]
    return value


def storable(text: str) -> str:
    """Without NUL; two halves of a character that stand together are one, a lone half is none."""
    if text.isascii():
        return text.replace("\0", "")
    return text.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def legacy_bearer(key: str) -> dict[str, str]:
    """Projects from before the sb_ keys use JWTs, which PostgREST wants in Authorization too."""
    return {} if key.startswith("sb_") else {"Authorization": f"Bearer {key}"}


def held(row: Row) -> Row:
    """The answer to who holds a run. Raises LostClaim for others."""
    if row["outcome"] == "lost":
        raise LostClaim("lost_claim", "Another attempt holds this run, or it has ended.", row)
    return row
