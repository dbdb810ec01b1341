"""The deployed files, and nothing else of the project, under the runtime that Vercel really uses."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.hosts.deployment import (
    CRON,
    CRON_SECRET,
    NEXT_SIGNING_KEY,
    SIGNING_KEY,
    VERCEL_ENVIRONMENT,
    WEBHOOK,
    copy_bundle,
    signed,
)
from tests.hosts.vercel_instance import VercelInstance

# Signed, but nothing that could be acted on: only a verified sender is told so (489), and no database is needed for it.
UNREADABLE = '{"text": "안녕하세요"}'.encode()

LIFESPAN_PROBE = """
from api.index import app as real

class App:
    async def __call__(self, scope, receive, send):
        async def told(message):
            if scope["type"] == "lifespan":
                print(message["type"], flush=True)
            await send(message)
        await real(scope, receive, told)

app = App()
"""

# What the runtime's other entrance, used where the platform calls a function instead of a port, answers.
FUNCTION_CALL = """
import json, sys
from vercel_runtime import vc_init
event = {"body": sys.stdin.read()}
print(json.dumps(vc_init.vc_handler(event, None)))
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def instance(bundle: Path) -> Iterator[VercelInstance]:
    with VercelInstance(bundle, VERCEL_ENVIRONMENT) as started:
        yield started


def test_the_bundle_starts_and_answers(instance: VercelInstance) -> None:
    reply = instance.request("GET", "/api/nothing-here")
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/json"


def test_a_message_signed_by_qstash_is_let_in_under_the_production_domain(instance: VercelInstance) -> None:
    reply = deliver(instance, UNREADABLE, signed(UNREADABLE))
    assert (reply.status_code, reply.headers["upstash-nonretryable-error"]) == (489, "true")


def test_a_message_signed_with_the_next_key_is_let_in(instance: VercelInstance) -> None:
    assert deliver(instance, UNREADABLE, signed(UNREADABLE, key=NEXT_SIGNING_KEY)).status_code == 489


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "not-a-token",
        signed(UNREADABLE, key="sig_somebody_elses_key_0123456789abcdef"),
        signed(UNREADABLE + b" "),
        signed(UNREADABLE, "/api/qstash/failed"),
        signed(UNREADABLE, base="https://drumbeat-1a2b3c-team.vercel.app"),
    ],
    ids=["none", "garbage", "wrong key", "other body", "other path", "other domain"],
)
def test_a_forged_message_is_turned_away(instance: VercelInstance, forged: str) -> None:
    assert deliver(instance, UNREADABLE, forged).status_code == 401


def test_the_path_reaches_the_app_as_it_was_asked_for(instance: VercelInstance) -> None:
    """A rewrite in vercel.json would make every path `/api/index`: the signature is over the path, so it would show."""
    path = f"{WEBHOOK}?from=test"
    reply = instance.request("POST", path, content=UNREADABLE, headers={"upstash-signature": signed(UNREADABLE, path)})
    assert reply.status_code == 489


def test_the_cron_is_closed_to_strangers(instance: VercelInstance) -> None:
    assert instance.request("GET", CRON, headers={"authorization": "Bearer wrong"}).status_code == 401


def test_the_cron_is_reached_with_its_secret_and_not_redirected(instance: VercelInstance) -> None:
    reply = instance.request("GET", CRON, headers={"authorization": f"Bearer {CRON_SECRET}"})
    assert reply.status_code == 503  # let in; there is no database behind this deployment
    assert reply.json()["error"]["code"] == "not_configured"


def test_every_request_ends_its_invocation(instance: VercelInstance) -> None:
    """An invocation that is not reported as ended is billed until maxDuration."""
    before = sum(message["type"] == "end" for message in instance.messages)
    instance.request("GET", "/api/nothing-here")
    instance.wait_for("end", number=before + 1)


def test_the_app_is_opened_and_closed_and_says_no_secret(tmp_path: Path) -> None:
    copy_bundle(tmp_path)
    (tmp_path / "probe.py").write_text(LIFESPAN_PROBE)
    with VercelInstance(tmp_path, VERCEL_ENVIRONMENT, module="probe") as instance:
        assert deliver(instance, UNREADABLE, signed(UNREADABLE)).status_code == 489
        assert deliver(instance, UNREADABLE, "forged").status_code == 401
        assert instance.stop() == -signal.SIGTERM
    log = instance.log()
    assert "lifespan.startup.complete" in log
    assert "lifespan.shutdown.complete" in log
    assert "webhook.unproven" in log
    assert not [secret for secret in (SIGNING_KEY, NEXT_SIGNING_KEY, CRON_SECRET) if secret in log]
    assert "안녕하세요" not in log


def test_the_function_entrance_answers_too(bundle: Path) -> None:
    environment = {
        **VERCEL_ENVIRONMENT,
        "__VC_HANDLER_MODULE_NAME": "api.index",
        "__VC_HANDLER_ENTRYPOINT": "api/index.py",
        "__VC_HANDLER_ENTRYPOINT_ABS": str(bundle / "api/index.py"),
        "__VC_HANDLER_VENDOR_DIR": "_vendor",
        "__VC_HANDLER_VARIABLE_NAME": "app",
    }
    headers = {"host": "drumbeat.example", "upstash-signature": signed(UNREADABLE)}
    call = {"method": "POST", "path": WEBHOOK, "headers": headers, "body": UNREADABLE.decode()}
    finished = subprocess.run(
        [sys.executable, "-c", FUNCTION_CALL],
        input=json.dumps(call),
        cwd=bundle,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    reply = json.loads(finished.stdout.splitlines()[-1])
    assert reply["statusCode"] == 489


def deliver(instance: VercelInstance, body: bytes, signature: str) -> httpx.Response:
    headers = {"upstash-signature": signature, "content-type": "application/json"}
    return instance.request("POST", WEBHOOK, content=body, headers=headers)
