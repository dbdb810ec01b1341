"""Rules and notes as people read them."""

import pytest

from lib.domain.recurrence import FREQUENCY_LABELS, describe, describe_note, occurrences
from lib.domain.schedule import Frequency, Rule
from lib.errors import Invalid
from tests.domain.recurrence_rules import created, custom, daily, make, monthly, utc, weekly


def test_the_korean_labels_are_the_seeds() -> None:
    labels = {frequency.value: label for frequency, label in FREQUENCY_LABELS["ko"].items()}
    labels.pop("custom")
    assert labels == {
        "hourly": "매시간",
        "3hours": "3시간마다",
        "6hours": "6시간마다",
        "daily": "매일",
        "weekly": "주간",
        "monthly": "월간",
    }


def test_every_frequency_has_a_label_in_every_language() -> None:
    assert all(set(labels) == set(Frequency) for labels in FREQUENCY_LABELS.values())
    assert set(FREQUENCY_LABELS) == {"ko", "en"}


SENTENCES = [
    (make(Frequency.HOURLY), "매시간 17분", "Every hour at minute 17"),
    (make(Frequency.EVERY_3_HOURS, at="09:00"), "3시간마다 09:00 기준", "Every 3 hours counted from 09:00"),
    (daily("Asia/Seoul", "09:00"), "매일 09:00", "Every day at 09:00"),
    (weekly("Asia/Seoul", "09:00", 1), "매주 월요일 09:00", "Every Monday at 09:00"),
    (weekly("Asia/Seoul", "09:00", 7), "매주 일요일 09:00", "Every Sunday at 09:00"),
    (monthly("Asia/Seoul", "09:00", 15), "매월 15일 09:00", "Every month on day 15 at 09:00"),
    (
        monthly("Asia/Seoul", "09:00", 31),
        "매월 31일 (없으면 말일) 09:00",
        "Every month on day 31 (or the last day) at 09:00",
    ),
    (
        daily("Asia/Seoul", "09:00", starts_at=utc("2026-12-01 00:00"), ends_at=utc("2026-12-31 09:30")),
        "매일 09:00, 2026-12-01 09:00부터 2026-12-31 18:30까지",
        "Every day at 09:00, from 2026-12-01 09:00 until 2026-12-31 18:30",
    ),
    (
        custom("FREQ=DAILY;BYHOUR=9,15,21", "Asia/Seoul"),
        "매일 09:00, 15:00, 21:00",
        "Every day at 09:00, 15:00 and 21:00",
    ),
    (
        custom("FREQ=WEEKLY;BYDAY=MO,TH", "Asia/Seoul", "09:00"),
        "매주 월·목요일 09:00",
        "Every Monday and Thursday at 09:00",
    ),
    (
        custom("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;COUNT=1", "Asia/Seoul", "09:00"),
        "2주마다 금요일 09:00, 1회",
        "Every 2 weeks on Friday at 09:00, once",
    ),
    (
        custom("FREQ=DAILY;COUNT=3;BYMONTH=2", "Asia/Seoul", "09:00"),
        "매일 2월 09:00, 3회",
        "Every day in February at 09:00, 3 times",
    ),
    (
        custom("FREQ=DAILY;UNTIL=20270101T000000Z", "Asia/Seoul", "09:00"),
        "매일 09:00, 2027-01-01 09:00까지",
        "Every day at 09:00, until 2027-01-01 09:00",
    ),
    (
        custom("FREQ=MONTHLY;BYDAY=-1FR,2TU", "Asia/Seoul", "09:00"),
        "매월 둘째 화요일·마지막 금요일 09:00",
        "Every month on the second Tuesday and the last Friday at 09:00",
    ),
    (
        custom("FREQ=MONTHLY;BYMONTHDAY=-1,15", "Asia/Seoul", "09:00"),
        "매월 15일·말일 09:00",
        "Every month on day 15 and the last day at 09:00",
    ),
    (
        custom("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "Asia/Seoul", "09:00"),
        "매년 2월 29일 09:00",
        "Every year on day 29 of February at 09:00",
    ),
    (custom("FREQ=HOURLY;BYMINUTE=45", "Asia/Seoul", "09:00"), "매시간 45분", "Every hour at minute 45"),
    (
        custom("FREQ=HOURLY;INTERVAL=5;BYDAY=SA,SU", "Asia/Seoul", "09:00"),
        "5시간마다 토·일요일 09:00 기준",
        "Every 5 hours on Saturday and Sunday counted from 09:00",
    ),
    (
        custom("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "Asia/Seoul", "09:00"),
        "사용자 지정: FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
        "Custom: FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
    ),
]


@pytest.mark.parametrize(("rule", "korean", "english"), SENTENCES)
def test_a_rule_is_described_in_korean_and_english(rule: Rule, korean: str, english: str) -> None:
    assert describe(created(rule), "ko") == f"{korean} (Asia/Seoul)"
    assert describe(created(rule), "en") == f"{english} (Asia/Seoul)"


NOTES = [
    (
        daily("America/New_York", "02:30"),
        "2026-03-08 00:00",
        "시계가 앞당겨져 02:30이 없는 날입니다. 03:00에 실행됩니다.",
        "Clock change: 02:30 does not exist on this day; it runs at 03:00.",
    ),
    (
        daily("America/Nuuk", "23:30"),
        "2024-03-30 12:00",
        "시계가 앞당겨져 23:30이 없는 날입니다. 다음 날 00:00에 실행됩니다.",
        "Clock change: 23:30 does not exist on this day; it runs at 00:00 on the next day.",
    ),
    (
        daily("America/New_York", "01:30"),
        "2026-11-01 00:00",
        "시계가 늦춰져 01:30이 두 번 있는 날입니다. 첫 번째에 한 번만 실행됩니다.",
        "Clock change: 01:30 happens twice on this day; it runs once, the first time.",
    ),
    (
        make(Frequency.EVERY_6_HOURS, "America/New_York", anchor_at=utc("2026-03-07 14:00")),
        "2026-03-08 03:00",
        "시계가 바뀌어 간격은 같지만 이때부터 현지 시각이 달라집니다: 04:00.",
        "Clock change: the interval stays, the local time becomes 04:00 from here on.",
    ),
    (
        monthly("Asia/Seoul", "09:00", 31),
        "2027-02-01 00:00",
        "이 달에는 지정한 날이 없어 마지막 날(28일)에 실행됩니다.",
        "The month is shorter: it runs on the last day, the 28th.",
    ),
]


@pytest.mark.parametrize(("rule", "after", "korean", "english"), NOTES)
def test_a_note_says_what_happens_in_korean_and_english(rule: Rule, after: str, korean: str, english: str) -> None:
    (found,) = occurrences(rule, utc(after), 1)
    assert describe_note(found, "ko") == korean
    assert describe_note(found, "en") == english


def test_an_ordinary_occurrence_has_nothing_to_note() -> None:
    (found,) = occurrences(daily("Asia/Seoul", "09:00"), utc("2026-11-21 00:00"), 1)
    assert describe_note(found, "ko") is None


def test_a_language_that_is_not_spoken_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="language") as caught:
        describe(daily("Asia/Seoul", "09:00"), "fr")
    assert caught.value.details["allowed"] == ["en", "ko"]
