"""What the stand-ins of all platforms have in common: accounts, what each has made, how many calls at once, faults.

A platform's own module adds its wire: what proves an account, what it accepts, in which words it refuses.

    stand_in.new_account("ada")      what POST /api/account/connect takes
    stand_in.made_by("ada")          what is to be seen there, oldest first
    stand_in.doubles()               what is to be seen there twice: nothing, or something is wrong
    stand_in.most_in_flight["ada"]   of calls that make something
    stand_in.script.fail(Fault(Failing.DROP_AFTER), account="ada")
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive

from dev.clock import StackClock
from dev.platforms.limits import Limit, Window
from dev.platforms.script import Doing, Failing, Fault, Script
from dev.platforms.wire import Dropped, Refusal
from dev.serving import until_given_up


@dataclass
class Holder:
    """An account at the platform. `keys` are the secrets that open it now, `old_keys` those that were revoked."""

    name: str
    number: int
    keys: set[str] = field(default_factory=set)
    old_keys: set[str] = field(default_factory=set)
    is_gone: bool = False

    @property
    def id(self) -> str:
        """As platforms number: long, and no secret."""
        return str(10**17 + self.number)


@dataclass(frozen=True, slots=True)
class Made:
    """Something that everybody can see now. Two that have one of `same` in common are the same thing."""

    at: datetime
    account: str
    external_id: str
    text: str
    url: str | None
    same: tuple[str, ...]
    is_pinging: bool = False  # it rings at everybody's: @everyone, @channel


@dataclass(frozen=True, slots=True)
class Double:
    """The same thing, to be seen more than once at one account."""

    account: str
    text: str
    external_ids: tuple[str, ...]


type Making = Callable[[], Response]


class StandIn:
    """`script` is what goes wrong, `takes` how long a call lasts, `made` all that is to be seen, oldest first.

    `repeats`: what was asked for once more and was not made again, as the platform knew the key or the text.
    """

    name = ""  # the first segment of its path
    limit = Limit(10_000, timedelta(minutes=1))  # calls that make something, of one account
    # Seconds of real time that every call lasts, or two at once would never be seen as such on one event loop.
    moment = 0.005

    def __init__(self, clock: StackClock, url: str, takes: timedelta = timedelta(0)) -> None:
        self.clock = clock
        self.url = url
        self.takes = takes
        self.script = Script()
        self.holders: dict[str, Holder] = {}
        self.made: list[Made] = []
        self.repeats: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.refusals: list[tuple[str, int, str]] = []
        self.most_in_flight: Counter[str] = Counter()
        self._in_flight: Counter[str] = Counter()
        self._windows: dict[str, Window] = defaultdict(lambda: Window(self.limit))
        self._released = asyncio.Event()
        self.numbers = 0
        dev = [
            Route("/_dev/made", self._tell_made, methods=["GET"]),
            Route("/_dev/faults", self._add_faults, methods=["POST"]),
        ]
        self.app = Starlette(routes=[*self.routes(), *dev], exception_handlers={Refusal: self._refused})

    # What a platform's own module says.

    def routes(self) -> list[Route]:
        raise NotImplementedError

    def complain(self, refusal: Refusal) -> Response:
        """The refusal in the platform's own shape."""
        raise NotImplementedError

    def throttled(self, retry_after: timedelta) -> Refusal:
        """Too many, in the platform's own words."""
        raise NotImplementedError

    def unauthorized(self) -> Refusal:
        """Credentials that are not, or not any more, those of an account."""
        raise NotImplementedError

    def gone(self) -> Refusal:
        """There is no such account, webhook or site any more."""
        raise NotImplementedError

    def limits(self, holder: Holder) -> Mapping[str, str]:
        """Headers that tell what is left."""
        return {}

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        """New credentials of an account and where it is: {"credentials": {…}, "settings": {…}}."""
        raise NotImplementedError

    # What tests and the simulation ask.

    def new_account(self, name: str) -> dict[str, Any]:
        """What POST /api/account/connect takes for this account, which is made if need be; its older credentials,
        if it has any, keep working unless they were revoked."""
        return {"platform": self.platform, **self.connecting(self.holder(name))}

    @property
    def platform(self) -> str:
        """The product's word for it."""
        return self.name

    def holder(self, name: str) -> Holder:
        if name not in self.holders:
            self.holders[name] = Holder(name, len(self.holders) + 1)
        self.holders[name].is_gone = False
        return self.holders[name]

    def made_by(self, name: str) -> list[Made]:
        return [made for made in self.made if made.account == name]

    def doubles(self) -> list[Double]:
        found: dict[tuple[str, str], list[Made]] = defaultdict(list)
        for made in self.made:
            for same in made.same:
                found[made.account, same].append(made)
        doubles = (
            Double(account, together[0].text, tuple(made.external_id for made in together))
            for (account, _), together in found.items()
            if len(together) > 1
        )
        return list(dict.fromkeys(doubles))

    def revoke(self, name: str) -> None:
        """The account's credentials die; those that `new_account` makes later work again."""
        holder = self.holders[name]
        holder.old_keys |= holder.keys
        holder.keys.clear()

    def remove(self, name: str) -> None:
        """The account, webhook or site is not there any more."""
        self.holders[name].is_gone = True

    def release(self) -> None:
        """Let go of the calls that hang: their server is stopping."""
        self._released.set()

    # What a platform's own module uses.

    def new_id(self) -> str:
        self.numbers += 1
        return str(10**18 + self.numbers)

    def new_secret(self, *of: str) -> str:
        """The same in every run of a test."""
        self.numbers += 1
        return sha256(":".join((self.name, *of, str(self.numbers))).encode()).hexdigest()

    def owner_of(self, key: str) -> Holder:
        """Raises Refusal, also for an account that is gone."""
        for holder in self.holders.values():
            if key in holder.keys:
                return self.present(holder)
        raise self.unauthorized()

    def present(self, holder: Holder) -> Holder:
        if holder.is_gone:
            raise self.gone()
        return holder

    def keep(self, holder: Holder, text: str, *same: str, **more: Any) -> Made:
        """It is out."""
        external_id = more.pop("external_id", None) or self.new_id()
        made = Made(self.clock.now(), holder.name, external_id, text, same=same, **more)
        self.made.append(made)
        return made

    async def answer(self, request: Request, holder: Holder, doing: Doing, make: Making) -> Response:
        """The answer of a call that was proven, or what the script makes of it. Raises Refusal."""
        self.calls[holder.name] += 1
        with self._flight(holder, doing):
            fault = self.script.next_fault(holder.name, doing)
            await self.clock.spend(self.takes + fault.slow)
            await asyncio.sleep(self.moment)
            match fault.how:
                case Failing.DROP_BEFORE:
                    return Dropped()
                case Failing.THROTTLE:
                    raise self.throttled(fault.retry_after)
                case Failing.REVOKED:
                    self.revoke(holder.name)
                    raise self.unauthorized()
                case Failing.GONE:
                    self.remove(holder.name)
                    raise self.gone()
                case Failing.STATUS | Failing.HANG if not fault.is_made:
                    return await self._spoiled(request, fault)
            if doing is Doing.MAKE:
                self._count(holder)
            answer = make()
            if fault.how is Failing.DROP_AFTER:
                return Dropped()
            if fault.how is not None:
                return await self._spoiled(request, fault)
            answer.headers.update(self.limits(holder))
            return answer

    def window(self, holder: Holder) -> Window:
        return self._windows[holder.name]

    def _count(self, holder: Holder) -> None:
        now = self.clock.now()
        if not self.window(holder).take(now):
            raise self.throttled(self.window(holder).resets_at(now) - now)

    @contextmanager
    def _flight(self, holder: Holder, doing: Doing) -> Iterator[None]:
        if doing is not Doing.MAKE:
            yield
            return
        self._in_flight[holder.name] += 1
        self.most_in_flight[holder.name] = max(self.most_in_flight[holder.name], self._in_flight[holder.name])
        try:
            yield
        finally:
            self._in_flight[holder.name] -= 1

    async def _spoiled(self, request: Request, fault: Fault) -> Response:
        if fault.how is Failing.HANG:
            await self._hang(request.receive)
            return Dropped()
        if fault.says is not None:
            return Response(fault.says, fault.status, fault.headers)
        raise Refusal(fault.status, "Scripted by the local stack", headers=fault.headers)

    async def _hang(self, receive: Receive) -> None:
        ends = {asyncio.create_task(until_given_up(receive)), asyncio.create_task(self._released.wait())}
        _, waiting = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def _refused(self, request: Request, exc: Exception) -> Response:
        assert isinstance(exc, Refusal)  # noqa: S101  it is registered for nothing else
        self.refusals.append((request.url.path, exc.status, exc.message))
        answer = self.complain(exc)
        answer.headers.update(exc.headers)
        return answer

    async def _tell_made(self, _: Request) -> Response:
        return JSONResponse([{**asdict(made), "at": made.at.isoformat()} for made in self.made])

    async def _add_faults(self, request: Request) -> Response:
        account = request.query_params.get("account")
        try:
            self.script.fail(*(Fault.read(it) for it in await request.json()), account=account)
        except (ValueError, TypeError, AttributeError) as exc:
            return JSONResponse({"error": str(exc)}, 400)
        return JSONResponse({"faults_waiting": len(self.script)})
