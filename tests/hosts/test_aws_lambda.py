"""The Lambda entry in a process of its own, invoked with the events that AWS sends."""

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.hosts.deployment import CRON, CRON_SECRET, DOMAIN, NEXT_SIGNING_KEY, ROOT, SIGNING_KEY, WEBHOOK, signed

ENVIRONMENT = {
    "AWS_LAMBDA_FUNCTION_NAME": "drumbeat",
    "PUBLIC_URL": f"https://{DOMAIN}",
    "QSTASH_CURRENT_SIGNING_KEY": SIGNING_KEY,
    "QSTASH_NEXT_SIGNING_KEY": NEXT_SIGNING_KEY,
    "CRON_SECRET": CRON_SECRET,
}
# One execution environment: the handler is imported once and invoked for each event, as Lambda's own runtime does.
RUNTIME = """
import json, sys
from lib.aws_lambda import handler
for event in json.load(sys.stdin):
    print("REPLY", json.dumps(handler(event, None)))
"""
UNREADABLE = '{"text": "안녕하세요"}'.encode()  # signed or not decides between 489 and 401, with no database needed


def test_a_signed_message_is_let_in_from_either_front_raw_or_base64() -> None:
    """QStash signs the bytes; API Gateway hands on text, or base64 when it takes the body for binary."""
    headers = {"upstash-signature": signed(UNREADABLE), "content-type": "application/json"}
    fronts = [(front, as_base64) for front in (http_api, function_url) for as_base64 in (False, True)]
    events = [front(WEBHOOK, UNREADABLE, headers, as_base64) for front, as_base64 in fronts]
    assert [reply["statusCode"] for reply in invoked(events)] == [489, 489, 489, 489]


def test_a_body_that_is_not_text_still_verifies() -> None:
    binary = b"\xff\xfe\x00not utf-8"
    event = function_url(WEBHOOK, binary, {"upstash-signature": signed(binary)}, as_base64=True)
    assert invoked([event])[0]["statusCode"] == 489


def test_a_forged_message_is_turned_away_from_either_front() -> None:
    headers = {"upstash-signature": signed(UNREADABLE + b" ")}
    replies = invoked([front(WEBHOOK, UNREADABLE, headers) for front in (http_api, function_url)])
    assert [reply["statusCode"] for reply in replies] == [401, 401]


def test_the_stage_of_an_http_api_is_part_of_the_signed_url_and_not_of_the_path() -> None:
    base = f"https://{DOMAIN}/prod"
    headers = {"upstash-signature": signed(UNREADABLE, base=base)}
    event = http_api(f"/prod{WEBHOOK}", UNREADABLE, headers)
    assert invoked([event], PUBLIC_URL=base)[0]["statusCode"] == 489


def test_the_reply_is_one_that_lambda_can_hand_on() -> None:
    reply = invoked([function_url(WEBHOOK, UNREADABLE, {"upstash-signature": signed(UNREADABLE)})])[0]
    assert reply["headers"]["upstash-nonretryable-error"] == "true"
    assert reply["isBase64Encoded"] is False
    assert json.loads(reply["body"])["error"]["code"] == "unusable"


class Database(ThreadingHTTPServer):
    """Answers every call with an empty work list and counts the connections it took."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EmptyWorkList)
        self.connections = 0

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class EmptyWorkList(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"overdue": [], "unarmed": [], "interrupted": [], "after": None}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Not on the test's output."""


@pytest.fixture
def database() -> Iterator[Database]:
    server = Database()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_connection_serves_all_invocations_of_an_execution_environment(database: Database) -> None:
    """A client that is closed after each invocation, or bound to an event loop of its own, would need a new one."""
    event = function_url(CRON, b"", {"authorization": f"Bearer {CRON_SECRET}"}, method="GET")
    url = f"http://127.0.0.1:{database.server_address[1]}"
    replies = invoked([event] * 3, SUPABASE_URL=url, SUPABASE_SECRET_KEY="sb_secret_test")
    assert [reply["statusCode"] for reply in replies] == [200, 200, 200]
    assert database.connections == 1


def invoked(events: list[dict[str, Any]], **more: str) -> list[dict[str, Any]]:
    """The replies of one execution environment to these events, in turn."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNTIME],
        input=json.dumps(events),
        cwd=ROOT,
        env={**ENVIRONMENT, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    printed = finished.stdout.splitlines()
    return [json.loads(line.removeprefix("REPLY ")) for line in printed if line.startswith("REPLY ")]


def http_api(
    path: str, body: bytes, headers: dict[str, str], as_base64: bool = False, method: str = "POST"
) -> dict[str, Any]:
    """An HTTP API's event, payload format 2.0, $default stage or one in the path."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "abc123.execute-api.eu-central-1.amazonaws.com", "x-forwarded-proto": "https", **headers},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": "abc123.execute-api.eu-central-1.amazonaws.com",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"},
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
            "timeEpoch": 1795219200000,
        },
        "body": base64.b64encode(body).decode() if as_base64 else body.decode(),
        "isBase64Encoded": as_base64,
    }


def function_url(
    path: str, body: bytes, headers: dict[str, str], as_base64: bool = False, method: str = "POST"
) -> dict[str, Any]:
    """A function URL's event: the same format; the account is anonymous, and an empty body is left out."""
    event = http_api(path, body, {**headers, "host": "xyz.lambda-url.eu-central-1.on.aws"}, as_base64, method)
    context = {**event["requestContext"], "accountId": "anonymous", "apiId": "xyz"}
    return {key: value for key, value in {**event, "requestContext": context}.items() if key != "body" or body}
