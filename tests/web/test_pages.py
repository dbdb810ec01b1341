"""The page at `/`, and what every response carries."""

from pathlib import Path

import pytest

from lib.web import pages
from tests.web.client import Client


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/html"), ("/approval", "text/html"), ("/app.js", "text/javascript"), ("/style.css", "text/css")],
)
async def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing_inline(
    ada: Client, path: str, media_type: str
) -> None:
    reply = await ada.http.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (200, f"{media_type}; charset=utf-8")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    if media_type == "text/html":
        assert "<script>" not in reply.text
        assert "style=" not in reply.text
        assert " onclick=" not in reply.text


async def test_a_page_that_has_not_changed_is_not_sent_again(ada: Client) -> None:
    first = await ada.http.get("/app.js")
    again = await ada.http.get("/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await ada.http.head("/app.js")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/schedules", "/api/nothing", "/api/openapi.json"])
async def test_every_response_is_protected(ada: Client, path: str) -> None:
    headers = (await ada.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


async def test_what_belongs_to_somebody_is_never_kept_by_a_cache(ada: Client) -> None:
    for path in ("/api/schedules", "/api/session", "/api/workspaces"):
        assert (await ada.http.get(path)).headers["cache-control"] == "no-store"


async def test_every_file_of_the_page_is_served(ada: Client) -> None:
    for file in Path(pages.__file__).with_name("static").iterdir():
        path = next(path for path, (name, _) in pages.FILES.items() if name == file.name)
        assert (await ada.http.get(path)).content == file.read_bytes()
