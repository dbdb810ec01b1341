"""QStash: asks to be called back later, and takes it back.

Three calls over plain httpx rather than Upstash's SDK: importing that loads PyJWT and cryptography, its client sleeps
half a minute on an unreachable server, its errors have no status, `batch_json` drops the retry delay, and one refused
item of a batch is a KeyError. A test holds our requests against those of the SDK.
Wire: https://upstash.com/docs/qstash/api.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lib.domain.message import Message
from lib.errors import LimitReached, Unavailable

if TYPE_CHECKING:
    import httpx

# 20 s, 40 s, 80 s: the whole train stays inside QStash's ten minutes of deduplication.
RETRIES = 3
RETRY_DELAY = "min(20000 * pow(2, retried), 240000)"
PUBLISHING_TIMEOUT = timedelta(seconds=5)
LARGEST_BATCH = 100


class Queue:
    """QStash with our token, calling us back under our public URL.

    Every method raises Unavailable when QStash cannot be reached in time or answers nonsense, and LimitReached when it
    refuses: daily quota, maximum delay, rate.
    """

    def __init__(
        self,
        url: str,
        token: str,
        callback_url: str,
        http: "Callable[[], httpx.AsyncClient]",
        bypass_secret: str | None = None,
    ) -> None:
        self._url = url
        self._token = token
        self._callback_url = callback_url
        self._http = http
        self._bypass_secret = bypass_secret

    async def publish(self, message: Message) -> str:
        """Send one message; the id under which it can be cancelled."""
        url = f"/v2/publish/{self._callback_url}{message.path}"
        answer = await self._send("POST", url, json.dumps(message.body), self._headers(message))
        return _message_id(answer)

    async def publish_many(self, messages: Sequence[Message]) -> list[str | None]:
        """Send up to LARGEST_BATCH messages in one call; none where QStash refused just that item.

        One bad item can make QStash reject the whole batch: the caller then sends them singly.
        """
        batch = [
            {
                "destination": f"{self._callback_url}{message.path}",
                "headers": self._headers(message),
                "body": json.dumps(message.body),
            }
            for message in messages
        ]
        answer = await self._send("POST", "/v2/batch", json.dumps(batch), {"Content-Type": "application/json"})
        if not isinstance(answer, list) or len(answer) != len(messages):
            raise Unavailable("qstash", "the batch was answered with something else than one entry an item")
        return [item.get("messageId") if isinstance(item, dict) else None for item in answer]

    async def cancel(self, message_id: str) -> None:
        """Take one message back; one that is gone already is fine."""
        if not message_id:  # `DELETE /v2/messages/` would cancel every message of the account
            raise ValueError("no message id")
        try:
            await self._send("DELETE", f"/v2/messages/{message_id}", None, {})
        except LimitReached as exc:
            if exc.details.get("status") != 404:
                raise

    async def schedule(self, schedule_id: str, cron: str, path: str) -> None:
        """Create or overwrite the QStash schedule of this id: idempotent."""
        headers = {"Upstash-Cron": cron, "Upstash-Schedule-Id": schedule_id, "Upstash-Retries": "0", **self._bypass("")}
        await self._send("POST", f"/v2/schedules/{self._callback_url}{path}", None, headers)

    def _headers(self, message: Message) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Upstash-Retries": str(RETRIES),
            "Upstash-Retry-Delay": RETRY_DELAY,
            "Upstash-Deduplication-Id": message.deduplication_id,
            "Upstash-Flow-Control-Key": message.flow_key,
            "Upstash-Flow-Control-Value": _flow(message),
            "Upstash-Failure-Callback": f"{self._callback_url}/api/qstash/failed",
            **self._bypass(""),
            **self._bypass("Failure-Callback-"),
        }
        if message.not_before is not None:
            headers["Upstash-Not-Before"] = str(math.ceil(message.not_before.timestamp()))
        return headers

    def _bypass(self, of: str) -> dict[str, str]:
        if self._bypass_secret is None:
            return {}
        return {f"Upstash-{of}Forward-x-vercel-protection-bypass": self._bypass_secret}

    async def _send(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Any:
        import httpx

        try:
            reply = await self._http().request(
                method,
                f"{self._url}{path}",
                content=body,
                headers={**headers, "Authorization": f"Bearer {self._token}"},
                timeout=PUBLISHING_TIMEOUT.total_seconds(),
            )
        except (httpx.HTTPError, RuntimeError) as exc:
            raise Unavailable("qstash", type(exc).__name__) from exc
        if reply.status_code >= 500:
            raise Unavailable("qstash", f"status {reply.status_code}")
        if reply.status_code >= 300:
            raise LimitReached("qstash_refused", _error_text(reply), {"status": reply.status_code})
        return _json(reply) if reply.content else None


def _flow(message: Message) -> str:
    if message.rate is None:
        return f"parallelism={message.parallelism}"
    return f"parallelism={message.parallelism}, rate={message.rate}, period={message.period // timedelta(seconds=1)}s"


def _json(reply: "httpx.Response") -> Any:
    try:
        return reply.json()
    except ValueError as exc:
        raise Unavailable("qstash", "the answer is not JSON") from exc


def _message_id(answer: Any) -> str:
    if not isinstance(answer, dict) or not isinstance(answer.get("messageId"), str):
        raise Unavailable("qstash", "the answer has no message id")
    return str(answer["messageId"])


def _error_text(reply: "httpx.Response") -> str:
    """QStash's own words, e.g. `quota maxDelay exceeded, current limit: 604800`."""
    try:
        return str(reply.json()["error"])[:200]
    except (ValueError, KeyError, TypeError):
        return f"status {reply.status_code}"
