"""The page at `/`, the one for people without a login, and their files.

No build step, nothing from elsewhere: the policy below allows no other origin.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

router = APIRouter(include_in_schema=False)

SCRIPTS = (
    "accounts", "api", "app", "approval", "ask", "board", "cadence", "connecting", "consent", "content", "deciding",
    "editor", "english", "english-publishing", "forecast", "history", "korean", "korean-publishing", "landing",
    "letters", "models", "needs", "pace", "package", "page", "places", "publications", "publishing", "returned",
    "review", "rewording", "secrets", "settling", "stop", "targets", "wish", "words", "workspace",
)  # fmt: skip
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/approval": ("approval.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript; charset=utf-8") for name in SCRIPTS},
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Page(NamedTuple):
    """A file as it is sent. `tag` changes with its content."""

    body: bytes
    media_type: str
    tag: str


@lru_cache
def read_page(path: str) -> Page:
    name, media_type = FILES[path]
    body = (Path(__file__).parent / "static" / name).read_bytes()
    return Page(body, media_type, f'"{hashlib.sha256(body).hexdigest()[:16]}"')


async def send_page(request: Request) -> Response:
    """Asked for again at each visit, sent again only if it has changed."""
    page = read_page(request.url.path)
    headers = {"Cache-Control": "no-cache", "ETag": page.tag, "Content-Security-Policy": POLICY}
    if page.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(page.body, media_type=page.media_type, headers=headers)


for _path in FILES:
    router.add_api_route(_path, send_page, methods=["GET", "HEAD"])
