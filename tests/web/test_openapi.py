"""The OpenAPI document is true: what it says is what the doors do, and nothing it allows breaks them."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from dev.stack import Stack
from lib.app import create_app
from lib.settings import Settings
from tests.web.client import Client

WITHOUT_SIGN_IN = {
    ("post", "/api/session"),
    ("post", "/api/signup"),
    ("delete", "/api/session"),
    ("post", "/api/approval/read"),
    ("post", "/api/approval/decide"),
}
JUDGED = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection,unsupported_method,allow_header_conformance,ignored_auth"
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, it) for path, item in document["paths"].items() for method, it in item.items()]


def test_every_door_for_people_is_in_the_document(document: dict[str, Any]) -> None:
    assert {f"{method} {path}" for method, path, _ in operations(document)} == {
        *(
            f"post /api/schedule/{verb}"
            for verb in ("create", "update", "delete", "restore", "run", "pause", "resume", "preview")
        ),
        "post /api/automation/workflow",
        *(f"post /api/content/{verb}" for verb in ("edit", "approve", "reject", "approval-link")),
        *(f"post /api/approval/{verb}" for verb in ("read", "decide")),
        *(f"post /api/dead-letter/{verb}" for verb in ("replay", "replay-many", "discard")),
        *(f"post /api/workspace/{verb}" for verb in ("caps", "stop", "resume")),
        *(f"post /api/account/{verb}" for verb in ("connect", "begin", "test", "update", "remove")),
        *(f"post /api/publication/{verb}" for verb in ("create", "retry", "continue", "void", "mark-published")),
        "get /api/dead-letters",
        "get /api/workspace/held",
        "get /api/publications/{publicationId}/package",
        "post /api/alert/resolve",
        *(
            f"get /api/{what}"
            for what in (
                "schedules",
                "schedules/{scheduleId}",
                "schedules/{scheduleId}/runs",
                "runs/{runId}",
                "contents",
                "contents/{contentId}",
                "publications",
                "publications/{publicationId}",
                "accounts",
                "accounts/{accountId}",
                "platforms",
                "workspaces",
                "alerts",
                "models",
                "session",
            )
        ),
        "post /api/session",
        "delete /api/session",
        "post /api/signup",
    }


def test_every_refusal_has_the_one_error_shape(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}, (method, path, status)


def test_every_door_but_the_sign_in_says_how_to_prove_who_one_is(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        schemes = [next(iter(one)) for one in operation.get("security", [])]
        expected = [] if (method, path) in WITHOUT_SIGN_IN else ["HTTPBearer", "APIKeyCookie"]
        assert schemes == expected, (method, path)


def test_every_body_refuses_what_it_does_not_name(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        if "requestBody" in operation:
            name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            assert document["components"]["schemas"][name]["additionalProperties"] is False, path


def test_names_on_the_wire_are_camel_case(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field in schema.get("properties", {}):
            assert "_" not in field, (name, field)


@pytest.mark.timeout(300)  # a Python of its own that tries some thousand requests
async def test_schemathesis_finds_nothing_that_the_document_does_not_say(
    ada: Client, stack: Stack, tmp_path: Path
) -> None:
    command = (sys.executable, "-m", "schemathesis.cli", "run", f"{stack.url}/api/openapi.json", "--checks", JUDGED,
               "--header", f"Authorization: {ada.http.headers['Authorization']}", "--max-examples", "5", "--seed", "1",
               "--phases", "examples,coverage,fuzzing", "--no-color", "--suppress-health-check", "all")  # fmt: skip
    judge = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await judge.communicate()
    assert judge.returncode == 0, told.decode()


async def test_no_change_that_the_document_allows_breaks_a_real_schedule(ada: Client, stack: Stack) -> None:
    """Schemathesis knows no schedule, so it only ever meets 404; here its bodies meet a real one."""
    schedule = await ada.create()
    document = (await ada.http.get("/api/openapi.json")).json()
    api = schemathesis.openapi.from_dict(document)
    update, preview = (api[f"/api/schedule/{verb}"]["POST"] for verb in ("update", "preview"))

    def judge() -> set[int]:
        statuses: set[int] = set()
        with httpx.Client(base_url=stack.url, headers=ada.http.headers) as http:

            @settings(
                max_examples=150,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(st.one_of(update.as_strategy(), preview.as_strategy()))
            def try_one(case: schemathesis.Case) -> None:
                assert isinstance(case.body, dict)
                body = case.body
                if case.operation is update:
                    known = http.get(f"/api/schedules/{schedule['id']}").json()["schedule"]
                    body = {**body, "scheduleId": known["id"], "revision": known["revision"]}
                reply = http.post(case.path, content=json.dumps(body), headers={"Content-Type": "application/json"})
                statuses.add(reply.status_code)
                case.validate_response(reply, checks=[not_a_server_error])
                assert reply.status_code in (200, 404, 422), reply.text

            try_one()
        return statuses

    assert {200, 422} <= await asyncio.to_thread(judge)
    await ada.stack.advance(timedelta(minutes=1))
    await ada.schedule(schedule["id"])
