"""What exhausted its retries goes through the pipeline again when a person says so, or is put away with a note.

A replay takes the ways that there are: a run is queued under a key of its own letter, so that it is written once
however often that is asked; a publication is retried. What becomes of either is in the ledger, as always.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lib.domain.person import Person
from lib.domain.run import RunTrigger
from lib.domain.writing_settings import Quality
from lib.errors import Conflict, DrumbeatError, Unavailable
from lib.pipeline.arm_publications import arm_publications
from lib.pipeline.queue_now import queue_now
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of one letter: `outcome` replayed, discarded or unchanged, with its row; or refused, and why."""

    letter_id: str
    outcome: str
    letter: Mapping[str, Any] | None = None
    refusal: DrumbeatError | None = None


async def replay_letter(letter_id: str, person: Person, services: Services, now: datetime) -> Replay:
    """Raises Conflict when there is nothing to replay, NotFound, Forbidden, LimitReached."""
    user = services.store.as_user(person.token)
    row = await user.replay_dead_letter(letter_id, now)
    if row["outcome"] == "run":
        row = await replay_run(row["dead_letter"], person, user, services, now)
    elif row.get("publication"):
        await arm_publications([row["publication"]], services, now)
    return Replay(letter_id, row["outcome"], row["dead_letter"])


async def replay_run(
    letter: Mapping[str, Any], person: Person, user: "UserStore", services: Services, now: datetime
) -> Mapping[str, Any]:
    """Written out of turn for the schedule, within its quota and budget; the occurrence itself keeps the end it has."""
    if letter["schedule_id"] is None:
        raise Conflict("nothing_to_replay", "Its schedule is not there any more.")
    schedule = (await user.get_schedule(letter["schedule_id"]))["schedule"]
    wish = (await user.get_run(letter["run_id"]))["run"] if letter["run_id"] else {}
    is_manual = wish.get("trigger") == RunTrigger.MANUAL
    queued = await queue_now(
        letter["schedule_id"],
        f"replay-{letter['id']}",
        person,
        services,
        now,
        count=wish["item_count"] if is_manual else None,
        quality=Quality(wish["quality"]) if is_manual else None,
        publish=bool(schedule["settings"].get("targets")) and wish.get("publishes", True),
    )
    return await user.mark_replayed(letter["id"], queued.run["id"], now)


async def replay_letters(
    letter_ids: Sequence[str], person: Person, services: Services, now: datetime
) -> Sequence[Replay]:
    """Each by itself, in their order: one that is refused keeps none of the others back.

    Raises Unavailable, after which the whole wish can be repeated.
    """
    replays = []
    for letter_id in dict.fromkeys(letter_ids):
        try:
            replays.append(await replay_letter(letter_id, person, services, now))
        except Unavailable:
            raise
        except DrumbeatError as exc:
            replays.append(Replay(letter_id, "refused", refusal=exc))
    return replays


async def discard_letter(letter_id: str, note: str | None, user: "UserStore", now: datetime) -> Replay:
    """Raises Conflict for one that went through the pipeline again."""
    row = await user.discard_dead_letter(letter_id, note, now)
    return Replay(letter_id, row["outcome"], row["dead_letter"])
