"""A hand on the line to a service: something happens at the very moment of one request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dev.serving import Line, cut

type Action = Callable[[], Awaitable[object]]


class Around(StrEnum):
    """When, seen from the one who asks."""

    ASKING = "asking"  # the request has arrived, nothing is done yet
    ANSWERED = "answered"  # all is done, the answer is on its way


@dataclass(frozen=True, slots=True)
class Hook:
    path: str
    around: Around
    action: Action


class Lost(Exception):
    """Raised by an action: the connection is cut there."""


class Tap:
    """Wraps what a line leads to. Each hook is used once, for the first request whose path ends so."""

    def __init__(self, line: Line) -> None:
        self._app: ASGIApp = line.app
        self._hooks: list[Hook] = []
        self.seen: list[str] = []
        line.app = self

    def at(self, path: str, around: Around, action: Action) -> None:
        self._hooks.append(Hook(path, around, action))

    def lose(self, path: str, around: Around, *, times: int = 1) -> None:
        """Cut the connection there."""
        for _ in range(times):
            self.at(path, around, _lose)

    @property
    def is_used_up(self) -> bool:
        return not self._hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope["path"].rpartition("/")[2])
        hook = next((it for it in self._hooks if scope["path"].endswith(it.path)), None)
        if hook is None:
            return await self._app(scope, receive, send)
        self._hooks.remove(hook)
        try:
            if hook.around is Around.ASKING:
                await hook.action()
                return await self._app(scope, receive, send)
            answer: list[Message] = []

            async def keep(message: Message) -> None:
                answer.append(message)

            await self._app(scope, receive, keep)
            await hook.action()
            for message in answer:
                await send(message)
        except Lost:
            cut(scope)


async def _lose() -> None:
    raise Lost
