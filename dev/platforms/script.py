"""What a platform's stand-in was told to do wrong: for one account or for whoever calls next."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Doing(StrEnum):
    """What a call is for."""

    MAKE = "make"  # something that is to be seen: a post, an article, a mail
    READ = "read"  # a look at the account, or at what is there
    SIGN_IN = "sign_in"  # tokens and sessions


class Failing(StrEnum):
    """How one call goes wrong."""

    STATUS = "status"  # an error answer, `status` says which
    DROP_BEFORE = "drop_before"  # the connection is lost before anything was made
    DROP_AFTER = "drop_after"  # it was made, and the reply is lost
    THROTTLE = "throttle"  # too many, in the platform's own words and headers; `retry_after` says for how long
    HANG = "hang"  # taken and never answered
    REVOKED = "revoked"  # the account's credentials die, now and for later
    GONE = "gone"  # the account, its webhook or its site is not there any more, now and later


@dataclass(frozen=True, slots=True)
class Fault:
    """The next call takes so long, and then goes wrong so, or not at all when `how` is none.

    `is_made`: the answer is an error, or none, although it was made (a proxy's 502, a platform that hangs on the way
    out). `says` replaces the body of a STATUS, `headers` are added to it.
    """

    how: Failing | None = None
    on: Doing = Doing.MAKE
    status: int = 500
    retry_after: timedelta = timedelta(seconds=30)
    slow: timedelta = timedelta(0)
    is_made: bool = False
    says: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Fault":
        """From JSON such as `{"how": "throttle", "retry_after": 60}`; durations in seconds.

        Raises ValueError for a name that is unknown.
        """
        if unknown := given.keys() - set(cls.__slots__):
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        return cls(
            how=Failing(given["how"]) if given.get("how") else None,
            on=Doing(given.get("on", Doing.MAKE)),
            status=int(given.get("status", 500)),
            retry_after=timedelta(seconds=given.get("retry_after", 30)),
            slow=timedelta(seconds=given.get("slow", 0)),
            is_made=bool(given.get("is_made", False)),
            says=given.get("says"),
            headers=given.get("headers", {}),
        )


WELL = Fault()


@dataclass
class Script:
    """Faults for the calls to come, first come first served; an account's own before everybody's.

    `weather` is asked when none is written down: what happens to this account's call, doing this.
    """

    weather: Callable[[str, Doing], Fault | None] | None = None
    _faults: dict[str | None, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))

    def fail(self, *faults: Fault, account: str | None = None) -> None:
        self._faults[account].extend(faults)

    def next_fault(self, account: str, doing: Doing) -> Fault:
        for faults in (self._faults[account], self._faults[None]):
            found = next((fault for fault in faults if fault.on is doing), None)
            if found is not None:
                faults.remove(found)
                return found
        return (self.weather(account, doing) if self.weather else None) or WELL

    def clear(self) -> None:
        """No more faults: all is well from now on."""
        self._faults.clear()
        self.weather = None

    def __len__(self) -> int:
        return sum(len(faults) for faults in self._faults.values())
