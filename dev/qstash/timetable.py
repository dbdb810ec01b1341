"""Schedules: at every firing of its cron expression a schedule publishes its message."""

import re
from dataclasses import replace
from datetime import datetime

from dev.qstash.cron import parse_cron
from dev.qstash.intake import Intake, Order
from dev.qstash.message import Schedule
from dev.qstash.plans import Plan
from dev.qstash.refusal import Refused
from dev.qstash.store import Store

_SCHEDULE_ID = re.compile(r"[A-Za-z0-9._-]+")


class Timetable:
    """The schedules of the store, and their firings."""

    def __init__(self, store: Store, intake: Intake, plan: Plan) -> None:
        self._store = store
        self._intake = intake
        self._plan = plan

    def put(self, order: Order, now: datetime) -> Schedule:
        """Create the schedule, or overwrite the one with the same id. Raises Refused."""
        options = order.options
        if options.cron is None:
            raise Refused(400, "invalid schedule: Upstash-Cron header is missing")
        if options.schedule_id is not None and not _SCHEDULE_ID.fullmatch(options.schedule_id):
            raise Refused(400, f"invalid scheduleId: {options.schedule_id}")
        try:
            cron = parse_cron(options.cron)
        except ValueError as exc:
            raise Refused(400, f"invalid cron: {exc}") from exc
        self._intake.check(order, now)
        known = self._store.schedules.get(options.schedule_id) if options.schedule_id else None
        if known is None and self._plan.schedules is not None and len(self._store.schedules) >= self._plan.schedules:
            raise Refused(412, f"quota maxSchedules exceeded, current limit: {self._plan.schedules}")
        schedule = Schedule(
            id=options.schedule_id or self._intake.new_id("scd_"),
            cron=options.cron,
            destination=order.destination,
            options=options,
            body=order.body,
            caller_ip=order.caller_ip,
            created_at=known.created_at if known is not None else now,
            next_at=cron.next_after(now),
            is_paused=known.is_paused if known is not None else False,
        )
        self._store.schedules.put(schedule.id, schedule)
        return schedule

    def set_paused(self, schedule: Schedule, is_paused: bool, now: datetime) -> None:
        """A paused schedule fires nothing, and does not make up for it."""
        schedule.is_paused = is_paused
        schedule.next_at = parse_cron(schedule.cron).next_after(now)
        self._store.schedules.put(schedule.id, schedule)

    def next_at(self) -> datetime | None:
        return min((schedule.next_at for schedule in self._running() if schedule.next_at is not None), default=None)

    def fire_due(self, now: datetime) -> None:
        """Publish for every schedule whose time has come: once, however many firings were slept through."""
        for schedule in self._running():
            if schedule.next_at is not None and schedule.next_at <= now:
                self._fire(schedule, now)

    def _fire(self, schedule: Schedule, now: datetime) -> None:
        order = Order(schedule.destination, schedule.options, schedule.body, schedule.caller_ip, schedule.id)
        try:
            accepted = self._intake.accept([order], now)[0]
        except Refused:  # its URL group is gone
            accepted = []
        schedule.last_at = now
        schedule.next_at = parse_cron(schedule.cron).next_after(now)
        schedule.last_states = {entry.message_id: "IN_PROGRESS" for entry in accepted}
        self._store.schedules.put(schedule.id, replace(schedule))

    def _running(self) -> list[Schedule]:
        return [schedule for schedule in self._store.schedules.values() if not schedule.is_paused]
