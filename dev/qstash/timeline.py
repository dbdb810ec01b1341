"""Whose turn it is: messages by due time, held back by queues, flow-control keys and the plan's parallelism."""

import asyncio
import heapq
from collections import deque
from datetime import datetime

from dev.qstash.flow import FlowKey, QueueLine
from dev.qstash.message import Message, MessageState
from dev.qstash.store import Table


class Timeline:
    """Messages wait here from acceptance to each attempt. A due one passes, in this order: queue, flow key, plan."""

    def __init__(
        self, messages: Table[Message], flows: Table[FlowKey], queues: Table[QueueLine], parallelism: int
    ) -> None:
        self._messages = messages
        self._flows = flows
        self._queues = queues
        self._parallelism = parallelism
        self._heap: list[tuple[datetime, int, str]] = []
        self._staged: set[str] = set()  # due, and standing at a gate
        self._ready: deque[Message] = deque()
        self.active = 0
        self.changed = asyncio.Event()  # something may be able to start that could not before

    def add(self, message: Message) -> None:
        """The message waits for `message.due_at`; an earlier entry of it no longer counts."""
        heapq.heappush(self._heap, (message.due_at, message.sequence, message.id))
        self.changed.set()

    def take(self, now: datetime) -> list[Message]:
        """Everything that may start now, oldest first. Whoever is taken must be given back with `release`."""
        self._stage_due(now)
        for queue in self._queues.values():
            while queue.waiting and queue.admits():
                if message := self._waiting(queue.waiting.popleft()):
                    queue.inside.add(message.id)
                    self._stage_after_queue(message)
        for flow in self._flows.values():
            while flow.waiting and flow.admits(now):
                if message := self._waiting(flow.waiting.popleft()):
                    flow.enter(now)
                    self._ready.append(message)
        taken: list[Message] = []
        while self._ready and self.active < self._parallelism:
            message = self._ready.popleft()
            self._staged.discard(message.id)
            if message.state is not MessageState.WAITING:  # cancelled after its gate had opened
                self._leave_gates(message)
                continue
            self.active += 1
            taken.append(message)
        return taken

    def release(self, message: Message) -> None:
        """The call is over: its slots are free, except a queue's while the message will be retried."""
        self.active -= 1
        self._leave_gates(message)
        self.changed.set()

    def forget(self, message: Message) -> None:
        """A cancelled message gives up its place in a queue at once."""
        queue = self._queues.get(message.queue) if message.queue else None
        if queue is not None:
            queue.inside.discard(message.id)
        self.changed.set()

    def next_at(self) -> datetime | None:
        """The earliest time at which `take` could have something new; None if only an event can change that."""
        while self._heap and not self._is_current(self._heap[0]):
            heapq.heappop(self._heap)
        times = [self._heap[0][0]] if self._heap else []
        times += [at for flow in self._flows.values() if flow.waiting and (at := flow.opens_at()) is not None]
        return min(times, default=None)

    def waiting_for(self, flow: FlowKey) -> int:
        """How many messages stand in a flow key's wait list."""
        standing = (self._messages.get(message_id) for message_id in flow.waiting)
        return sum(1 for message in standing if message is not None and message.state is MessageState.WAITING)

    def _stage_due(self, now: datetime) -> None:
        while self._heap and self._heap[0][0] <= now:
            entry = heapq.heappop(self._heap)
            if not self._is_current(entry) or (message := self._messages.get(entry[2])) is None:
                continue
            self._staged.add(message.id)
            queue = self._queues.get(message.queue) if message.queue else None
            if queue is not None and message.id not in queue.inside:
                queue.waiting.append(message.id)
            else:
                self._stage_after_queue(message)

    def _stage_after_queue(self, message: Message) -> None:
        flow = self._flow(message)
        if flow is None:
            self._ready.append(message)
        else:
            flow.waiting.append(message.id)

    def _leave_gates(self, message: Message) -> None:
        if flow := self._flow(message):
            flow.leave()
        queue = self._queues.get(message.queue) if message.queue else None
        if queue is not None and message.has_ended:
            queue.inside.discard(message.id)

    def _flow(self, message: Message) -> FlowKey | None:
        return self._flows.get(message.options.flow.key) if message.options.flow else None

    def _waiting(self, message_id: str) -> Message | None:
        """The message behind an id at a gate; none if it was cancelled meanwhile."""
        message = self._messages.get(message_id)
        if message is not None and message.state is MessageState.WAITING:
            return message
        self._staged.discard(message_id)
        return None

    def _is_current(self, entry: tuple[datetime, int, str]) -> bool:
        due_at, _, message_id = entry
        message = self._messages.get(message_id)
        return (
            message is not None
            and message.state is MessageState.WAITING
            and message.due_at == due_at
            and message_id not in self._staged
        )
