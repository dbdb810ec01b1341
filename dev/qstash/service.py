"""The parts put together: one QStash, as tests, demo and `make dev` hold it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import Self

import httpx
from starlette.types import ASGIApp

from dev.qstash.courier import Courier
from dev.qstash.engine import Engine
from dev.qstash.faults import Faults
from dev.qstash.intake import Intake
from dev.qstash.journal import EventState, Journal
from dev.qstash.message import DeadLetter, Delivery, Message, MessageState
from dev.qstash.plans import UNLIMITED, Plan
from dev.qstash.quota import Quota
from dev.qstash.settlement import Settlement
from dev.qstash.signing import DEV_KEYS, DEV_TOKEN, SigningKeys
from dev.qstash.store import Store
from dev.qstash.timeline import Timeline
from dev.qstash.timetable import Timetable
from dev.qstash.wire import create_app


class QStash:
    """`app` is the wire; everything else is for whoever holds the object. See create_qstash for the arguments."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        token: str,
        keys: SigningKeys,
        http: httpx.AsyncClient | None,
        plan: Plan,
        faults: Faults,
        state_file: Path | None,
        refuse_loopback: bool,
        random: Random,
        grace: timedelta,
        spend: Callable[[timedelta], Awaitable[None]],
    ) -> None:
        self.now = now
        self.spend = spend
        self.token = token
        self.plan = plan
        self.faults = faults
        self.store = Store(state_file, keys)
        self.journal = Journal()
        self.timeline = Timeline(self.store.messages, self.store.flows, self.store.queues, plan.parallelism)
        self.intake = Intake(self.store, self.timeline, self.journal, plan, random, refuse_loopback=refuse_loopback)
        self.timetable = Timetable(self.store, self.intake, plan)
        self.quota = Quota(self.store.attempts, plan, faults)
        self.app: ASGIApp = create_app(self)
        self._own_http = httpx.AsyncClient() if http is None else None
        self._engine = Engine(
            now,
            store=self.store,
            timeline=self.timeline,
            timetable=self.timetable,
            courier=Courier(http or self._own_http or httpx.AsyncClient(), now, self.store, plan, self.intake.new_id),
            settlement=Settlement(self.store, self.timeline, self.journal, self.intake),
            quota=self.quota,
            journal=self.journal,
            faults=faults,
            plan=plan,
            grace=grace,
        )

    @property
    def keys(self) -> SigningKeys:
        return self.store.keys

    def rotate_keys(self) -> SigningKeys:
        """The next key signs from now on; a new one takes its place."""
        self.store.keys = self.store.keys.rotated(self.intake.new_id("sig_"))
        return self.store.keys

    def next_due_at(self) -> datetime | None:
        """When run_due next has something to do; in the past if it has already; None: only an event can tell."""
        return self._engine.next_due_at()

    async def run_due(self) -> list[Delivery]:
        """Make every delivery due at now(), and those that become due meanwhile; in order of completion."""
        return await self._engine.run_due()

    async def serve(self) -> None:
        """Deliver in real time until cancelled."""
        await self._engine.serve()

    def pending(self) -> list[Message]:
        """Messages that have not come to their end, by due time."""
        open_messages = (message for message in self.store.messages.values() if not message.has_ended)
        return sorted(open_messages, key=lambda message: (message.due_at, message.sequence))

    def dead_letters(self) -> list[DeadLetter]:
        return list(self.store.dead_letters.values())

    def cancel(self, message: Message) -> bool:
        """Take a message back; whether there still was something to take back."""
        if message.has_ended:
            return False
        now = self.now()
        self.journal.note(now, EventState.CANCEL_REQUESTED, message)
        self.store.end(message, MessageState.CANCELLED, now)
        self.journal.note(now, EventState.CANCELED, message)
        self.timeline.forget(message)
        return True

    async def aclose(self) -> None:
        """Close the state file and, if it is our own, the client."""
        self.store.close()
        if self._own_http is not None:
            await self._own_http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def create_qstash(
    now: Callable[[], datetime],
    *,
    token: str = DEV_TOKEN,
    keys: SigningKeys = DEV_KEYS,
    http: httpx.AsyncClient | None = None,
    plan: Plan = UNLIMITED,
    faults: Faults | None = None,
    state_file: Path | None = None,
    refuse_loopback: bool = False,
    random: Random | None = None,
    grace: timedelta = timedelta(seconds=60),
    spend: Callable[[timedelta], Awaitable[None]] | None = None,
) -> QStash:
    """A QStash on this clock.

    `http` makes the deliveries (give one with mounts for virtual hosts or in-process destinations; its timeout does not
    matter). `state_file` keeps messages, schedules, dead letters, keys and windows over a restart. `refuse_loopback`
    imitates production. `random` makes ids repeatable. Ended messages stay readable for `grace`. `spend` lets a slow
    outage take its time (the stack's clock has one); without it, real time passes.
    """
    return QStash(
        now,
        token=token,
        keys=keys,
        http=http,
        plan=plan,
        faults=faults or Faults(),
        state_file=state_file,
        refuse_loopback=refuse_loopback,
        random=random or SystemRandom(),
        grace=grace,
        spend=spend or _sleep,
    )


async def _sleep(duration: timedelta) -> None:
    await asyncio.sleep(duration.total_seconds())
