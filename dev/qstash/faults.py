"""What goes wrong on purpose: scripted ("duplicate the next delivery") or by chance from a seeded generator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

from dev.serving import Trouble


class Fault(StrEnum):
    """What can happen to a delivery."""

    DUPLICATE = "duplicate"  # made twice: both at once, or again a while after the first succeeded
    DROP = "drop"  # never made: the message is lost
    DELAY = "delay"  # made later than due
    REORDER = "reorder"  # made after the delivery that follows it (or `after` this long, if none follows)
    LOSE_REPLY = "lose_reply"  # made, but the destination's answer is lost, so it counts as failed


@dataclass(frozen=True, slots=True)
class Injection:
    """One fault for one delivery, to a URL that contains `to`."""

    fault: Fault
    after: timedelta = timedelta(0)
    to: str = ""


class Faults:
    """Set `outage`, `slow_by` and `quota_spent` and clear them again; script deliveries with the `…_next` verbs.

    `chances` gives each fault its probability per delivery; accidental delays, reorderings and late duplicates take up
    to `spread`. The same seed and the same deliveries give the same faults.
    """

    def __init__(
        self, seed: int = 0, chances: Mapping[Fault, float] | None = None, *, spread: timedelta = timedelta(minutes=2)
    ) -> None:
        self.chances = dict(chances or {})
        self.spread = spread
        self.outage = Trouble.NONE  # of the whole API
        self.slow_by = timedelta(0)  # before each of its answers
        self.quota_spent = False
        self._random = Random(seed)  # noqa: S311  faults must repeat, not surprise
        self._script: list[Injection] = []
        self._publish_replies_to_lose = 0

    def duplicate_next(self, *, times: int = 1, after: timedelta = timedelta(0), to: str = "") -> None:
        """Deliver twice: at the same moment, or `after` the first has been answered with success."""
        self._add(Injection(Fault.DUPLICATE, after, to), times)

    def drop_next(self, *, times: int = 1, to: str = "") -> None:
        self._add(Injection(Fault.DROP, to=to), times)

    def delay_next(self, by: timedelta, *, times: int = 1, to: str = "") -> None:
        self._add(Injection(Fault.DELAY, by, to), times)

    def reorder_next(self, *, times: int = 1, within: timedelta = timedelta(minutes=5), to: str = "") -> None:
        self._add(Injection(Fault.REORDER, within, to), times)

    def lose_reply_next(self, *, times: int = 1, to: str = "") -> None:
        self._add(Injection(Fault.LOSE_REPLY, to=to), times)

    def lose_publish_reply_next(self, *, times: int = 1) -> None:
        """Accept what is published, then break the connection instead of answering."""
        self._publish_replies_to_lose += times

    def clear(self) -> None:
        """Everything works again."""
        self.chances.clear()
        self._script.clear()
        self.outage, self.slow_by = Trouble.NONE, timedelta(0)
        self.quota_spent, self._publish_replies_to_lose = False, 0

    def draw(self, url: str) -> Injection | None:
        """The fault of the delivery that is about to be made, if any: the script first, then chance."""
        for position, injection in enumerate(self._script):
            if injection.to in url:
                return self._script.pop(position)
        for fault, chance in self.chances.items():
            if self._random.random() < chance:
                is_at_once = fault is Fault.DUPLICATE and self._random.random() < 0.5
                return Injection(fault, timedelta(0) if is_at_once else self.spread * self._random.random())
        return None

    def takes_publish_reply(self) -> bool:
        """Whether the reply to what was just published gets lost."""
        if self._publish_replies_to_lose:
            self._publish_replies_to_lose -= 1
            return True
        return False

    def _add(self, injection: Injection, times: int) -> None:
        self._script.extend([injection] * times)
