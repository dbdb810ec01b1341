"""One attempt: a real HTTP call to the destination, signed for this attempt."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import httpx

from dev.qstash.message import Message, Reply
from dev.qstash.plans import Plan
from dev.qstash.signing import sign
from dev.qstash.store import Store

REGION = "EU-CENTRAL-1"


class Courier:
    """Calls destinations through the given client, never follows a redirect, keeps no cookies."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        now: Callable[[], datetime],
        store: Store,
        plan: Plan,
        new_id: Callable[[str], str],
    ) -> None:
        self._http = http
        self._now = now
        self._store = store
        self._plan = plan
        self._new_id = new_id

    async def call(self, message: Message) -> Reply:
        """What the destination answered; status 0 if it did not answer in time or could not be reached.

        The time limit holds on the machine's clock and on the stack's.
        """
        started_at = self._now()
        limit = min(message.options.timeout or self._plan.max_timeout, self._plan.max_timeout)
        try:
            async with asyncio.timeout(limit.total_seconds()):
                reply = await self._http.request(
                    message.options.method,
                    message.url,
                    content=message.body or None,
                    headers=self._headers(message, started_at),
                    follow_redirects=False,
                    timeout=None,  # the limit above is over the whole call, httpx's are over its parts
                )
        except TimeoutError:
            return Reply(0, error="timeout: the destination did not answer in time")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
            return Reply(0, error=f"{type(exc).__name__}: {exc}")
        finally:
            self._http.cookies.clear()
        if self._now() - started_at > limit:
            return Reply(0, error="timeout: the destination did not answer in time")
        headers = tuple((name, value) for name, value in reply.headers.multi_items())
        return Reply(reply.status_code, headers, reply.content[: self._plan.message_size])

    def _headers(self, message: Message, now: datetime) -> list[tuple[bytes, bytes]]:
        options = message.options
        signature = sign(
            self._store.keys.current,
            destination=message.url,
            body=message.body,
            token_id=self._new_id("jwt_"),
            now=now,
        )
        own = {
            "User-Agent": "Upstash-QStash",
            "Content-Type": options.content_type,
            "Upstash-Signature": signature,
            "Upstash-Message-Id": message.id,
            "Upstash-Retried": str(message.retried),
            "Upstash-Region": REGION,
            "Upstash-Caller-Ip": message.caller_ip or None,
            "Upstash-Schedule-Id": message.schedule_id,
            "Upstash-Topic-Name": message.url_group,
        }
        headers = {name.lower(): (name, value) for name, value in options.forward}
        headers |= {name.lower(): (name, value) for name, value in own.items() if value is not None}
        return [(name.encode(), value.encode()) for name, value in headers.values()]
