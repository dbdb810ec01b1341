"""Deliveries: everything that is due is called at once, as far as the gates allow, and what comes back is settled."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from dev.qstash.courier import Courier
from dev.qstash.faults import Fault, Faults, Injection
from dev.qstash.journal import EventState, Journal
from dev.qstash.message import Delivery, Message, MessageState, Outcome, Reply
from dev.qstash.plans import Plan
from dev.qstash.quota import Quota
from dev.qstash.settlement import Settlement
from dev.qstash.store import Store
from dev.qstash.timeline import Timeline
from dev.qstash.timetable import Timetable

type Running = list[asyncio.Task[list[Delivery]]]

_LONGEST_NAP = 5.0  # seconds; a machine that was asleep notices the time after at most this long


class Engine:
    """Runs on the stack's clock and never sleeps by itself, except in `serve`."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        store: Store,
        timeline: Timeline,
        timetable: Timetable,
        courier: Courier,
        settlement: Settlement,
        quota: Quota,
        journal: Journal,
        faults: Faults,
        plan: Plan,
        grace: timedelta,
    ) -> None:
        self._now = now
        self._store = store
        self._timeline = timeline
        self._timetable = timetable
        self._courier = courier
        self._settlement = settlement
        self._quota = quota
        self._journal = journal
        self._faults = faults
        self._plan = plan
        self._grace = grace
        self._drawn: set[str] = set()  # messages whose coming attempt has had its fault
        self._held: list[Message] = []  # reordered: wait for somebody else's delivery

    def next_due_at(self) -> datetime | None:
        """When `run_due` will next have something to do; in the past if it has already."""
        times = (self._timeline.next_at(), self._timetable.next_at())
        return min((at for at in times if at is not None), default=None)

    async def run_due(self) -> list[Delivery]:
        """Make every delivery that is due, and those that become due meanwhile; answers them in order of completion.

        An exception that is not the destination's failure to answer is raised, and its message stays waiting.
        """
        done: list[Delivery] = []
        running: Running = []
        try:
            while running := running + self._start_due():
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in running:
                    done += task.result() if task.done() else []
                running = [task for task in running if not task.done()]
        finally:
            await _stop(running)
        return done

    async def serve(self) -> None:
        """Deliver in real time until cancelled; calls that are open then are made again after a restart."""
        running: Running = []
        try:
            while True:
                self._timeline.changed.clear()
                running += self._start_due()
                await self._nap()
                for task in running:
                    if task.done():
                        task.result()
                running = [task for task in running if not task.done()]
        finally:
            await _stop(running)

    async def _nap(self) -> None:
        due_at = self.next_due_at()
        seconds = _LONGEST_NAP if due_at is None else (due_at - self._now()).total_seconds()
        try:
            async with asyncio.timeout(min(max(seconds, 0.0), _LONGEST_NAP)):
                await self._timeline.changed.wait()
        except TimeoutError:
            return

    def _start_due(self) -> Running:
        now = self._now()
        self._store.forget(now, grace=self._grace, dead_letter_retention=self._plan.dead_letter_retention)
        self._timetable.fire_due(now)
        started: Running = []
        for message in self._timeline.take(now):
            injection = self._draw_fault(message)
            if injection is None or self._starts_despite(message, injection):
                # Active before its task has its first turn: a cancellation in between must not be undone.
                message.state = MessageState.ACTIVE
                self._store.messages.put(message.id, message)
                self._journal.note(now, EventState.ACTIVE, message)
                started.append(asyncio.create_task(self._attempt(message, injection, now)))
        return started

    async def _attempt(self, message: Message, injection: Injection | None, started_at: datetime) -> list[Delivery]:
        fault = injection.fault if injection is not None else None
        repeat_after = injection.after if injection is not None and fault is Fault.DUPLICATE else None
        try:
            if fault is Fault.DROP:
                self._store.end(message, MessageState.LOST, started_at)
                return [_record(message, Reply(0, error="lost"), started_at, started_at, Outcome.LOST)]
            at_once = repeat_after == timedelta(0)
            replies = await asyncio.gather(*(self._call(message) for _ in range(2 if at_once else 1)))
            reply = Reply(0, error="the reply was lost") if fault is Fault.LOSE_REPLY else replies[0]
            now = self._now()
            settled = self._settlement.settle(
                message, reply, started_at=started_at, now=now, repeat_after=None if at_once else repeat_after
            )
            repeated = [_record(message, extra, started_at, now, Outcome.REPEATED) for extra in replies[1:]]
            return [settled, *repeated]
        finally:
            self._finish(message)

    async def _call(self, message: Message) -> Reply:
        self._quota.count(self._now())
        return await self._courier.call(message)

    def _finish(self, message: Message) -> None:
        if message.state is MessageState.ACTIVE:  # interrupted: nobody knows what the destination did
            message.state = MessageState.WAITING
            self._timeline.add(message)
        self._drawn.discard(message.id)
        self._timeline.release(message)
        held, self._held = self._held, []
        for other in held:
            if other is not message and other.state is MessageState.WAITING:
                self._put_off(other, self._now())

    def _draw_fault(self, message: Message) -> Injection | None:
        """One chance per attempt: an attempt that was put off is not put off again."""
        if message.id in self._drawn:
            return None
        injection = self._faults.draw(message.url)
        if injection is not None:
            self._drawn.add(message.id)
        return injection

    def _starts_despite(self, message: Message, injection: Injection) -> bool:
        """Delayed and reordered messages go back to the timeline."""
        if injection.fault not in (Fault.DELAY, Fault.REORDER):
            return True
        if injection.fault is Fault.REORDER:
            self._held.append(message)
        self._put_off(message, self._now() + injection.after)
        self._timeline.release(message)
        return False

    def _put_off(self, message: Message, until: datetime) -> None:
        message.due_at = until
        self._store.messages.put(message.id, message)
        self._timeline.add(message)


def _record(message: Message, reply: Reply, started_at: datetime, now: datetime, outcome: Outcome) -> Delivery:
    return Delivery(message.id, message.url, message.retried, started_at, now, reply.status, outcome, None, reply.error)


async def _stop(running: Running) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
