"""Rules and notes in Korean."""

from lib.domain.recurrence.occurrences import ClockChange, Occurrence
from lib.domain.recurrence.rrule_text import Freq
from lib.domain.recurrence.saying import Saying
from lib.domain.schedule import Frequency

LABELS = {
    Frequency.HOURLY: "매시간",
    Frequency.EVERY_3_HOURS: "3시간마다",
    Frequency.EVERY_6_HOURS: "6시간마다",
    Frequency.DAILY: "매일",
    Frequency.WEEKLY: "주간",
    Frequency.MONTHLY: "월간",
    Frequency.CUSTOM: "사용자 지정",
}
EVERY = {
    Freq.HOURLY: ("매시간", "시간마다"),
    Freq.DAILY: ("매일", "일마다"),
    Freq.WEEKLY: ("매주", "주마다"),
    Freq.MONTHLY: ("매월", "개월마다"),
    Freq.YEARLY: ("매년", "년마다"),
}
WEEKDAYS = "월화수목금토일"
NTH = {1: "첫째", 2: "둘째", 3: "셋째", 4: "넷째", 5: "다섯째", -1: "마지막", -2: "끝에서 둘째"}


def sentence(saying: Saying) -> str:
    if saying.text is not None:
        main = f"{LABELS[Frequency.CUSTOM]}: {saying.text}"
    else:
        main = " ".join(word for word in (every(saying), months(saying), days(saying), times(saying)) if word)
    return ", ".join(word for word in (main, amount(saying), bounds(saying)) if word)


def every(saying: Saying) -> str:
    once, several = EVERY[saying.freq]
    return once if saying.interval == 1 else f"{saying.interval}{several}"


def months(saying: Saying) -> str:
    return "·".join(f"{month}월" for month in saying.months)


def days(saying: Saying) -> str:
    numbers = "·".join("말일" if day == -1 else f"{day}일" for day in saying.month_days)
    nth = "·".join(f"{NTH[nth]} {WEEKDAYS[weekday]}요일" for weekday, nth in saying.nth_weekdays)
    plain = "·".join(WEEKDAYS[weekday] for weekday in saying.weekdays)
    return " ".join(
        word for word in (numbers, "(없으면 말일)" if saying.or_last_day else "", nth, plain and f"{plain}요일") if word
    )


def times(saying: Saying) -> str:
    if saying.freq is not Freq.HOURLY:
        return ", ".join(saying.times)
    return f"{saying.times[0][3:]}분" if saying.interval == 1 else f"{saying.times[0]} 기준"


def amount(saying: Saying) -> str:
    return "" if saying.count is None else f"{saying.count}회"


def bounds(saying: Saying) -> str:
    words = (saying.starts and f"{saying.starts}부터", saying.until and f"{saying.until}까지")
    return " ".join(word for word in words if word)


def note(occurrence: Occurrence, change: ClockChange) -> str:
    local, wanted = occurrence.local, occurrence.wanted or occurrence.local
    runs = f"{local:%H:%M}" if wanted.date() == local.date() else f"다음 날 {local:%H:%M}"
    return {
        ClockChange.GAP: f"시계가 앞당겨져 {wanted:%H:%M}이 없는 날입니다. {runs}에 실행됩니다.",
        ClockChange.OVERLAP: f"시계가 늦춰져 {wanted:%H:%M}이 두 번 있는 날입니다. 첫 번째에 한 번만 실행됩니다.",
        ClockChange.SHIFT: f"시계가 바뀌어 간격은 같지만 이때부터 현지 시각이 달라집니다: {local:%H:%M}.",
        ClockChange.MONTH_END: f"이 달에는 지정한 날이 없어 마지막 날({local.day}일)에 실행됩니다.",
    }[change]
