"""Which rules are refused, and under which field's name."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest

from lib.domain.recurrence import anchor_for, check_rule, next_occurrence
from lib.domain.rule_edit import new_rule
from lib.domain.schedule import Frequency, Rule
from lib.errors import Invalid
from tests.domain.recurrence_rules import NOW, created, custom, daily, make, monthly, utc, weekly

YEAR = timedelta(days=365)
SEOUL = timezone(timedelta(hours=9))
ALL_HOURS = ",".join(map(str, range(24)))


def refused_field(rule: Rule) -> str:
    with pytest.raises(Invalid) as caught:
        check_rule(rule, NOW)
    assert caught.value.details["field"] == caught.value.field
    return caught.value.field


@pytest.mark.parametrize(
    "rule",
    [
        make(Frequency.HOURLY),
        make(Frequency.EVERY_3_HOURS, at="09:00"),
        make(Frequency.EVERY_6_HOURS, starts_at=NOW + YEAR, ends_at=NOW + 2 * YEAR),
        daily("Asia/Seoul", "00:00"),
        daily("UTC", "23:59:59"),
        daily("America/Argentina/ComodRivadavia", "09:00"),
        weekly("Etc/GMT+12", "09:00", 7),
        monthly("Asia/Kolkata", "09:00", 31),
        monthly("Asia/Seoul", "09:00", 1, starts_at=utc("1970-01-01 00:00")),
        custom("FREQ=DAILY"),
        custom("FREQ=HOURLY;INTERVAL=43824"),
        custom("FREQ=YEARLY;INTERVAL=5"),
        custom("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        custom("FREQ=MONTHLY;COUNT=5000;WKST=SU"),
        custom("FREQ=DAILY;UNTIL=99981231T235959Z", "Pacific/Kiritimati"),
        custom(f"FREQ=DAILY;BYHOUR={ALL_HOURS}"),
    ],
)
def test_these_rules_are_accepted_and_fire(rule: Rule) -> None:
    assert next_occurrence(created(rule), NOW) is not None


@pytest.mark.parametrize(
    "zone",
    [
        *("", " ", ".", "..", "/", "Nowhere/Town", "seoul", "Asia/Seoul ", "Asia", "America/Argentina", "KST"),
        *("../etc/passwd", "/etc/localtime", "/usr/share/zoneinfo/UTC", "Asia/../UTC", "tzdata.zi", "zone.tab"),
        *("localtime", "posixrules", "Factory", "right/UTC", "posix/UTC", "서울", "\ud800", "UTC\0", "A" * 5000),
    ],
)
def test_an_unknown_zone_is_refused(zone: str) -> None:
    assert refused_field(daily(zone, "09:00")) == "timezone"
    with pytest.raises(Invalid, match="timezone"):
        anchor_for(make(Frequency.EVERY_3_HOURS, zone), NOW)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (make(Frequency.DAILY), "timeOfDay"),
        (make(Frequency.WEEKLY, weekday=1), "timeOfDay"),
        (make(Frequency.WEEKLY, at="09:00"), "weekday"),
        (make(Frequency.MONTHLY, day_of_month=1), "timeOfDay"),
        (make(Frequency.MONTHLY, at="09:00"), "dayOfMonth"),
        (make(Frequency.CUSTOM, at="09:00"), "rrule"),
    ],
)
def test_what_a_frequency_needs_must_be_there(rule: Rule, field: str) -> None:
    assert refused_field(rule) == field


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (make(Frequency.HOURLY, weekday=1), "weekday"),
        (make(Frequency.EVERY_3_HOURS, day_of_month=1), "dayOfMonth"),
        (make(Frequency.EVERY_6_HOURS, rrule="FREQ=DAILY"), "rrule"),
        (daily("UTC", "09:00", weekday=1), "weekday"),
        (daily("UTC", "09:00", rrule="FREQ=DAILY"), "rrule"),
        (weekly("UTC", "09:00", 1, day_of_month=1), "dayOfMonth"),
        (monthly("UTC", "09:00", 1, weekday=1), "weekday"),
        (custom("FREQ=DAILY", weekday=1), "weekday"),
        (custom("FREQ=DAILY", day_of_month=1), "dayOfMonth"),
    ],
)
def test_what_has_no_meaning_with_a_frequency_is_refused(rule: Rule, field: str) -> None:
    assert refused_field(rule) == field


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        *((weekly("UTC", "09:00", day), "weekday") for day in (0, 8, -1)),
        *((monthly("UTC", "09:00", day), "dayOfMonth") for day in (0, 32, -1)),
        (replace(daily("UTC", "09:00"), time_of_day=time(9, tzinfo=UTC)), "timeOfDay"),
        (replace(daily("UTC", "09:00"), time_of_day=time(9, 0, 0, 1)), "timeOfDay"),
    ],
)
def test_values_out_of_range_are_refused(rule: Rule, field: str) -> None:
    assert refused_field(rule) == field


@pytest.mark.parametrize(
    ("bounds", "field"),
    [
        ({"starts_at": datetime(2026, 12, 1)}, "startsAt"),  # noqa: DTZ001
        ({"ends_at": datetime(2026, 12, 1)}, "endsAt"),  # noqa: DTZ001
        ({"starts_at": utc("1969-12-31 23:59:59")}, "startsAt"),
        ({"starts_at": datetime.min.replace(tzinfo=SEOUL)}, "startsAt"),
        ({"starts_at": datetime.max.replace(tzinfo=UTC)}, "startsAt"),
        ({"starts_at": NOW + 5.2 * YEAR}, "startsAt"),
        ({"ends_at": NOW}, "endsAt"),
        ({"ends_at": datetime.min.replace(tzinfo=SEOUL)}, "endsAt"),
        ({"ends_at": datetime.max.replace(tzinfo=UTC)}, "endsAt"),
        ({"starts_at": NOW + YEAR, "ends_at": NOW + YEAR - timedelta(seconds=1)}, "endsAt"),
        ({"ends_at": NOW + timedelta(hours=1)}, "endsAt"),  # nothing fires until then
    ],
)
def test_bounds_that_leave_nothing_are_refused(bounds: dict[str, Any], field: str) -> None:
    for rule in (daily("Asia/Seoul", "09:00", **bounds), custom("FREQ=DAILY", "Asia/Seoul", "09:00", **bounds)):
        assert refused_field(rule) == field


@pytest.mark.parametrize("start", [datetime(2026, 12, 1), datetime.min.replace(tzinfo=SEOUL)])  # noqa: DTZ001
def test_a_start_that_cannot_be_is_refused_by_the_anchor_too(start: datetime) -> None:
    with pytest.raises(Invalid, match="startsAt"):
        anchor_for(make(Frequency.HOURLY, starts_at=start), NOW)
    with pytest.raises(Invalid, match="startsAt"):
        new_rule({"frequency": Frequency.WEEKLY, "timezone": "America/New_York", "starts_at": start}, NOW)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty part"),
        ("daily", "DAILY is not a part"),
        ("FREQ", "no value"),
        ("FREQ=", "no value"),
        ("FREQ=FORTNIGHTLY", "how often"),
        ("INTERVAL=2", "how often"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
        ("FREQ=DAILY;;COUNT=1", "empty part"),
        ("FREQ=DAILY;BYEASTER=0", "not a part"),
        ("FREQ=DAILY;RSCALE=GREGORIAN", "not a part"),
        ("FREQ = DAILY", "no spaces"),
        ("FREQ=DAILY\nFREQ=WEEKLY", "one line"),
        ("FREQ=DAILY;BYDAY=월", "one line"),
        ("FREQ=DAILY;COUNT=" + "1" * 500, "longer"),
        # what belongs elsewhere
        ("DTSTART:20260101T090000\nRRULE:FREQ=DAILY", "startsAt"),
        ("DTSTART;TZID=Asia/Seoul:20260101T090000\nRRULE:FREQ=DAILY", "startsAt"),
        ("FREQ=DAILY;DTSTART=20260101T090000Z", "startsAt"),
        ("FREQ=DAILY;TZID=Asia/Seoul", "timezone"),
        ("RRULE:FREQ=DAILY\nEXDATE:20260101", "EXDATE"),
        ("RDATE:20260101", "RDATE"),
        ("EXRULE:FREQ=DAILY", "EXRULE"),
        # more often than hourly
        ("FREQ=MINUTELY", "more often than hourly"),
        ("FREQ=MINUTELY;INTERVAL=90", "more often than hourly"),
        ("FREQ=SECONDLY", "more often than hourly"),
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=0,30", "more often than hourly"),
        ("FREQ=HOURLY;BYMINUTE=0,30", "more often than hourly"),
        ("FREQ=YEARLY;BYSECOND=0,1", "more often than hourly"),
        # numbers
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1,2", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1827", "INTERVAL"),
        ("FREQ=YEARLY;INTERVAL=6", "INTERVAL"),
        ("FREQ=HOURLY;INTERVAL=99999", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=5001", "COUNT"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=-1", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=9,", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=0x9", "BYHOUR"),
        ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE"),
        ("FREQ=DAILY;BYSECOND=60", "BYSECOND"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH"),
        ("FREQ=YEARLY;BYYEARDAY=367", "BYYEARDAY"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS"),
        ("FREQ=WEEKLY;BYDAY=MOO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=54MO", "BYDAY"),
        ("FREQ=WEEKLY;WKST=XX", "WKST"),
        # ends
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20261301", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20261201T250000Z", "UNTIL"),
        ("FREQ=DAILY;UNTIL=00010101T000000", "UNTIL"),
        ("FREQ=DAILY;UNTIL=99991231T235959", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20200101", "never fires"),
        # without meaning
        ("FREQ=WEEKLY;BYDAY=2MO", "nth weekday"),
        ("FREQ=DAILY;BYDAY=-1MO", "nth weekday"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "nth weekday"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY has no meaning"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO has no meaning"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY has no meaning"),
        ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY has no meaning"),
        ("FREQ=HOURLY;BYSETPOS=1", "BYSETPOS has no meaning"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=9,10", "BYHOUR"),
    ],
)
def test_a_recurrence_rule_that_cannot_be_kept_is_refused_and_told_why(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        check_rule(custom(text, "Asia/Seoul", "09:00"), NOW)
    assert caught.value.field == "rrule"
