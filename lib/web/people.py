"""Which person is calling? By their access token, or by the session cookie of our own pages.

A cookie is sent by the browser whoever made it send the request, so with one a request that changes something must
come from our own origin. Two cookies: the access token, and the refresh token that renews it when it has expired.
"""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer

from lib.domain.person import Person, SignedIn
from lib.errors import Forbidden, Unauthenticated
from lib.settings import Settings
from lib.web.callers import Outside
from lib.web.headers import set_cookie

ACCESS, REFRESH = "drumbeat_access", "drumbeat_refresh"
# Over https browsers keep a cookie of this prefix from being set by a neighbouring subdomain or over http.
HOST_PREFIX = "__Host-"
REFRESHABLE_FOR = 30 * 86_400
SAFE_METHODS = frozenset({"GET", "HEAD"})

# Only for the OpenAPI document: what they find is read again below, where its absence is answered in our own words.
bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A Supabase access token of this project.")
cookie = APIKeyCookie(
    name=ACCESS,
    auto_error=False,
    description="Set by POST /api/session; over https its name is __Host-drumbeat_access. Needs a same-origin request.",
)


async def signed_in(request: Request, services: Outside) -> Person:
    """Raises Unauthenticated, Forbidden for another site's request, Unavailable when Auth cannot be reached."""
    header = request.headers.get("authorization")
    if header is None:
        return await person_of_cookies(request, services)
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("token_invalid", "Send `Authorization: Bearer <access token>`.")
    return await services.identity.verify(token.strip(), services.clock())


async def documented_signed_in(
    person: Annotated[Person, Depends(signed_in)],
    _bearer: Annotated[object, Depends(bearer)],
    _cookie: Annotated[object, Depends(cookie)],
) -> Person:
    return person


async def person_of_cookies(request: Request, services: Outside) -> Person:
    access, refresh = (request.cookies.get(cookie_name(it, services.settings)) for it in (ACCESS, REFRESH))
    if not access and not refresh:
        raise Unauthenticated("signed_out", "Sign in first.")
    if request.method not in SAFE_METHODS:
        refuse_other_sites(request, services.settings)
    now = services.clock()
    try:
        if access:
            return await services.identity.verify(access, now)
    except Unauthenticated:
        if not refresh:
            raise
    try:
        session = await services.identity.refresh(refresh or "", now, visitor_of(request, services.settings))
    except Unauthenticated:
        forget_session(request, services.settings)
        raise
    keep_session(request, session, services)
    return session.person


def keep_session(request: Request, session: SignedIn, services: Outside) -> None:
    """Have the response carry the session's cookies."""
    settings, lifetime = services.settings, session.person.expires_at - services.clock()
    is_secure = is_https(settings)
    set_cookie(
        request.scope,
        cookie_name(ACCESS, settings),
        session.person.token,
        max(0, int(lifetime.total_seconds())),
        is_secure=is_secure,
    )
    set_cookie(
        request.scope, cookie_name(REFRESH, settings), session.refresh_token, REFRESHABLE_FOR, is_secure=is_secure
    )


def forget_session(request: Request, settings: Settings) -> None:
    for name in (ACCESS, REFRESH):
        set_cookie(request.scope, cookie_name(name, settings), "", 0, is_secure=is_https(settings))


def cookie_name(name: str, settings: Settings) -> str:
    return f"{HOST_PREFIX}{name}" if is_https(settings) else name


def is_https(settings: Settings) -> bool:
    return (settings.callback_url or "").startswith("https://")


def refuse_other_sites(request: Request, settings: Settings) -> None:
    """Raises Forbidden unless the browser says that one of our own pages made this request.

    Sec-Fetch-Site where it is sent (https and localhost), else Origin: browsers add it to whatever may change things.
    """
    if not is_from_us(request, settings):
        raise Forbidden("other_site", "With a session cookie this must come from our own pages; or use a token.")


def is_from_us(request: Request, settings: Settings) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site == "same-origin"
    ours = {request.headers.get("host"), urlsplit(settings.callback_url or "").netloc} - {None, ""}
    return origin is not None and urlsplit(origin).netloc in ours


def visitor_of(request: Request, settings: Settings) -> str | None:
    """The visitor's IP address, if a header that they cannot set themselves tells it."""
    told = request.headers.get(settings.client_ip_header, "") if settings.client_ip_header else ""
    try:
        return str(ip_address(told.partition(",")[0].strip()))
    except ValueError:
        return None


SignedInPerson = Annotated[Person, Depends(documented_signed_in)]
