"""One page with what is to be seen at all platforms, newest first: for whoever plays with `make dev`."""

import html
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.platforms.stand_in import Made, StandIn

NEWEST = 200
STYLE = """body{font:15px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}
article{border-top:1px solid #8886;padding:.6rem 0}p{white-space:pre-wrap;margin:.3rem 0}small{opacity:.7}"""


def wall_of(stand_ins: Sequence[StandIn]) -> ASGIApp:
    async def wall(scope: Scope, receive: Receive, send: Send) -> None:
        answer: Response = HTMLResponse(page(stand_ins))
        if Request(scope).method != "GET":
            answer = Response(status_code=405)
        await answer(scope, receive, send)

    return wall


def page(stand_ins: Sequence[StandIn]) -> str:
    made = [(it, stand_in) for stand_in in stand_ins for it in stand_in.made]
    made.sort(key=lambda found: found[0].at, reverse=True)
    shown = "".join(article(it, stand_in) for it, stand_in in made[:NEWEST])
    doubles = sum(len(stand_in.doubles()) for stand_in in stand_ins)
    return (
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Published</title>'
        f"<style>{STYLE}</style><h1>What is published here</h1>"
        f"<p>{len(made)} in all; {doubles} of them to be seen twice.</p>{shown}"
    )


def article(made: Made, stand_in: StandIn) -> str:
    where = html.escape(f"{stand_in.platform} · {made.account} · {made.at:%d %b %H:%M:%S} UTC")
    return f"<article><small>{where}</small><p>{html.escape(made.text)}</p></article>"
