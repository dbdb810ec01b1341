"""The product's table of contents: which doors there are, and what they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from lib.clock import Clock, utc_now
from lib.logs import open_logs
from lib.services import Services
from lib.settings import Settings
from lib.web import crons, webhooks
from lib.web.headers import ResponseHeaders
from lib.web.refused_input import install_input_replies
from lib.web.replies import install_error_replies

if TYPE_CHECKING:
    from lib.services import Connect


class Drumbeat(FastAPI):
    """Opens the doors for machines at once, and those for people when the first of them comes.

    What people may send and are answered is a sixth of a cold start, which a webhook does not wait for.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.open_routes: list[BaseRoute] = []
        self.are_people_in = False
        self.router.redirect_slashes = False  # crons and webhooks do not follow redirects
        self.router.default = self.let_people_in
        self.open_doors(webhooks, crons)

    def open_doors(self, *modules: ModuleType) -> None:
        for doors in modules:
            self.include_router(doors.router)
            self.open_routes.extend(doors.router.routes)

    def open_doors_for_people(self) -> None:
        if not self.are_people_in:
            from lib.web import (
                accounts,
                approvals,
                automation,
                contents,
                dead_letters,
                models,
                oauth_callback,
                packages,
                pages,
                platforms,
                publications,
                review,
                runs,
                schedules,
                session,
                stopping,
                workspaces,
            )

            self.open_doors(schedules, runs, automation, contents, publications, accounts, oauth_callback, platforms)
            self.open_doors(review, approvals, packages, dead_letters, stopping, workspaces, models, session, pages)
            self.are_people_in = True

    async def let_people_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Called for a request that no open door takes."""
        self.router.default = self.router.not_found
        self.open_doors_for_people()
        await self.router(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        self.open_doors_for_people()
        return super().openapi()


def create_app(settings: Settings, *, clock: Clock = utc_now, connect: "Connect | None" = None) -> FastAPI:
    """The whole product. `clock` is the one clock that everything in it goes by, `connect` opens its HTTP pool."""
    open_logs(settings.log_level)
    services = Services(settings, clock, connect)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield  # nothing is opened at the start: a host that freezes and thaws us opens what it needs at first use
        await services.close()

    # FastAPI's documentation page loads scripts from elsewhere, onto the origin that holds the sessions.
    app = Drumbeat(
        title="Drumbeat",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    app.add_middleware(ResponseHeaders)
    install_error_replies(app)
    install_input_replies(app, app.open_routes)
    return app
