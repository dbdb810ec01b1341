"""What can go wrong, and who can do something about it.

DrumbeatError
├── Invalid            the caller sent something unusable; `field` says where           422
├── Unauthenticated    the caller has not proven who they are                           401
├── Forbidden          proven, but their role or plan does not allow it                 403
├── NotFound           no such thing in the caller's workspaces                         404
├── Conflict           the thing changed, or is busy, since the caller looked           409
│   └── LostClaim      another attempt holds the run now; what we measured is void
├── TooLarge           more was sent than is ever needed                                413
├── LimitReached       a plan's limit, quota or budget is used up                       429
├── NotConfigured      a setting is missing; the door stays closed                      503
├── Unavailable        an outside system did not answer; worth another try              503
├── ModelFailed        a model did not deliver; `fault` says whose fault it was         503
└── PublishFailed      a platform did not take it, or did not say; `fault` says which   503

A code is a stable snake_case word for machines, a message is a sentence for people. Neither ever holds a secret
or a prompt.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

type Details = Mapping[str, object]


class DrumbeatError(Exception):
    """Base of every error that we raise on purpose."""

    def __init__(self, code: str, message: str, details: Details | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details: Details = details or {}


class Invalid(DrumbeatError):
    """The caller sent something unusable. `field` is its name on the wire, `allowed` says what would do."""

    def __init__(self, field: str, message: str, allowed: object = None) -> None:
        details: dict[str, object] = {"field": field}
        if allowed is not None:
            details["allowed"] = allowed
        super().__init__("invalid", f"{field}: {message}", details)
        self.field = field


class Unauthenticated(DrumbeatError):
    """The caller has not proven who they are."""


class Forbidden(DrumbeatError):
    """The caller is known, but their role or plan does not allow this."""


class NotFound(DrumbeatError):
    """No such thing in the caller's workspaces; another tenant's thing looks the same."""


class Conflict(DrumbeatError):
    """The thing has changed or is busy since the caller looked at it."""


class LostClaim(Conflict):
    """Another attempt took the run over (its fence is newer): this one must stop and write nothing."""


class TooLarge(DrumbeatError):
    """More was sent than this door ever needs; it was not read to its end."""


class LimitReached(DrumbeatError):
    """A plan's limit, the day's quota or the day's budget is used up."""


class NotConfigured(DrumbeatError):
    """A setting is missing. `looked_for` are the variable names that would have been accepted."""

    def __init__(self, setting: str, looked_for: tuple[str, ...]) -> None:
        super().__init__("not_configured", f"{setting} is not set; looked for {', '.join(looked_for)}")
        self.looked_for = looked_for


class Unavailable(DrumbeatError):
    """An outside system did not answer as it should; the same call may succeed later.

    `retry_after` is the system's own wish, if it told one.
    """

    def __init__(self, system: str, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{system}_unavailable", message)
        self.system = system
        self.retry_after = retry_after


class ModelFault(StrEnum):
    """Whose fault it was that a model did not deliver; decides between retry, alert and giving up."""

    TRANSIENT = "transient"  # timeout, 408, 429, 5xx, 529: worth another try
    CONFIGURATION = "configuration"  # 401, 402, 403, 404: our key, bill or model name; an operator must act
    REQUEST = "request"  # 400, 413, 422: the same request would fail again
    REFUSED = "refused"  # the model declined to write this
    UNUSABLE = "unusable"  # it answered, but cut short or not in the shape that was asked for


class ModelFailed(DrumbeatError):
    """A model did not deliver. `cost` is what the failed call cost all the same, in micro-USD."""

    def __init__(
        self,
        fault: ModelFault,
        message: str,
        *,
        retry_after: timedelta | None = None,
        cost: int = 0,
        details: Details | None = None,
    ) -> None:
        super().__init__(f"model_{fault}", message, details)
        self.fault = fault
        self.retry_after = retry_after
        self.cost = cost


class PublishFault(StrEnum):
    """What came of a call to a platform that did not say "done"; decides what may be done next."""

    UNSENT = "unsent"  # nothing has reached the platform, or it says that nothing was made: worth another try
    THROTTLED = "throttled"  # not taken, too many: again when `retry_after` is over
    REFUSED = "refused"  # not taken, for good; `reason` is the platform's own
    UNFIT = "unfit"  # does not fit the platform; nothing was sent
    UNAUTHORIZED = "unauthorized"  # the account's credentials are refused: its owner must connect it again
    GONE = "gone"  # the webhook, site or account is not there any more
    CONFIGURATION = "configuration"  # our own app at the platform is wrong; an operator must mend it
    UNKNOWN = "unknown"  # it was sent, and no reply came that tells whether it is out


class PublishFailed(DrumbeatError):
    """A platform did not take it, or nobody knows. `reason` is the platform's own words for the ledger and the owner,
    at most 300 characters; `message` is ours and safe for logs."""

    def __init__(
        self,
        fault: PublishFault,
        message: str,
        *,
        reason: str = "",
        retry_after: timedelta | None = None,
        details: Details | None = None,
    ) -> None:
        super().__init__(f"publish_{fault}", message, details)
        self.fault = fault
        self.reason = reason[:300]
        self.retry_after = retry_after
