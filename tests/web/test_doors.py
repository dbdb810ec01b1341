"""Which doors are open when: those for machines from the start, those for people from the first person on."""

import subprocess
import sys

import httpx
import pytest

from lib.app import create_app
from lib.settings import Settings

# A cold start, a delivery that proves nothing, then somebody who asks for the page.
COLD_START = """
import asyncio, sys, httpx, api.index

def are_people_in():
    return {"lib.web.requests", "lib.web.schedules", "lib.web.runs"} & sys.modules.keys() != set()

async def main():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api.index.app), base_url="https://drum.example") as web:
        knocked = await web.post("/api/content/generate-scheduled", content=b"{}")
        print(knocked.status_code, are_people_in())
        page = await web.get("/")
        print(page.status_code, are_people_in())

asyncio.run(main())
"""


def test_a_cold_webhook_does_not_load_what_only_people_need() -> None:
    ran = subprocess.run([sys.executable, "-c", COLD_START], capture_output=True, text=True, check=True, env={})
    assert [line for line in ran.stdout.splitlines() if not line.startswith("{")] == ["404 False", "200 True"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/schedules", 401),
        ("GET", "/api/schedule/create", 405),
        ("GET", "/api/openapi.json", 200),
        ("GET", "/api/nothing", 404),
        ("GET", "/", 200),
        ("PUT", "/api/cron/check-schedules", 405),
    ],
)
async def test_the_first_request_of_all_is_answered_like_any_other(method: str, path: str, status: int) -> None:
    app = create_app(Settings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://drumbeat.example") as web:
        first, second = [await web.request(method, path) for _ in range(2)]
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == status
    assert first.headers.get("allow") == second.headers.get("allow")
