"""Ask QStash to call back at a schedule's next occurrence.

Arming is only a hint: whatever goes wrong here is logged and left to the sweep, which finds every schedule that is not
armed for its next occurrence. So nothing in this file raises for what QStash does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lib import logs
from lib.domain.message import Message, occurrence_message
from lib.domain.plan import Plan, plan_after
from lib.domain.schedule import Schedule
from lib.errors import Invalid, LimitReached, NotConfigured, Unavailable
from lib.services import Services

BATCH = 100


async def arm_schedule(
    schedule: Schedule,
    services: Services,
    now: datetime,
    *,
    again: bool = False,
    not_before: datetime | None = None,
) -> bool:
    """Arm one schedule for its next_run_at, unless it is armed already; `again` arms it all the same.

    True when a message stands at QStash. False leaves it to the sweep.
    """
    if not again and schedule.armed_for is not None and schedule.armed_for == schedule.next_run_at:
        return True
    return await arm_schedules([schedule], services, now, not_before) == 1


async def arm_schedules(
    schedules: Sequence[Schedule], services: Services, now: datetime, not_before: datetime | None = None
) -> int:
    """Arm those whose time is within the horizon; how many QStash took."""
    near = [schedule for schedule in schedules if is_near(schedule, services.settings.arming_horizon, now)]
    armed = 0
    for start in range(0, len(near), BATCH):
        batch = near[start : start + BATCH]
        sent = await publish(tuple(occurrence_message(schedule, not_before or now) for schedule in batch), services)
        taken = [(schedule, message_id) for schedule, message_id in zip(batch, sent, strict=True) if message_id]
        await _mark_armed(taken, services, now)
        armed += len(taken)
        if not taken:
            break  # refused: the rest would be too
    return armed


def is_near(schedule: Schedule, horizon: timedelta, now: datetime) -> bool:
    """Whether its next occurrence is near enough for a message. A horizon of 0 means never: the sweep performs."""
    if schedule.next_run_at is None or horizon <= timedelta(0):
        return False
    return schedule.next_run_at - schedule.lead_time <= now + horizon


async def publish(messages: Sequence[Message], services: Services) -> list[str | None]:
    """Send up to BATCH messages; the message ids, none where QStash did not take one.

    QStash refuses a whole batch for one bad item, so a refused batch is sent singly, until one fails for a reason that
    all would share.
    """
    if len(messages) > 1:
        try:
            return await services.queue.publish_many(messages)
        except (Unavailable, NotConfigured) as exc:
            _log_refusal(exc, len(messages))
            return [None] * len(messages)
        except LimitReached as exc:
            _log_refusal(exc, len(messages))
            if exc.details.get("status") == TOO_MANY:
                return [None] * len(messages)
    return await _publish_singly(messages, services)


TOO_MANY = 429  # the day's quota is spent, or the rate is too high: sending singly would be refused as well


async def _publish_singly(messages: Sequence[Message], services: Services) -> list[str | None]:
    sent: list[str | None] = []
    for message in messages:
        try:
            sent.append(await services.queue.publish(message))
        except LimitReached as exc:
            _log_refusal(exc, 1)
            sent.append(None)
        except (Unavailable, NotConfigured) as exc:
            _log_refusal(exc, len(messages) - len(sent))
            break
    return sent + [None] * (len(messages) - len(sent))


async def cancel_message(message_id: str | None, services: Services) -> None:
    """Take a superseded message back, as best effort: if it comes all the same, its claim is `stale`."""
    if not message_id:
        return
    try:
        await services.queue.cancel(message_id)
    except (Unavailable, LimitReached, NotConfigured) as exc:
        logs.info("message.not_cancelled", message_id=message_id, code=exc.code)


async def _mark_armed(taken: Sequence[tuple[Schedule, str]], services: Services, now: datetime) -> None:
    if not taken:
        return
    try:
        await services.store.mark_armed([_armed(schedule, message_id) for schedule, message_id in taken], now)
    except Unavailable as exc:
        # The message stands and will be performed; unmarked, it is at worst armed a second time.
        logs.warning("schedule.armed_unmarked", count=len(taken), message=exc.message)


def _armed(schedule: Schedule, message_id: str) -> dict[str, object]:
    """What is remembered of an arming: also which occurrence follows, so that the claim can move on to it by itself."""
    following = usable_plan(schedule, schedule.next_run_at)
    return {
        "schedule_id": schedule.id,
        "due_at": schedule.next_run_at,
        "revision": schedule.revision,
        "message_id": message_id,
        "following_run_at": following.next_run_at,
        "following_late_at": following.late_at,
    }


def usable_plan(schedule: Schedule, due_at: datetime | None) -> Plan:
    """What comes after `due_at`. A stored rule that cannot be used has nothing: it ends its schedule, not the sweep."""
    try:
        return plan_after(schedule.rule, due_at, schedule.lateness_limit) if due_at else Plan(None, None)
    except Invalid as exc:
        logs.error("schedule.unusable", schedule_id=schedule.id, message=exc.message)
        return Plan(None, None)


def _log_refusal(exc: Unavailable | LimitReached | NotConfigured, count: int) -> None:
    logs.warning("message.not_published", code=exc.code, message=exc.message, count=count)
