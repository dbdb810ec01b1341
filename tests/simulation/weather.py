"""What goes wrong at platforms, and with whoever publishes: drawn from a seed, each with its chance."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from random import Random

from dev.platforms.script import Doing, Failing, Fault
from dev.qstash.faults import Fault as MessageFault

STORM = timedelta(minutes=10)


class Trouble(StrEnum):
    """What a call of a platform may meet."""

    LOST_REPLY = "lost_reply"  # it was made, and nobody is told
    LOST_CALL = "lost_call"  # it never arrived, which looks the same
    BROKEN = "broken"  # a 500, after it was made or not
    THROTTLED = "throttled"  # too many
    SLOW = "slow"  # half a minute


CHANCES = {
    Trouble.LOST_REPLY: 0.04,
    Trouble.LOST_CALL: 0.03,
    Trouble.BROKEN: 0.03,
    Trouble.THROTTLED: 0.02,
    Trouble.SLOW: 0.03,
}
MESSAGE_CHANCES = {
    MessageFault.DUPLICATE: 0.03,
    MessageFault.DROP: 0.02,
    MessageFault.DELAY: 0.02,
    MessageFault.REORDER: 0.02,
    MessageFault.LOSE_REPLY: 0.03,
}


@dataclass
class Weather:
    """Asked by a stand-in for each call. `storm`: the platform that throttles everybody just now."""

    chance: Random
    met: Counter[Trouble] = field(default_factory=Counter)
    storm: str | None = None

    def over(self, platform: str) -> "Local":
        return Local(self, platform)

    def draw(self, platform: str, doing: Doing) -> Fault | None:
        if doing is not Doing.MAKE:
            return None
        if platform == self.storm and self.chance.random() < 0.5:
            self.met[Trouble.THROTTLED] += 1
            return Fault(Failing.THROTTLE, retry_after=STORM)
        trouble = self.chance.choices([*CHANCES, None], [*CHANCES.values(), 1 - sum(CHANCES.values())])[0]
        if trouble is None:
            return None
        self.met[trouble] += 1
        return self._fault(trouble)

    def _fault(self, trouble: Trouble) -> Fault:
        match trouble:
            case Trouble.LOST_REPLY:
                return Fault(Failing.DROP_AFTER)
            case Trouble.LOST_CALL:
                return Fault(Failing.DROP_BEFORE)
            case Trouble.BROKEN:
                return Fault(Failing.STATUS, status=self.chance.choice((500, 502)), is_made=self.chance.random() < 0.5)
            case Trouble.THROTTLED:
                return Fault(Failing.THROTTLE, retry_after=timedelta(seconds=self.chance.choice((5, 60, 300))))
            case Trouble.SLOW:
                return Fault(slow=timedelta(seconds=30))


@dataclass(frozen=True, slots=True)
class Local:
    """The weather over one platform."""

    weather: Weather
    platform: str

    def __call__(self, account: str, doing: Doing) -> Fault | None:
        return self.weather.draw(self.platform, doing)
