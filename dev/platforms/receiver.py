"""Somebody's own server that takes Standard Webhooks 1.0.0 (github.com/standard-webhooks), verified with their package.

A `webhook-id` that it has seen is answered well and changes nothing, as the specification wants of receivers. One
publication that comes under two ids, even with another text, is there twice.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any

from standardwebhooks import Webhook
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.platforms.script import Doing
from dev.platforms.stand_in import Holder, StandIn
from dev.platforms.wire import Refusal, fingerprint, media_type

TOLERANCE = timedelta(minutes=5)
SECRET_PREFIX = "whsec_"  # noqa: S105
TEST = "connection.test"  # nothing that anybody would see


class Receiver(StandIn):
    """`hooks` are the bodies that it took, by `webhook-id`."""

    name = "receiver"

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.hooks: dict[str, Mapping[str, Any]] = {}

    @property
    def platform(self) -> str:
        return "webhook"

    def routes(self) -> list[Route]:
        return [Route("/hooks/{id}", self._take, methods=["POST"])]

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        secret = f"{SECRET_PREFIX}{self.new_secret(holder.name)[:44]}"  # hexadecimal is base64 as well: 33 bytes
        holder.keys.add(secret)
        return {"credentials": {"url": f"{self.url}/hooks/{holder.id}", "secret": secret}, "settings": {}}

    async def _take(self, request: Request) -> Response:
        holder = next((it for it in self.holders.values() if it.id == request.path_params["id"]), None)
        if holder is None:
            raise Refusal(404, "no such hook")
        self.present(holder)
        body = await request.body()
        headers, kind = dict(request.headers), media_type(request)
        return await self.answer(request, holder, Doing.MAKE, lambda: self._make(holder, headers, kind, body))

    def _make(self, holder: Holder, headers: Mapping[str, str], kind: str, body: bytes) -> Response:
        webhook_id = self._verified(holder, headers, body)
        if kind != "application/json":
            raise Refusal(415, "application/json is wanted")
        hook = _read(body)
        if hook["type"] == TEST:
            return JSONResponse({"received": True})
        if webhook_id in self.hooks:
            self.repeats[holder.name] += 1
            if self.hooks[webhook_id]["data"] != hook["data"]:
                raise Refusal(409, "the same webhook-id with other data")
            return JSONResponse({"received": True})
        self.hooks[webhook_id] = hook
        said = json.dumps(hook["data"], ensure_ascii=False)
        same = {fingerprint(hook["type"], hook["data"]), fingerprint(hook["data"].get("publicationId", webhook_id))}
        self.keep(holder, said, *same, external_id=webhook_id, url=None)
        return JSONResponse({"received": True})

    def _verified(self, holder: Holder, headers: Mapping[str, str], body: bytes) -> str:
        """The package's own `verify` reads the machine's clock; ours is the stack's."""
        webhook_id, given = headers.get("webhook-id", ""), headers.get("webhook-signature", "")
        try:
            at = datetime.fromtimestamp(int(headers.get("webhook-timestamp", "")), UTC)
        except (ValueError, OverflowError) as exc:
            raise self.unauthorized() from exc
        if not webhook_id or "." in webhook_id or abs(self.clock.now() - at) > TOLERANCE:
            raise self.unauthorized()
        wanted = [Webhook(secret).sign(webhook_id, at, body.decode()) for secret in holder.keys]
        if not any(compare_digest(one, other) for one in wanted for other in given.split(" ")):
            raise self.unauthorized()
        return webhook_id

    def complain(self, refusal: Refusal) -> Response:
        return JSONResponse({"error": refusal.message}, refusal.status)

    def unauthorized(self) -> Refusal:
        return Refusal(401, "the signature does not verify")

    def gone(self) -> Refusal:
        return Refusal(410, "this hook is not there any more")

    def throttled(self, retry_after: timedelta) -> Refusal:
        return Refusal(429, "slow down", headers={"Retry-After": str(-(-retry_after // timedelta(seconds=1)))})


def _read(body: bytes) -> Mapping[str, Any]:
    """Raises Refusal."""
    try:
        hook = json.loads(body)
        datetime.fromisoformat(hook["timestamp"])
    except (ValueError, KeyError, TypeError) as exc:
        raise Refusal(400, "a body of type, timestamp and data is wanted") from exc
    if not isinstance(hook.get("type"), str) or not isinstance(hook.get("data"), dict):
        raise Refusal(400, "a body of type, timestamp and data is wanted")
    return hook  # type: ignore[no-any-return]
