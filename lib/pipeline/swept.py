"""What a sweep did, and how it takes a step for each of many: one that fails leaves the others alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib import logs
from lib.errors import DrumbeatError


@dataclass(slots=True)
class Swept:
    """What a sweep did: rows put right, rows that could not be, due work that another sweep must take up."""

    processed: int = 0
    failed: int = 0
    skipped: int = 0
    remaining: int = 0
    refused: bool = False  # QStash took no messages: no continuation either
    after: Mapping[str, Any] | None = None
    did: dict[str, int] = field(default_factory=dict)
    here: list[Any] = field(default_factory=list)  # schedules and runs to be performed in this very call

    def count(self, what: str, number: int = 1) -> None:
        self.processed += number
        self.did[what] = self.did.get(what, 0) + number

    def note(self, what: str, number: int) -> None:
        """Count what has happened at all."""
        if number:
            self.count(what, number)


def readable[T](rows: Sequence[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T], swept: Swept) -> list[T]:
    """What can be read of a list; a row that cannot, say one of a newer release, is logged and counted."""
    found: list[T] = []
    for row in rows:
        try:
            found.append(read(row))
        except (ValueError, TypeError, KeyError, OverflowError) as exc:
            logs.error("sweep.row_unreadable", exc, id=row.get("id"))
            swept.failed += 1
    return found


async def each[T, R](
    items: Sequence[T], step: Callable[[T], Awaitable[R]], swept: Swept, at_once: int
) -> list[R | None]:
    """Take a step for each item, some at once; one that fails is logged and counted, the others go on."""
    slots = asyncio.Semaphore(at_once)

    async def one(item: T) -> R | None:
        async with slots:
            try:
                return await step(item)
            except DrumbeatError as exc:
                logs.warning("sweep.step_failed", code=exc.code, message=exc.message)
                swept.failed += 1
                return None
            except Exception as exc:  # noqa: BLE001  whatever is wrong with one, the others' loops live on this sweep
                logs.error("sweep.step_broken", exc)
                swept.failed += 1
                return None

    return list(await asyncio.gather(*(one(item) for item in items)))
