"""Ask the models for one answer: most wanted first, until one delivers, under one deadline and one purse.

No two models are ever asked for the same answer at the same time: it is paid once. What is asked next is decided by
the breakers (`lib/domain/routing.py`), with one round trip before the first call and one after each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lib.adapters.models import WritingAnswer, WritingRequest
from lib.clock import Clock
from lib.domain.purse import Purse
from lib.services import Services


@dataclass(slots=True)
class Work:
    """One attempt of a run: what its calls share. `order` are the models to ask, most wanted first.

    `attempts` are all calls so far, as the ledger takes them; `unbooked` those of them that cost something and that
    the database could not be told of: they go with the end of the run.
    """

    run_id: str
    fence: int
    clock: Clock
    deadline_at: datetime
    purse: Purse
    order: Sequence[str]
    attempts: list[dict[str, Any]] = field(default_factory=list)
    unbooked: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, item: int, step: int) -> None:
        """A gate objected to this item's answer of this step."""
        raise NotImplementedError


async def ask(
    request: WritingRequest,
    work: Work,
    services: Services,
    *,
    item: int,
    step: int,
    fingerprint: str | None = None,
    angle: str | None = None,
    order: Sequence[str] | None = None,
) -> WritingAnswer:
    """The first answer that any of the models gives. With a `fingerprint` the database keeps it while the run lives.

    `order` instead of the work's own: for the judge.

    Raises ModelFailed (REFUSED at once, else the most telling failure of all models), LimitReached("budget") when no
    model fits into the purse, LostClaim when another attempt has taken the run over.
    """
    raise NotImplementedError
