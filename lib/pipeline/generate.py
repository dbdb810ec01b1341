"""Have a model write one content, and check it before anybody sees it.

1. Read the schedule's settings and build the prompt.
2. Ask the model, under what is left of the deadline.
3. Check the draft against the platform's limits; if it breaks one, ask for one rewrite with the reason.
4. Whatever happens, tell what it cost: the budget is settled with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lib import logs
from lib.adapters.models import Turn, Writer, WritingAnswer, WritingRequest
from lib.clock import Clock
from lib.domain.content import SHAPES, Draft, Problem, check_content, contents_of, read_draft
from lib.domain.pricing import MOST_CALLS
from lib.domain.prompts import PROMPT_VERSION, Prompt, build_prompt, build_rewrite, read_settings
from lib.domain.recurrence.wall_clock import find_zone
from lib.domain.schedule import ContentType, Schedule
from lib.errors import DrumbeatError, Invalid, ModelFailed, ModelFault

SHORTEST_CALL = timedelta(seconds=5)  # with less time than this left a call would only cost money


@dataclass(frozen=True, slots=True)
class Written:
    """What was written and what it took, both as `finish_run` saves them."""

    drafts: tuple[Draft, ...]
    measured: Mapping[str, Any]

    @property
    def contents(self) -> list[dict[str, Any]]:
        return contents_of(self.drafts)


class WritingFailed(DrumbeatError):
    """Nothing usable was written. `cause` says why and whether to try again, `measured` what it cost all the same."""

    def __init__(self, cause: ModelFailed | Invalid, measured: Mapping[str, Any]) -> None:
        super().__init__(cause.code, cause.message, cause.details)
        self.cause = cause
        self.measured = measured


async def write_content(
    schedule: Schedule, due_at: datetime, writer: Writer, clock: Clock, deadline_at: datetime
) -> Written:
    """Write what the schedule wants for the occurrence at `due_at`, before `deadline_at`.

    Raises WritingFailed: its cause is Invalid when the stored settings or zone cannot be used, else ModelFailed;
    UNUSABLE when the rewrite breaks the platform's limits too.
    """
    work = Work(clock, deadline_at)
    try:
        prompt = build_prompt(
            read_settings(schedule.settings),
            schedule.content_type,
            due_at.astimezone(find_zone(schedule.rule.timezone)).date(),
            schedule.name,
        )
        draft = await _write(prompt, schedule.content_type, writer_order(schedule, writer), work)
    except (Invalid, ModelFailed) as exc:
        raise WritingFailed(exc, work.measured()) from exc
    return Written((draft,), work.measured())


def writer_order(schedule: Schedule, writer: Writer) -> Sequence[Writer]:
    """The models to ask, in this order, until one delivers. One for now: this is the place of a router."""
    return (writer,)


async def _write(prompt: Prompt, kind: ContentType, writers: Sequence[Writer], work: "Work") -> Draft:
    turns: tuple[Turn, ...] = (Turn("user", prompt.user),)
    problems: Sequence[Problem] = ()
    for _ in range(MOST_CALLS):
        answer = await work.ask(writers, _request(prompt, turns, kind, work.clock()))
        draft = read_draft(kind, answer.fields)
        problems = check_content(draft)
        if not problems:
            return draft
        work.reject()
        logs.info("draft.rejected", kind=kind, problems=[str(problem) for problem in problems])
        turns = (*turns, Turn("assistant", answer.text), Turn("user", build_rewrite(problems)))
    raise ModelFailed(ModelFault.UNUSABLE, "; ".join(map(str, problems))[:500])


def _request(prompt: Prompt, turns: tuple[Turn, ...], kind: ContentType, now: datetime) -> WritingRequest:
    shape = SHAPES[kind]
    return WritingRequest(
        system=prompt.system,
        turns=turns,
        schema=shape.schema,
        most_tokens=shape.most_tokens,
        effort=shape.effort,
        at=now,
    )


@dataclass(slots=True)
class Work:
    """The calls made for one content, under one deadline."""

    clock: Clock
    deadline_at: datetime
    attempts: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, writers: Sequence[Writer], request: WritingRequest) -> WritingAnswer:
        """The first answer that any of the writers gives. Raises the last one's ModelFailed."""
        failure = ModelFailed(ModelFault.TRANSIENT, "no time was left to ask a model")
        for writer in writers:
            if self.deadline_at - self.clock() < SHORTEST_CALL:
                break
            try:
                return await self._ask_one(writer, request)
            except ModelFailed as exc:
                if not exc.is_transient:
                    raise
                failure = exc
        raise failure

    def reject(self) -> None:
        """The last answer could not be used."""
        self.attempts[-1]["outcome"] = "rejected"

    def measured(self) -> dict[str, Any]:
        """All calls together, as `finish_run` and `fail_run` take it. Cost in micro-USD."""
        return {
            "model_attempts": self.attempts,
            "tokens_in": sum(attempt["tokens_in"] for attempt in self.attempts),
            "tokens_out": sum(attempt["tokens_out"] for attempt in self.attempts),
            "cost": sum(attempt["cost"] for attempt in self.attempts),
            "prompt_version": PROMPT_VERSION,
        }

    async def _ask_one(self, writer: Writer, request: WritingRequest) -> WritingAnswer:
        began_at = self.clock()
        try:
            answer = await writer.write(request, within=self.deadline_at - began_at)
        except ModelFailed as exc:
            self._record(writer, began_at, outcome=exc.fault.value, cost=exc.cost, details=exc.details)
            raise
        details = {
            "tokens_in": answer.usage.tokens_in,
            "tokens_out": answer.usage.out,
            "request_id": answer.request_id,
        }
        self._record(writer, began_at, outcome="accepted", cost=answer.cost, details=details)
        return answer

    def _record(
        self, writer: Writer, began_at: datetime, *, outcome: str, cost: int, details: Mapping[str, object]
    ) -> None:
        attempt = {
            "model": writer.model,
            "outcome": outcome,
            "latency_ms": round((self.clock() - began_at) / timedelta(milliseconds=1)),
            "tokens_in": 0,
            "tokens_out": 0,
            "cost": cost,
            "request_id": None,
            **details,
        }
        self.attempts.append(attempt)
        logs.info("model.answered", **attempt)
