"""One delivery to a webhook that has just been started: the process of `benchmarks/cold_webhook.py`.

Argument: when the model's package is loaded. Standard input: the signed request, as JSON.
"""

import asyncio
import json
import sys

import httpx

from benchmarks.databases import DistantLine
from lib.app import create_app
from lib.settings import Settings

LOADS = ("beside the claim", "after the claim", "at the start")


async def deliver(loads: str, path: str, body: str, headers: dict[str, str]) -> None:
    settings = Settings.from_environment()
    app = create_app(settings, connect=lambda: httpx.AsyncClient(transport=DistantLine(), timeout=30))
    if loads == "after the claim":

        async def not_yet(model: str) -> None:
            """What loads the package is the call that needs it."""

        app.state.services.models.prepare = not_yet
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=settings.require("public_url")) as qstash:
        answer = await qstash.post(path, content=body, headers=headers)
    if answer.status_code != 200 or "done" not in answer.text.lower():
        raise AssertionError(f"{answer.status_code} {answer.text}")


if __name__ == "__main__":
    if sys.argv[1] == "at the start":
        import anthropic

        anthropic.DefaultAsyncHttpxClient()
    asyncio.run(deliver(sys.argv[1], **json.load(sys.stdin)))
