"""The product's table of contents: which doors there are, and what they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from lib.clock import Clock, utc_now
from lib.logs import open_logs
from lib.services import Services
from lib.settings import Settings
from lib.web import contents, crons, pages, schedules, session, webhooks
from lib.web.headers import ResponseHeaders
from lib.web.refused_input import install_input_replies
from lib.web.replies import install_error_replies

if TYPE_CHECKING:
    from lib.services import Connect


def create_app(settings: Settings, *, clock: Clock = utc_now, connect: "Connect | None" = None) -> FastAPI:
    """The whole product. `clock` is the one clock that everything in it goes by, `connect` opens its HTTP pool."""
    open_logs(settings.log_level)
    services = Services(settings, clock, connect)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield  # nothing is opened at the start: a host that freezes and thaws us opens what it needs at first use
        await services.close()

    # FastAPI's documentation page loads scripts from elsewhere, onto the origin that holds the sessions.
    app = FastAPI(
        title="Drumbeat",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.router.redirect_slashes = False  # crons and webhooks do not follow redirects
    app.state.services = services
    app.add_middleware(ResponseHeaders)
    install_error_replies(app)
    routers = [doors.router for doors in (webhooks, crons, schedules, contents, session, pages)]
    for router in routers:
        app.include_router(router)
    install_input_replies(app, [route for router in routers for route in router.routes])
    return app
