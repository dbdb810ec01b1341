"""Somebody who speaks each platform's API by hand, as its documentation says, and knows nothing of our publishers."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from standardwebhooks import Webhook

from dev.clock import VirtualClock
from dev.platforms.every import PlatformLines, Platforms, make_platforms
from dev.secrets import LocalSecrets
from dev.serving import listen, serving, url_of

START = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)
EVERY = ("x", "wordpress", "mastodon", "bluesky", "discord", "slack", "newsletter", "webhook")
POST = "app.bsky.feed.post"
TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class PlatformDesk:
    """`publish` makes one small thing at any platform; `keys` that a platform knows are one's own."""

    clock: VirtualClock
    platforms: Platforms
    lines: PlatformLines
    http: httpx.AsyncClient

    async def publish(
        self, platform: str, opened: Mapping[str, Any], text: str = "tea", key: str | None = None
    ) -> httpx.Response:
        """`opened` is what `open` answered."""
        write = getattr(self, f"_{platform}")
        answer: httpx.Response = await write(opened, text, key or uuid4().hex)
        return answer

    async def open(self, platform: str, name: str = "ada") -> dict[str, Any]:
        """An account at the platform, and its session where there is one."""
        given = self.platforms[platform].new_account(name)
        opened = {**given["credentials"], **given["settings"]}
        if platform == "x":
            return dict(self.platforms.x.new_tokens(name))
        if platform == "bluesky":
            body = {"identifier": opened["identifier"], "password": opened["password"]}
            session = await self.http.post(self.bluesky("server.createSession"), json=body)
            return {**opened, **session.json()}
        return opened

    def bluesky(self, method: str) -> str:
        return f"{self.platforms.bluesky.url}/xrpc/com.atproto.{method}"

    async def _x(self, opened: Mapping[str, Any], text: str, _: str) -> httpx.Response:
        return await self.http.post(
            f"{self.platforms.x.url}/2/tweets", json={"text": text}, headers=bearer(opened["access_token"])
        )

    async def _wordpress(self, opened: Mapping[str, Any], text: str, key: str) -> httpx.Response:
        return await self.http.post(
            f"{opened['site']}/wp-json/wp/v2/posts",
            json={"title": text, "content": f"<p>{text}</p>", "status": "publish", "slug": f"tea-{key}"},
            auth=(opened["username"], opened["password"]),
        )

    async def _mastodon(self, opened: Mapping[str, Any], text: str, key: str) -> httpx.Response:
        return await self.http.post(
            f"{opened['server']}/api/v1/statuses",
            json={"status": text},
            headers={**bearer(opened["token"]), "Idempotency-Key": key},
        )

    async def _bluesky(self, opened: Mapping[str, Any], text: str, key: str) -> httpx.Response:
        rkey = "3" + "".join(TID_LETTERS[ord(letter) % 32] for letter in key[:12].ljust(12, "a"))
        record = {"$type": POST, "text": text, "createdAt": self.clock.now().isoformat()}
        return await self.http.post(
            self.bluesky("repo.createRecord"),
            json={"repo": opened["did"], "collection": POST, "rkey": rkey, "record": record},
            headers=bearer(opened["accessJwt"]),
        )

    async def _discord(self, opened: Mapping[str, Any], text: str, _: str) -> httpx.Response:
        return await self.http.post(f"{opened['url']}?wait=true", json={"content": text})

    async def _slack(self, opened: Mapping[str, Any], text: str, _: str) -> httpx.Response:
        return await self.http.post(opened["url"], json={"text": text})

    async def _newsletter(self, opened: Mapping[str, Any], text: str, key: str) -> httpx.Response:
        mail = {"from": opened["from"], "to": ["reader@example.com"], "subject": text, "html": f"<p>{text}</p>"}
        headers = {**bearer(opened["apiKey"]), "Idempotency-Key": key}
        return await self.http.post(f"{self.platforms.resend.url}/emails", json=mail, headers=headers)

    async def _webhook(self, opened: Mapping[str, Any], text: str, key: str) -> httpx.Response:
        body = json.dumps({"type": "post.published", "timestamp": START.isoformat(), "data": {"text": text}})
        return await self.http.post(opened["url"], content=body, headers=self.signed(opened, key, body))

    def signed(self, opened: Mapping[str, Any], key: str, body: str, age: timedelta = timedelta(0)) -> dict[str, str]:
        at = self.clock.now() - age
        return {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(opened["secret"]).sign(key, at, body),
        }


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def open_platforms() -> AsyncIterator[PlatformDesk]:
    clock = VirtualClock(START)
    with listen() as sock:
        platforms = make_platforms(clock, url_of(sock), LocalSecrets.fresh())
        lines = PlatformLines.to(platforms)
        async with serving(lines, sock), httpx.AsyncClient(timeout=5) as http:
            yield PlatformDesk(clock, platforms, lines, http)
