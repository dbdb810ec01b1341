"""Where a platform sends a person's browser back to, after they have said yes or no there.

Browsers do not send our session along with a request that another site has caused, so the first knock is answered with
a page that does nothing but knock again, from our own site. What came back is never shown, and of where it ends only
three fixed words are told.
"""

import base64
import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lib.errors import Forbidden, Unauthenticated
from lib.pipeline.connect_by_oauth import CALLBACK, Returned, end_connection
from lib.web.callers import Outside
from lib.web.people import signed_in

router = APIRouter(include_in_schema=False)

AGAIN = "again"  # in the query of the second knock
SCRIPT = f"location.replace(location.pathname + (location.search || '?') + '&{AGAIN}=1')"
PAGE = f'<!doctype html><meta charset="utf-8"><title>Drumbeat</title><script>{SCRIPT}</script>'
ONLY_THIS_SCRIPT = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": f"default-src 'none'; script-src 'sha256-{ONLY_THIS_SCRIPT}'; frame-ancestors 'none'",
}


@router.get(CALLBACK)
async def return_from_platform(request: Request, services: Outside) -> Response:
    """Ends what POST /api/account/begin began: the person must be signed in here, and be the same."""
    asked = request.query_params
    try:
        person = await signed_in(request, services)
    except Unauthenticated:
        return back(Returned.EXPIRED) if AGAIN in asked else HTMLResponse(PAGE, headers=HEADERS)
    except Forbidden:
        return back(Returned.EXPIRED)
    user = services.store.as_user(person.token)
    code = None if "error" in asked else asked.get("code")
    return back(await end_connection(asked.get("state", ""), code, user, services, services.clock()))


def back(returned: Returned) -> Response:
    return RedirectResponse(f"/?account={returned}", 303, HEADERS)
