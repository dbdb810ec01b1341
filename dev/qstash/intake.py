"""Accepting messages: every check first, then every message, so that a batch is accepted whole or not at all."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from dev.qstash.destination import check_url
from dev.qstash.flow import FlowKey, QueueLine
from dev.qstash.journal import EventState, Journal
from dev.qstash.message import Endpoint, Message
from dev.qstash.options import Options, Pairs, read_options
from dev.qstash.plans import Plan
from dev.qstash.refusal import Refused
from dev.qstash.store import Store
from dev.qstash.timeline import Timeline

DEDUPLICATION_WINDOW = timedelta(minutes=10)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Order:
    """What a publisher sent: where to, with which wishes, what."""

    destination: str
    options: Options
    body: bytes
    caller_ip: str
    schedule_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message of an order; a duplicate carries the id of the message it repeats."""

    message_id: str
    url: str
    is_duplicate: bool
    is_of_group: bool


class Intake:
    """Checks orders against contract and plan, and puts their messages on the timeline."""

    def __init__(
        self, store: Store, timeline: Timeline, journal: Journal, plan: Plan, random: Random, *, refuse_loopback: bool
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._journal = journal
        self._plan = plan
        self._random = random
        self._refuse_loopback = refuse_loopback
        self._sequence = max((message.sequence for message in store.messages.values()), default=0)
        for message in store.messages.values():
            timeline.add(message)

    def accept(self, orders: Sequence[Order], now: datetime) -> list[list[Accepted]]:
        """One list per order: more than one entry only for a URL group. Raises Refused, and then accepted nothing."""
        receivers = [self.check(order, now) for order in orders]
        return [
            [self._accept_one(order, endpoint, now) for endpoint in endpoints]
            for order, endpoints in zip(orders, receivers, strict=True)
        ]

    def check(self, order: Order, now: datetime) -> list[Endpoint]:
        """The receivers of an order. Raises Refused."""
        options, plan = order.options, self._plan
        if len(order.body) > plan.message_size:
            raise Refused(412, f"quota maxMessageSize exceeded, current limit: {plan.message_size}")
        if plan.max_delay is not None and _not_before(options, now) - now > plan.max_delay:
            raise Refused(412, f"quota maxDelay exceeded, current limit: {int(plan.max_delay.total_seconds())}")
        for url, asked in (
            (options.callback, options.callback_asked),
            (options.failure_callback, options.failure_callback_asked),
        ):
            if url is not None:
                check_url(url, refuse_loopback=self._refuse_loopback)
                read_options(asked)
        if options.queue is not None and self._store.queues.get(options.queue) is None:
            self._check_new_queue()
        group = self._store.url_groups.get(order.destination)
        if group is not None:
            return group.endpoints
        check_url(order.destination, refuse_loopback=self._refuse_loopback)
        return [Endpoint(order.destination)]

    def publish_callback(self, url: str, asked: Pairs, body: bytes, now: datetime) -> None:
        """A message of QStash's own: beyond quota and plan checks, signed and retried like any other."""
        self._create(Order(url, read_options(asked), body, caller_ip=""), Endpoint(url), now)

    def new_id(self, prefix: str) -> str:
        return prefix + "".join(self._random.choices(_ALPHABET, k=28))

    def _accept_one(self, order: Order, endpoint: Endpoint, now: datetime) -> Accepted:
        is_of_group = endpoint.url != order.destination
        key = _deduplication_key(order, endpoint.url if is_of_group else None)
        known = self._store.deduplication.get(key) if key is not None else None
        if known is not None and now < known[1]:
            return Accepted(known[0], endpoint.url, is_duplicate=True, is_of_group=is_of_group)
        message = self._create(order, endpoint, now)
        if key is not None:
            self._store.deduplication.pop(key)  # an expired window: the table is kept in order of expiry
            self._store.deduplication.put(key, (message.id, now + DEDUPLICATION_WINDOW))
        return Accepted(message.id, endpoint.url, is_duplicate=False, is_of_group=is_of_group)

    def _create(self, order: Order, endpoint: Endpoint, now: datetime) -> Message:
        self._sequence += 1
        not_before = _not_before(order.options, now)
        message = Message(
            id=self.new_id("msg_"),
            url=endpoint.url,
            options=order.options,
            body=order.body,
            caller_ip=order.caller_ip,
            created_at=now,
            not_before=not_before,
            due_at=not_before,
            sequence=self._sequence,
            schedule_id=order.schedule_id,
            queue=order.options.queue,
            url_group=order.destination if endpoint.url != order.destination else None,
            endpoint=endpoint.name,
        )
        self._open_gates(message, now)
        self._store.messages.put(message.id, message)
        self._journal.note(now, EventState.CREATED, message, next_at=not_before)
        self._timeline.add(message)
        return message

    def _open_gates(self, message: Message, now: datetime) -> None:
        """The flow key and the queue come into being with their first message."""
        if (wish := message.options.flow) is not None:
            flow = self._store.flows.get(wish.key) or FlowKey(wish.key)
            if flow.follow(wish) or self._store.flows.get(wish.key) is None:
                self._store.flows.put(wish.key, flow)
        if message.queue is not None and self._store.queues.get(message.queue) is None:
            self._store.queues.put(message.queue, QueueLine(message.queue, created_at=now, updated_at=now))

    def _check_new_queue(self) -> None:
        if len(self._store.queues) >= self._plan.queues:
            raise Refused(412, f"quota maxQueues exceeded, current limit: {self._plan.queues}")


def again(order: Order, asked: Pairs) -> Order:
    """The same order with some headers replaced, and without its deduplication id, which is used up."""
    replaced = {name.lower() for name, _ in asked} | {"upstash-deduplication-id", "upstash-delay", "upstash-not-before"}
    kept = tuple(pair for pair in order.options.asked if pair[0] not in replaced)
    return replace(order, options=read_options(kept + asked))


def _not_before(options: Options, now: datetime) -> datetime:
    """An explicit instant wins over a delay; neither lies in the past."""
    return max(now, options.not_before if options.not_before is not None else now + options.delay)


def _deduplication_key(order: Order, receiver: str | None) -> str | None:
    """Account-wide for an explicit id, over content and destination otherwise; within a URL group, per receiver."""
    options = order.options
    if order.schedule_id is not None:
        return None
    if options.deduplication_id is not None:
        key = f"id:{options.deduplication_id}"
    elif options.content_based:
        content = repr((order.destination, options.content_type, sorted(options.forward), order.body))
        key = f"content:{hashlib.sha256(content.encode()).hexdigest()}"
    else:
        return None
    return key if receiver is None else f"{key} to {receiver}"
