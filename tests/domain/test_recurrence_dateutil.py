"""Our answers beside dateutil's, in a zone without clock changes, and beside a look at every single day.

Left out because dateutil reads them differently: plain and nth weekdays mixed (it wants both at once), and BYSETPOS in
the first, partial week of a WEEKLY rule (it counts positions from the start instead of from the week).
"""

from datetime import UTC, datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lib.domain.recurrence import next_occurrence, occurrences
from tests.domain.recurrence_rules import NOW, custom

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
thorough = settings(max_examples=500, deadline=None, database=None)

type Values = st.SearchStrategy[list[str]]


def some(values: st.SearchStrategy[str], most: int) -> Values:
    return st.lists(values, min_size=1, max_size=most)


def either_way(high: int) -> st.SearchStrategy[str]:
    return (st.integers(1, high) | st.integers(-high, -1)).map(str)


months = some(st.integers(1, 12).map(str), 6)
weekdays = some(st.sampled_from(WEEKDAYS), 4)
nth_weekdays = some(st.builds("{}{}".format, either_way(5), st.sampled_from(WEEKDAYS)), 3)
month_days = some(either_way(31), 9)
FILTERS: dict[str, dict[str, Values]] = {
    "YEARLY": {
        "BYMONTH": months,
        "BYMONTHDAY": month_days,
        "BYYEARDAY": some(either_way(366), 4),
        "BYDAY": weekdays | nth_weekdays,
    },
    "MONTHLY": {"BYMONTH": months, "BYMONTHDAY": month_days, "BYDAY": weekdays | nth_weekdays},
    "WEEKLY": {"BYMONTH": months, "BYDAY": weekdays},
    "DAILY": {"BYMONTH": months, "BYMONTHDAY": month_days, "BYDAY": weekdays},
    "HOURLY": {"BYMONTH": months, "BYMONTHDAY": month_days, "BYDAY": weekdays},
}


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    freq = draw(st.sampled_from(sorted(FILTERS)))
    parts = {name: ",".join(draw(values)) for name, values in FILTERS[freq].items() if draw(st.booleans())}
    if freq == "YEARLY" and not parts and draw(st.booleans()):
        parts["BYWEEKNO"] = draw(either_way(53))
    if freq in ("YEARLY", "MONTHLY") and parts and draw(st.booleans()):
        parts["BYSETPOS"] = draw(either_way(4))
    if freq != "HOURLY" and draw(st.booleans()):
        parts["BYHOUR"] = ",".join(draw(some(st.integers(0, 23).map(str), 3)))
    if draw(st.booleans()):
        parts["INTERVAL"] = str(draw(st.integers(1, 50 if freq in ("HOURLY", "DAILY") else 3)))
    if draw(st.booleans()):
        parts["WKST"] = draw(st.sampled_from(WEEKDAYS))
    if draw(st.booleans()):
        parts["COUNT"] = str(draw(st.integers(1, 9)))
    elif draw(st.booleans()):
        parts["UNTIL"] = "20280101T000000"
    return ";".join([f"FREQ={freq}", *(f"{name}={value}" for name, value in parts.items())])


@thorough
@given(rule_texts(), st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 - hypothesis wants naive
def test_in_a_zone_without_changes_rules_fire_as_dateutil_says(text: str, start: datetime) -> None:
    start = start.replace(microsecond=0)
    anchor_at = start.replace(tzinfo=UTC)
    found = occurrences(custom(text, "UTC", anchor_at=anchor_at, starts_at=anchor_at), anchor_at - HOUR, 6)
    assume(found)  # dateutil would look for what never fires up to the year 9999; the next test is about that
    expected = islice(rrulestr(text, dtstart=start), len(found))
    assert [one.at.replace(tzinfo=None) for one in found] == list(expected)


@thorough
@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=3),
    st.lists(st.integers(1, 31), min_size=1, max_size=3),
    st.lists(st.integers(0, 6), min_size=1, max_size=2),
    st.integers(1, 5),
)
def test_none_is_said_only_where_a_look_at_every_day_finds_none(
    of_year: list[int], of_month: list[int], of_week: list[int], interval: int
) -> None:
    lists = (",".join(map(str, of_year)), ",".join(map(str, of_month)), ",".join(WEEKDAYS[day] for day in of_week))
    text = "FREQ=YEARLY;INTERVAL={};BYMONTH={};BYMONTHDAY={};BYDAY={}".format(interval, *lists)
    nine = NOW.replace(hour=9, minute=0, second=0)
    expected = [
        day
        for day in (nine + step * DAY for step in range(5 * 366 + 1))
        if day.month in of_year and day.day in of_month and day.weekday() in of_week
        if (day.year - NOW.year) % interval == 0
    ]
    assert next_occurrence(custom(text, "UTC", "09:00"), NOW) == (expected[0] if expected else None)
