"""A person's program: speaks the product's HTTP API with a token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from dev.stack import Stack

PASSWORD = "a long password"


class Client:
    """`post` and `get` answer the JSON of a success; `refused` the error of a refusal, with its status."""

    def __init__(self, http: httpx.AsyncClient, stack: Stack, email: str) -> None:
        self.http = http
        self.stack = stack
        self.email = email

    @classmethod
    @asynccontextmanager
    async def signed_up(cls, stack: Stack, email: str) -> AsyncIterator["Client"]:
        token = await stack.sign_up(email, PASSWORD)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=30) as http:
            yield cls(http, stack, email)

    async def sign_in_again(self) -> None:
        """A token lasts an hour of the stack's time."""
        self.http.headers["Authorization"] = f"Bearer {await self.stack.sign_in(self.email, PASSWORD)}"

    async def post(self, path: str, body: object, *, key: str | None = None, status: int | None = None) -> Any:
        reply = await self.http.post(path, json=body, headers={"Idempotency-Key": key} if key else {})
        assert reply.is_success, reply.text
        assert status in (None, reply.status_code), reply.text
        return reply.json()

    async def get(self, path: str, **query: object) -> Any:
        reply = await self.http.get(path, params=query)
        assert reply.is_success, reply.text
        return reply.json()

    async def refused(self, status: int, path: str, body: object = None, *, key: str | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        reply = await (self.http.get(path) if body is None else self.http.post(path, json=body, headers=headers))
        assert reply.status_code == status, (reply.status_code, reply.text)
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "no-store"
        return reply.json()["error"]

    async def create(self, **fields: object) -> Any:
        """A new schedule; by default every three hours from 09:00 in Seoul."""
        return (await self.post("/api/schedule/create", wish(**fields), status=201))["schedule"]

    async def update(self, schedule: Any, **changes: object) -> Any:
        body = {"scheduleId": schedule["id"], "revision": schedule["revision"], **changes}
        return (await self.post("/api/schedule/update", body))["schedule"]

    async def schedule(self, schedule_id: str) -> Any:
        return (await self.get(f"/api/schedules/{schedule_id}"))["schedule"]

    async def runs(self, schedule_id: str) -> Any:
        return (await self.get(f"/api/schedules/{schedule_id}/runs"))["runs"]

    async def workspace(self) -> Any:
        return (await self.get("/api/workspaces"))["workspaces"][0]

    async def subscribe(self, plan: str) -> None:
        """Billing has no door for people."""
        workspace, now = await self.workspace(), self.stack.clock.now()
        await self.stack.app.state.services.store.set_subscription(
            workspace_id=workspace["id"], plan=plan, status="active", period_end=None, now=now
        )


def wish(**fields: object) -> dict[str, object]:
    return {"name": "Tea", "contentType": "x_post", "frequency": "3hours", "timeOfDay": "09:00", **fields}
