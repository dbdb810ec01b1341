"""A process of the product that dies when told to, at any point where it waits for something.

From its death on nothing that it does reaches anybody, as if the machine were gone: neither the coroutine that was
running nor the tasks it had started.
"""

import asyncio
import ssl
from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

import httpx

from lib.adapters.egress import Outward
from lib.adapters.models import Writer, WritingAnswer, WritingRequest
from lib.adapters.models.configured import Models
from lib.services import Services
from tests.stack import World

GRACE = 0.3  # seconds: as long as what was under way takes to notice


@cache
def tls() -> ssl.SSLContext:
    """Made once: it takes longer than most processes here live."""
    return httpx.create_ssl_context(trust_env=False)


class Killed(BaseException):
    """The process is gone. Not an Exception: no code of ours may outlive it."""


class Moment(StrEnum):
    """Of a request to the outside, the model's included."""

    BEFORE = "before it is sent"
    AFTER = "after the other side has done its work, before the answer is seen"


@dataclass(frozen=True, slots=True)
class Death:
    """When it comes; counted from 1, over all of the process's tasks. Neither: never."""

    suspension: int = 0
    request: int = 0
    moment: Moment = Moment.BEFORE

    def __str__(self) -> str:
        return f"at suspension {self.suspension}" if self.suspension else f"at request {self.request} {self.moment}"


_current: ContextVar["Process | None"] = ContextVar("process", default=None)


class Process(Services):
    """The services of one process, and its life. `suspensions` and `requests` count what it lived through."""

    def __init__(self, world: World, death: Death) -> None:
        stack = world.stack
        super().__init__(stack.app.state.services.settings, stack.clock.now, self._connect)
        self.death = death
        self.suspensions = 0
        self.requests: list[str] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        self.death_came = asyncio.Event()

    @property
    def is_dead(self) -> bool:
        return self.death_came.is_set()

    @cached_property
    def models(self) -> "MortalModels":
        return MortalModels(super().models, self)

    async def live[T](self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do this work as this process does; none if it died over it."""
        loop = asyncio.get_running_loop()
        before = loop.get_task_factory()
        loop.set_task_factory(_mortal_tasks)
        token = _current.set(self)
        try:
            living = loop.create_task(work)
            await self._end_of(living)
            return living.result()
        except (Killed, asyncio.CancelledError, BaseExceptionGroup):  # anyio's task groups wrap what comes out of them
            if not self.is_dead:
                raise
            return None
        finally:
            _current.reset(token)
            loop.set_task_factory(before)
            await self.close()

    async def _end_of(self, living: "asyncio.Task[Any]") -> None:
        """When all is done, or soon after the death: what then still waits, waits for another dead task."""
        death = asyncio.Task(self.death_came.wait())
        await asyncio.wait({living, death}, return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        waiting = self.tasks if self.is_dead else {living}
        while self.is_dead and waiting:
            _, waiting = await asyncio.wait(waiting, timeout=GRACE)
            for task in waiting:
                task.cancel()

    def suspend(self) -> None:
        """Raises Killed if this is where it dies, or if it is dead."""
        if not self.is_dead:
            self.suspensions += 1
            if self.suspensions == self.death.suspension:
                self.death_came.set()
        self.breathe()

    def begin_request(self, what: str) -> int:
        self.breathe()
        self.requests.append(what)
        number = len(self.requests)
        self._meet(number, Moment.BEFORE)
        return number

    def end_request(self, number: int) -> None:
        self._meet(number, Moment.AFTER)

    def breathe(self) -> None:
        if self.is_dead:
            raise Killed

    def _meet(self, number: int, moment: Moment) -> None:
        if (number, moment) == (self.death.request, self.death.moment):
            self.death_came.set()
        self.breathe()

    def _connect(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=MortalTransport(self, httpx.AsyncHTTPTransport()), timeout=15)

    def _open_outward(self) -> httpx.AsyncClient:
        outward = Outward(self.settings.private_targets or (), context=tls())
        return httpx.AsyncClient(transport=MortalTransport(self, outward), timeout=15)


class MortalTransport(httpx.AsyncBaseTransport):
    """The process's way to everybody but the model."""

    def __init__(self, process: Process, way: httpx.AsyncBaseTransport) -> None:
        self._process = process
        self._way = way

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = self._process.begin_request(request.url.path.rpartition("/")[2])
        response = await self._way.handle_async_request(request)
        said = b"".join([chunk async for chunk in response.aiter_raw()])
        self._process.end_request(number)
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(said))

    async def aclose(self) -> None:
        await self._way.aclose()


class MortalModels:
    """The models as this process knows them."""

    def __init__(self, models: Models, process: Process) -> None:
        self._models = models
        self._process = process

    def __getitem__(self, model: str) -> "MortalWriter":
        return MortalWriter(self._models[model], self._process)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._models, name)


class MortalWriter:
    """The process's way to a model."""

    def __init__(self, writer: Writer, process: Process) -> None:
        self._writer = writer
        self._process = process

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    async def write(self, request: WritingRequest, *, within: timedelta) -> WritingAnswer:
        number = self._process.begin_request("model")
        answer = await self._writer.write(request, within=within)
        self._process.end_request(number)
        return answer


def _mortal_tasks(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **options: Any
) -> "asyncio.Task[Any]":
    """Every task that a process starts lives and dies with it."""
    process = _current.get()
    if process is None:
        return asyncio.Task(work, loop=loop, **options)
    task = asyncio.Task(_lived(work, process), loop=loop, **options)
    process.tasks.add(task)
    task.add_done_callback(process.tasks.discard)
    task.add_done_callback(lambda _: work.close())  # it may have died before it began
    return task


async def _lived(work: Coroutine[Any, Any, Any], process: Process) -> Any:
    return await Steps(work, process)


class Steps:
    """Drives a coroutine from one suspension to the next, by hand."""

    def __init__(self, work: Coroutine[Any, Any, Any], process: Process) -> None:
        self._work = work
        self._process = process

    def __await__(self) -> Generator[Any, Any, Any]:
        raised: BaseException | None = None
        was_killed = False
        while True:
            try:
                awaited = self._work.send(None) if raised is None else self._work.throw(raised)
            except StopIteration as end:
                return end.value
            raised = None
            try:
                if not was_killed:
                    self._process.suspend()
                elif awaited is not None:
                    raise Killed  # on its way out it waits for nobody: the lock it wants may be one that it held itself
                yield awaited
                if not was_killed:
                    self._process.breathe()
            except Killed as killed:
                raised, was_killed = killed, True  # what it still does on its way out reaches nobody
            except BaseException as exc:  # noqa: BLE001  cancelled, or the loop's own: as any task
                raised = exc
