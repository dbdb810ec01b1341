"""Have one content of a run written, and show it to every gate before anybody else sees it.

1. Build the prompt, with the item's own angle.
2. Take the answer that was paid for before a crash or a retry, else ask the models.
3. If a gate objects, have it rewritten once, with the reasons; if one still does, a person decides.
4. Remember it: its siblings are compared with it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from lib import logs
from lib.adapters.models import Turn, WritingRequest
from lib.domain.account import Platform
from lib.domain.angles import Angle
from lib.domain.budget import MOST_QUOTED
from lib.domain.content import SHAPES, row_of
from lib.domain.draft import Draft, read_draft
from lib.domain.gates import Verdict, examine
from lib.domain.prompts import Brief, Prompt, Recent, build_prompt, build_rewrite
from lib.domain.schedule import ContentType
from lib.domain.score import Score, score_draft
from lib.domain.similarity import Memory, Remembered, memorable
from lib.domain.writing_settings import WritingSettings
from lib.errors import LimitReached, ModelFailed
from lib.pipeline.route import Work, ask
from lib.services import Services

DRAFT, REWRITE = 0, 1  # the steps of an item


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, now or in an earlier attempt of the run; `fingerprint` is that of the prompt it answers."""

    item: int
    step: int
    fingerprint: str
    angle: str | None
    model: str
    fields: Mapping[str, Any]
    text: str

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Answer":
        return cls(**{name: row[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Assignment:
    """What all items of a run have in common. `on` and `time` are local; `answers` are those already paid for;
    `platforms` are where they go."""

    kind: ContentType
    settings: WritingSettings
    name: str
    on: date
    time: time
    count: int
    recent: Sequence[Recent]
    memory: Memory
    answers: Sequence[Answer]
    work: Work
    platforms: Collection[Platform] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One content as it will be saved. A gate may object to it: then it waits for a person. `meta` is advisory."""

    number: int
    draft: Draft
    verdict: Verdict
    score: Score
    angle: str | None
    model: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        return row_of(self.number, self.draft, self.verdict, self.score, self.angle, self.model, self.meta)


async def write_item(number: int, angle: Angle | None, assignment: Assignment, services: Services) -> Item:
    """Raises ModelFailed and LimitReached when not even a draft could be had, LostClaim when the run is another's."""
    writing = Writing(number, angle, assignment, services)
    answer = writing.saved(REWRITE) or writing.saved(DRAFT) or await writing.ask_for_draft()
    draft, verdict = writing.examine(answer)
    if not verdict.passed and answer.step == DRAFT:
        logs.info("draft.rejected", item=number, model=answer.model, gates=verdict.gates)
        rewritten = await writing.ask_for_rewrite(answer, verdict)
        if rewritten:
            answer = rewritten
            draft, verdict = writing.examine(answer)
    if not verdict.passed:
        logs.warning("content.needs_review", item=number, model=answer.model, gates=verdict.gates)
    assignment.memory.add(Remembered("", assignment.on, memorable(draft)))
    score = score_draft(draft, assignment.settings, verdict.likeness)
    return Item(number, draft, verdict, score, angle.id if angle else None, answer.model)


class Writing:
    """The conversation about one item."""

    def __init__(self, number: int, angle: Angle | None, assignment: Assignment, services: Services) -> None:
        self._number = number
        self._angle = angle
        self._assignment = assignment
        self._services = services
        self._prompt = build_prompt(
            Brief(
                settings=assignment.settings,
                kind=assignment.kind,
                name=assignment.name,
                on=assignment.on,
                time=assignment.time,
                angle=angle,
                recent=assignment.recent,
                item=number,
                count=assignment.count,
            )
        )

    def saved(self, step: int) -> Answer | None:
        """The answer to this very prompt, if it was paid for by an earlier attempt."""
        for answer in self._assignment.answers:
            if (answer.item, answer.step, answer.fingerprint) == (self._number, step, self._prompt.fingerprint):
                logs.info("answer.reused", item=self._number, step=step, model=answer.model)
                return answer
        return None

    async def ask_for_draft(self) -> Answer:
        return await self._ask(DRAFT, first_turn(self._prompt))

    async def ask_for_rewrite(self, answer: Answer, verdict: Verdict) -> Answer | None:
        """None when it could not be had: the draft that there is goes to a person."""
        turns = [first_turn(self._prompt)]
        reasons = build_rewrite(verdict.objections)
        if len(answer.text.encode("utf-8", "replace")) <= MOST_QUOTED[self._assignment.kind]:
            turns += [Turn("assistant", answer.text), Turn("user", reasons)]
        else:  # too long to be shown again at the price that was set aside: written anew, for the same reasons
            turns = [Turn("user", f"{turns[0].text}\n\n{reasons}", turns[0].prefix)]
        try:
            return await self._ask(REWRITE, *turns)
        except (ModelFailed, LimitReached) as exc:
            logs.warning("rewrite.failed", item=self._number, code=exc.code)
            return None

    def examine(self, answer: Answer) -> tuple[Draft, Verdict]:
        """Show the answer to the gates."""
        draft = read_draft(self._assignment.kind, answer.fields)
        assignment = self._assignment
        verdict = examine(draft, assignment.settings, assignment.memory, assignment.platforms)
        if not verdict.passed:
            assignment.work.reject(self._number, answer.step)
        return draft, verdict

    async def _ask(self, step: int, *turns: Turn) -> Answer:
        shape, work = SHAPES[self._assignment.kind], self._assignment.work
        request = WritingRequest(
            system=self._prompt.system,
            turns=turns,
            schema=shape.schema,
            most_tokens=shape.most_tokens,
            effort=shape.effort,
            at=work.clock(),
        )
        angle, fingerprint = self._angle.id if self._angle else None, self._prompt.fingerprint
        answer = await ask(
            request, work, self._services, item=self._number, step=step, fingerprint=fingerprint, angle=angle
        )
        return Answer(self._number, step, fingerprint, angle, answer.model, answer.fields, answer.text)


def first_turn(prompt: Prompt) -> Turn:
    return Turn("user", prompt.user, prompt.author)
