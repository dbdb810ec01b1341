"""For whoever plays with `make dev`: what is to be seen at all platforms, and what to fill in to connect accounts."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dev.platforms.stand_in import Made, StandIn

NEWEST = 200
WALL, ACCOUNTS = "/", "/_dev/accounts"
STYLE = """body{font:15px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}
article{border-top:1px solid #8886;padding:.6rem 0}p{white-space:pre-wrap;margin:.3rem 0}small{opacity:.7}
td{padding:.1rem .8rem .1rem 0;vertical-align:top;overflow-wrap:anywhere}"""


def make_wall(stand_ins: Sequence[StandIn], new_account: Callable[[str, str], Mapping[str, Any]]) -> Starlette:
    def wall(_: Request) -> Response:
        made = [(it, stand_in) for stand_in in stand_ins for it in stand_in.made]
        made.sort(key=lambda found: found[0].at, reverse=True)
        doubles = sum(len(stand_in.doubles()) for stand_in in stand_ins)
        shown = "".join(_article(it, stand_in) for it, stand_in in made[:NEWEST])
        said = f'{len(made)} in all; {doubles} of them to be seen twice. <a href="{ACCOUNTS}">Accounts to connect</a>'
        return _page("What is published here", f"<p>{said}</p>{shown}", refreshes=True)

    def accounts(request: Request) -> Response:
        name = request.query_params.get("name", "you")
        forms = [new_account(it.platform, name) for it in stand_ins if it.platform != "x"]
        shown = "".join(_form(form) for form in forms)
        return _page("Accounts to connect", f"<p>Keys are new with every look; older ones keep working.</p>{shown}")

    return Starlette(routes=[Route(WALL, wall), Route(ACCOUNTS, accounts)])


def _page(title: str, body: str, *, refreshes: bool = False) -> Response:
    refresh = '<meta http-equiv="refresh" content="5">' if refreshes else ""
    head = f'<!doctype html><meta charset="utf-8">{refresh}<title>{title}</title><style>{STYLE}</style>'
    return HTMLResponse(f"{head}<h1>{title}</h1>{body}")


def _article(made: Made, stand_in: StandIn) -> str:
    where = html.escape(f"{stand_in.platform} · {made.account} · {made.at:%d %b %H:%M:%S} UTC")
    return f"<article><small>{where}</small><p>{html.escape(made.text)}</p></article>"


def _form(form: Mapping[str, Any]) -> str:
    fields = {**form["settings"], **form["credentials"]}
    rows = "".join(f"<tr><td>{html.escape(it)}<td><code>{html.escape(fields[it])}</code>" for it in fields)
    return f"<article><b>{html.escape(form['platform'])}</b><table>{rows}</table></article>"
