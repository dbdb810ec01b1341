"""What a stand-in was told to do wrong, and what it was asked."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Failing(StrEnum):
    """How one call goes wrong."""

    STATUS = "status"  # an error answer: 429, 500, 529 …
    DROP = "drop"  # the connection is lost once the work is done: paid for, and nobody knows
    HALF = "half"  # the answer ends in the middle of the JSON of the reply
    CUT_SHORT = "cut_short"  # the model reached max_tokens in the middle of its text
    REFUSAL = "refusal"  # the model declines
    WRONG_SHAPE = "wrong_shape"  # whole JSON of another shape than asked for
    NO_JSON = "no_json"  # prose where JSON was asked for
    EMPTY = "empty"  # an answer without content


@dataclass(frozen=True, slots=True)
class Fault:
    """The next call takes so long, and then goes wrong so, or not at all when `how` is none."""

    how: Failing | None = None
    status: int = 500
    code: str | None = None  # the vendor's own word for the error: `insufficient_quota`, `API_KEY_INVALID` …
    retry_after: timedelta | None = None
    slow: timedelta = timedelta(0)
    says: str | None = None  # the text to answer with, instead of what would have been written

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Fault":
        """From JSON such as `{"how": "status", "status": 429, "retry_after": 7, "slow": 0}`; durations in seconds.

        Raises ValueError for a name that is unknown.
        """
        if unknown := given.keys() - {"how", "status", "code", "retry_after", "slow", "says"}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        retry_after = given.get("retry_after")
        return cls(
            how=Failing(given["how"]) if given.get("how") else None,
            status=int(given.get("status", 500)),
            code=given.get("code"),
            retry_after=None if retry_after is None else timedelta(seconds=retry_after),
            slow=timedelta(seconds=given.get("slow", 0)),
            says=given.get("says"),
        )


# The words of older calls are let go: a long simulation makes very many.
MOST_REQUESTS = 1_000


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call as it was made and answered. `status` is 0 when the connection was dropped."""

    at: datetime
    model: str
    status: int
    stop_reason: str | None
    tokens_in: int
    tokens_out: int
    request: Mapping[str, Any]


@dataclass
class Script:
    """Faults for the calls to come, first come first served, and the calls there were."""

    faults: deque[Fault] = field(default_factory=deque)
    calls: list[ModelCall] = field(default_factory=list)

    def next_fault(self) -> Fault:
        return self.faults.popleft() if self.faults else Fault()

    def fail(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def note(self, call: ModelCall) -> None:
        self.calls.append(call)
        if len(self.calls) > MOST_REQUESTS:
            oldest = len(self.calls) - MOST_REQUESTS - 1
            self.calls[oldest] = replace(self.calls[oldest], request={})

    @property
    def answered(self) -> list[ModelCall]:
        """The calls that were paid for: the model did its work, whether or not the answer arrived."""
        return [call for call in self.calls if call.tokens_out]

    def summary(self) -> dict[str, Any]:
        return {
            "calls": len(self.calls),
            "answered": len(self.answered),
            "tokens_in": sum(call.tokens_in for call in self.calls),
            "tokens_out": sum(call.tokens_out for call in self.calls),
            "faults_waiting": len(self.faults),
        }
