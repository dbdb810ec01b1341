"""What proves us to a platform, as it is given to us; never logged, never answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """Secrets that a platform has just given us, all of an account's, to be sealed before they are used.

    `expires_at` is when its access ends, by our clock and a little early; none: it does not end.
    """

    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None
