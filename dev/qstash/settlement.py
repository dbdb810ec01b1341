"""What an attempt's reply does to its message: delivered, tried again, or dead with a failure callback."""

from dataclasses import replace
from datetime import datetime, timedelta

from dev.qstash.callbacks import callback_asked, callback_body
from dev.qstash.durations import milliseconds
from dev.qstash.intake import Intake
from dev.qstash.journal import EventState, Journal
from dev.qstash.message import DeadLetter, Delivery, Message, MessageState, Outcome, Reply
from dev.qstash.retry import may_retry, retry_delay
from dev.qstash.store import Store
from dev.qstash.timeline import Timeline


class Settlement:
    """Writes the ends of attempts down, and sends the callbacks they cause."""

    def __init__(self, store: Store, timeline: Timeline, journal: Journal, intake: Intake) -> None:
        self._store = store
        self._timeline = timeline
        self._journal = journal
        self._intake = intake
        self._letters = 0

    def settle(
        self, message: Message, reply: Reply, *, started_at: datetime, now: datetime, repeat_after: timedelta | None
    ) -> Delivery:
        """`repeat_after`: a fault makes QStash forget a success, and deliver once more that much later."""
        attempt = Delivery(
            message.id,
            message.url,
            message.retried,
            started_at,
            now,
            reply.status,
            Outcome.CANCELLED,
            None,
            reply.error,
        )
        if message.state is not MessageState.ACTIVE:  # cancelled meanwhile
            return attempt
        if reply.is_success:
            return self._delivered(message, reply, attempt, repeat_after)
        self._journal.note(now, EventState.ERROR, message, reply=reply)
        if may_retry(message, reply):
            return self._retried(message, reply, attempt)
        return self._failed(message, reply, attempt)

    def _delivered(self, message: Message, reply: Reply, attempt: Delivery, repeat_after: timedelta | None) -> Delivery:
        now = attempt.answered_at
        self._journal.note(now, EventState.DELIVERED, message, reply=reply)
        self._mark_schedule(message, "SUCCESS")
        self._call_back(message, reply, now)
        if repeat_after is not None:
            self._wait(message, until=now + repeat_after)
        else:
            self._store.end(message, MessageState.DELIVERED, now)
        return replace(attempt, outcome=Outcome.DELIVERED, next_at=message.due_at if repeat_after else None)

    def _retried(self, message: Message, reply: Reply, attempt: Delivery) -> Delivery:
        now = attempt.answered_at
        next_at = now + retry_delay(message, reply, now)
        self._call_back(message, reply, now)
        message.retried += 1
        self._wait(message, until=next_at)
        self._journal.note(now, EventState.RETRY, message, next_at=next_at)
        return replace(attempt, outcome=Outcome.RETRYING, next_at=next_at)

    def _failed(self, message: Message, reply: Reply, attempt: Delivery) -> Delivery:
        now = attempt.answered_at
        self._journal.note(now, EventState.FAILED, message, reply=reply)
        self._store.end(message, MessageState.FAILED, now)
        self._mark_schedule(message, "FAIL")
        self._letters += 1
        letter = DeadLetter(f"{milliseconds(now)}-{self._letters}", message, reply, now)
        self._store.dead_letters.put(letter.id, letter)
        self._call_back(message, reply, now)
        if (url := message.options.failure_callback) is not None:
            asked = callback_asked(message, message.options.failure_callback_asked)
            self._intake.publish_callback(url, asked, callback_body(message, reply, letter.id), now)
        return replace(attempt, outcome=Outcome.FAILED)

    def _wait(self, message: Message, *, until: datetime) -> None:
        message.state, message.due_at = MessageState.WAITING, until
        self._store.messages.put(message.id, message)
        self._timeline.add(message)

    def _call_back(self, message: Message, reply: Reply, now: datetime) -> None:
        """Each attempt that got a reply is told."""
        if (url := message.options.callback) is not None and reply.status:
            asked = callback_asked(message, message.options.callback_asked)
            self._intake.publish_callback(url, asked, callback_body(message, reply), now)

    def _mark_schedule(self, message: Message, state: str) -> None:
        schedule = self._store.schedules.get(message.schedule_id) if message.schedule_id else None
        if schedule is not None and message.id in schedule.last_states:
            schedule.last_states[message.id] = state
            self._store.schedules.put(schedule.id, schedule)
