"""QStash's REST API. The destination stands raw in the path, `//`, `%2F`, query and all, so no router may touch it."""

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from dev.qstash.refusal import Refused
from dev.qstash.wire.dead_letters import DeadLetters
from dev.qstash.wire.door import Door, answer_refusal, answer_unknown
from dev.qstash.wire.flow_control import FlowControl
from dev.qstash.wire.keys import Keys
from dev.qstash.wire.logs import Logs
from dev.qstash.wire.messages import Messages
from dev.qstash.wire.publish import Publishing
from dev.qstash.wire.queues import Queues
from dev.qstash.wire.schedules import Schedules
from dev.qstash.wire.url_groups import UrlGroups

if TYPE_CHECKING:
    from dev.qstash.service import QStash


def create_app(qstash: "QStash") -> ASGIApp:
    apis = (Publishing, Messages, Schedules, DeadLetters, FlowControl, Logs, Keys, Queues, UrlGroups)
    routes: list[Route] = [route for api in apis for route in api(qstash).routes()]
    app = Starlette(routes=routes, exception_handlers={Refused: answer_refusal, HTTPException: answer_unknown})
    app.router.redirect_slashes = False  # DELETE /v2/messages/ means all messages, not a redirect
    return Door(app, qstash)
