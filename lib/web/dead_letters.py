"""The doors for what exhausted its retries: look at it, send it through the pipeline again, or put it away."""

from typing import Annotated

from fastapi import APIRouter, Query

from lib.errors import DrumbeatError
from lib.pipeline import recover
from lib.web.answers import ErrorInside
from lib.web.callers import Outside
from lib.web.cursors import cursor_after, read_cursor
from lib.web.dead_letter_answers import (
    DeadLetterNamed,
    DeadLetterOutcome,
    DeadLetterPage,
    DeadLetterQuery,
    DeadLettersNamed,
    DiscardWish,
    ReplayAnswer,
    Replayed,
    letter_of,
)
from lib.web.documented import READING, WRITING, operation_id
from lib.web.people import SignedInPerson
from lib.web.strict_json import StrictRoute
from lib.web.wire import text_or_none

router = APIRouter(
    prefix="/api", route_class=StrictRoute, tags=["dead letters"], generate_unique_id_function=operation_id
)


@router.get("/dead-letters", responses=READING)
async def list_dead_letters(
    asked: Annotated[DeadLetterQuery, Query()], person: SignedInPerson, services: Outside
) -> DeadLetterPage:
    """What of a workspace was given up, newest first, also what was dealt with."""
    found = await services.store.as_user(person.token).list_dead_letters(
        text_or_none(asked.workspace_id),
        asked.status,
        read_cursor(asked.cursor, "created_at"),
        asked.limit,
    )
    return DeadLetterPage(
        dead_letters=[letter_of(row) for row in found["dead_letters"]],
        next_cursor=cursor_after(found, "dead_letters", "created_at"),
    )


@router.post("/dead-letter/replay", responses=WRITING)
async def replay_dead_letter(named: DeadLetterNamed, person: SignedInPerson, services: Outside) -> DeadLetterOutcome:
    """Send it through the pipeline again: a run is written out of turn, a publication is retried. Repeated, it changes
    nothing. 409 when there is nothing to replay, as in a message that nobody can read."""
    replay = await recover.replay_letter(str(named.dead_letter_id), person, services, services.clock())
    return DeadLetterOutcome(outcome=replay.outcome, dead_letter=letter_of(replay.letter))


@router.post("/dead-letter/replay-many", responses=WRITING)
async def replay_dead_letters(named: DeadLettersNamed, person: SignedInPerson, services: Outside) -> Replayed:
    """The same for several: each is answered by itself, and one that is refused keeps none of the others back."""
    ids = list(map(str, named.dead_letter_ids))
    replays = await recover.replay_letters(ids, person, services, services.clock())
    return Replayed(replays=[answer_of(replay) for replay in replays])


@router.post("/dead-letter/discard", responses=WRITING)
async def discard_dead_letter(wish: DiscardWish, person: SignedInPerson, services: Outside) -> DeadLetterOutcome:
    """Nothing more is to be done about it. Repeated, it changes nothing."""
    user = services.store.as_user(person.token)
    discarded = await recover.discard_letter(str(wish.dead_letter_id), wish.note, user, services.clock())
    return DeadLetterOutcome(outcome=discarded.outcome, dead_letter=letter_of(discarded.letter))


def answer_of(replay: recover.Replay) -> ReplayAnswer:
    return ReplayAnswer(
        dead_letter_id=replay.letter_id,
        outcome=replay.outcome,
        dead_letter=letter_of(replay.letter) if replay.letter else None,
        error=error_of(replay.refusal) if replay.refusal else None,
    )


def error_of(refusal: DrumbeatError) -> ErrorInside:
    return ErrorInside(code=refusal.code, message=refusal.message, details=dict(refusal.details) or None)
