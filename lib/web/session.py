"""Signing in and out with a password, for our own pages: the tokens stay in cookies that scripts cannot read."""

from fastapi import APIRouter, Depends, Request, Response

from lib import logs
from lib.domain.person import Person
from lib.errors import DrumbeatError
from lib.web.answers import SessionAnswer, SignUpAnswer
from lib.web.callers import Outside
from lib.web.documented import BODY, READING, operation_id, refusals
from lib.web.people import (
    SignedInPerson,
    forget_session,
    keep_session,
    refuse_other_sites,
    signed_in,
    visitor_of,
)
from lib.web.requests import Credentials
from lib.web.strict_json import StrictRoute

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["session"], generate_unique_id_function=operation_id)


async def not_from_another_site(request: Request, services: Outside) -> None:
    """Nobody may sign a visitor in to an account of theirs. Programs, which send neither header, may sign in."""
    if "sec-fetch-site" in request.headers or "origin" in request.headers:
        refuse_other_sites(request, services.settings)


SIGNING_IN = refusals(*BODY, 401, 403, 409, 422, 429, 503)
OUR_PAGES = [Depends(not_from_another_site)]


@router.post("/session", responses=SIGNING_IN, dependencies=OUR_PAGES)
async def sign_in(credentials: Credentials, request: Request, services: Outside) -> SessionAnswer:
    """Sign in with a password; the session is in the cookies of the answer."""
    visitor = visitor_of(request, services.settings)
    session = await services.identity.sign_in(credentials.email, credentials.password, services.clock(), visitor)
    keep_session(request, session, services)
    return answer(session.person)


@router.post("/signup", status_code=201, responses=SIGNING_IN, dependencies=OUR_PAGES)
async def sign_up(credentials: Credentials, request: Request, services: Outside) -> SignUpAnswer:
    """Make an account. It is signed in at once, unless the address has to be confirmed first."""
    visitor = visitor_of(request, services.settings)
    session = await services.identity.sign_up(credentials.email, credentials.password, services.clock(), visitor)
    if session is None:
        return SignUpAnswer(is_confirmed=False, session=None)
    keep_session(request, session, services)
    return SignUpAnswer(is_confirmed=True, session=answer(session.person))


@router.get("/session", responses=READING)
async def who_am_i(person: SignedInPerson) -> SessionAnswer:
    """Who is signed in."""
    return answer(person)


@router.delete("/session", status_code=204, response_class=Response, responses=refusals(403))
async def sign_out(request: Request, services: Outside) -> None:
    """End this session, here and at Supabase. Signed out already is fine too."""
    if "authorization" not in request.headers:
        refuse_other_sites(request, services.settings)
    try:
        person = await signed_in(request, services)
        await services.identity.sign_out(person.token)
    except DrumbeatError as exc:
        logs.info("session.not_ended", code=exc.code)
    forget_session(request, services.settings)


def answer(person: Person) -> SessionAnswer:
    return SessionAnswer(user_id=person.user_id, email=person.email, expires_at=person.expires_at)
