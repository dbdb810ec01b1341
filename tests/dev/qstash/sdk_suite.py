"""Upstash's own test suite of its Python SDK, run from a checkout against our QStash stand-in in real time.

    python -m tests.dev.qstash.sdk_suite CHECKOUT [PYTHON] [pytest arguments…]

CHECKOUT is a working tree of https://github.com/upstash/qstash-py outside of this project. PYTHON is an interpreter
with `pytest pytest-asyncio python-dotenv qstash 'pyjwt<2.10'` (their test_receiver signs with a float `jti`, which
newer PyJWT refuses); ours by default. The suite calls fixed hosts on the internet: here they are played in-process.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dev.clock import RealClock
from dev.qstash import DEV_KEYS, DEV_TOKEN, create_qstash
from dev.serving import listen, serving, url_of

_TEXTS = {200: "200 OK", 201: "201 Created", 404: "404 Not Found"}


async def _status(request: Request) -> Response:
    """mock.httpstatus.io: the status is in the path, `sleep` is in milliseconds."""
    status = request.path_params["status"]
    await asyncio.sleep(int(request.query_params.get("sleep", "0")) / 1000)
    return PlainTextResponse(_TEXTS[status], status)


async def _completion(_: Request) -> Response:
    """api.openai.com, as far as anybody looks."""
    return JSONResponse({"choices": [{"message": {"role": "assistant", "content": "hello"}}]})


_DESTINATIONS = Starlette(
    routes=[
        Route("/{status:int}", _status, methods=["GET", "POST"]),
        Route("/v1/chat/completions", _completion, methods=["POST"]),
    ]
)


async def run_suite(checkout: Path, python: str = sys.executable, arguments: Sequence[str] = ()) -> int:
    """The suite's exit code; 0 is all passed."""
    played = httpx.ASGITransport(_DESTINATIONS)
    hosts = {"https://mock.httpstatus.io": played, "https://api.openai.com": played}
    sock = listen()
    async with (
        httpx.AsyncClient(mounts=hosts) as http,
        create_qstash(RealClock().now, http=http) as qstash,
        serving(qstash.app, sock),
    ):
        delivering = asyncio.create_task(qstash.serve())
        environment = {
            **os.environ,
            "QSTASH_URL": url_of(sock),
            "QSTASH_TOKEN": DEV_TOKEN,
            "QSTASH_CURRENT_SIGNING_KEY": DEV_KEYS.current,
            "QSTASH_NEXT_SIGNING_KEY": DEV_KEYS.next,
            "OPENAI_API_KEY": "not-used",
        }
        command = (python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
        suite = await asyncio.create_subprocess_exec(*command, cwd=checkout, env=environment)
        finished = asyncio.create_task(suite.wait())
        try:
            await asyncio.wait((finished, delivering), return_when=asyncio.FIRST_COMPLETED)
            if delivering.done():
                await delivering  # why deliveries stopped
            return finished.result()
        finally:
            delivering.cancel()
            if suite.returncode is None:
                suite.kill()
                await suite.wait()


if __name__ == "__main__":
    checkout, python, *rest = [*sys.argv[1:], *([sys.executable] if len(sys.argv) == 2 else [])]
    sys.exit(asyncio.run(run_suite(Path(checkout), python, rest)))
