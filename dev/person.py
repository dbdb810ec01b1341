"""Somebody who uses the product over its HTTP API, as the page does. The demo, `make dev` and tests act through it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from dev.stack import Stack


class Refused(Exception):
    """The product said no; the message is its own."""


class Person:
    """A signed-in user. Signs in again by itself: access tokens last an hour, and virtual time flies."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient, email: str, password: str, token: str) -> None:
        self._stack = stack
        self._http = http
        self._email = email
        self._password = password
        self._token = token

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Raises Refused."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, **fields: Any) -> dict[str, Any]:
        """Raises Refused."""
        return await self._ask("POST", path, json=fields)

    async def visit(self, url: str) -> str:
        """Where a page sends the person on to; empty when it does not. Raises Refused."""
        answer = await self._answer("GET", url)
        return str(answer.headers.get("location", ""))

    async def pages(self, path: str, items: str, **query: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        found: list[dict[str, Any]] = []
        page: Mapping[str, Any] = {"nextCursor": ""}
        while (cursor := page["nextCursor"]) is not None:
            page = await self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            found += page[items]
        return found

    async def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        told: dict[str, Any] = (await self._answer(method, path, **how)).json()
        return told

    async def _answer(self, method: str, path: str, **how: Any) -> httpx.Response:
        answer = await self._http.request(method, path, headers={"Authorization": f"Bearer {self._token}"}, **how)
        if answer.status_code == 401:
            self._token = await self._stack.sign_in(self._email, self._password)
            answer = await self._http.request(method, path, headers={"Authorization": f"Bearer {self._token}"}, **how)
        if answer.is_error:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer


@asynccontextmanager
async def signed_in(stack: Stack, email: str, password: str) -> AsyncIterator[Person]:
    """A person who signs up, or in if they have before."""
    try:
        token = await stack.sign_up(email, password)
    except httpx.HTTPStatusError as exc:
        if exc.response.status_code != 422:
            raise
        token = await stack.sign_in(email, password)
    async with httpx.AsyncClient(base_url=stack.url, timeout=60) as http:
        yield Person(stack, http, email, password, token)
