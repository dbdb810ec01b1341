"""Ask the models for one answer: most wanted first, until one delivers, under one deadline and one purse.

No two models are ever asked for the same answer at the same time: it is paid once. Who is asked next is up to the
breakers (`lib/domain/routing.py`): one round trip before the first call, and one after each. An answer is handed on at
once; that it is kept, and that the breakers hear of it, goes on beside what is done with it.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lib import logs
from lib.adapters.models import WritingAnswer, WritingRequest
from lib.clock import Clock
from lib.domain.alert import AlertKind
from lib.domain.breaker import Asker, Call, Ending, millis
from lib.domain.pricing import ceiling_of
from lib.domain.purse import Purse
from lib.domain.routing import expected_latency
from lib.errors import DrumbeatError, LimitReached, ModelFailed, ModelFault, Unavailable
from lib.services import Services

SHORTEST_CALL = timedelta(seconds=5)  # with less time than this left a call would only cost money
FIRST_SHARE = 2 / 3  # of the time that is left, while another model could be asked after this one
LEASE_MARGIN = timedelta(seconds=15)  # a probe's holder has to tell how it went, too
TOLD_BY_WRITERS = ("tokens_in", "tokens_out", "request_id", "estimated")
# When no model delivered: what is worth another try says most, what would fail again says least.
MOST_TELLING = (
    ModelFault.REFUSED,
    ModelFault.TRANSIENT,
    ModelFault.UNUSABLE,
    ModelFault.CONFIGURATION,
    ModelFault.REQUEST,
)


@dataclass(slots=True)
class Work:
    """One attempt of a run: what its calls share. `order` are the models to ask, most wanted first; `attempts` are all
    calls so far, as the ledger takes them."""

    run_id: str
    fence: int
    clock: Clock
    deadline_at: datetime
    purse: Purse
    order: Sequence[str]
    attempts: list[dict[str, Any]] = field(default_factory=list)
    telling: set[asyncio.Task[Any]] = field(default_factory=set)

    def tell(self, *what: Coroutine[Any, Any, Any]) -> None:
        """Begin to tell the database and the breakers, beside what comes next."""
        self.telling |= {asyncio.create_task(it) for it in what}

    async def told(self) -> None:
        """All that was begun to be told has been told. Raises LostClaim when another attempt has taken the run over.

        It goes on when whoever waits here is cancelled, and everybody who waits hears of it.
        """
        while self.telling:
            done, _ = await asyncio.wait(self.telling)
            self.telling -= done
            for failure in [failure for it in done if (failure := it.exception())]:
                raise failure

    @property
    def time_left(self) -> timedelta:
        return self.deadline_at - self.clock()

    @property
    def has_time(self) -> bool:
        return self.time_left >= SHORTEST_CALL

    def reject(self, item: int, step: int) -> None:
        """A gate objected to what was answered to this step of this item."""
        for attempt in self.attempts:
            if (attempt["item"], attempt["step"], attempt["outcome"]) == (item, step, Ending.ACCEPTED):
                attempt["outcome"] = Ending.REJECTED.value


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
    question = Question(request, work, services, item, step, fingerprint, angle)
    return await question.put_to(order or work.order)


@dataclass(frozen=True, slots=True)
class Said:
    """What came of asking one model. Without an attempt it was not asked: the money had just gone elsewhere."""

    call: Call
    attempt: Mapping[str, Any] | None = None
    answer: WritingAnswer | None = None
    failure: ModelFailed | None = None


@dataclass(slots=True)
class Question:
    """One request on its way through the models. `ceilings`: the most that each can cost for it."""

    request: WritingRequest
    work: Work
    services: Services
    item: int
    step: int
    fingerprint: str | None
    angle: str | None
    ceilings: dict[str, int] = field(default_factory=dict)
    failures: list[ModelFailed] = field(default_factory=list)

    async def put_to(self, order: Sequence[str]) -> WritingAnswer:
        await self.work.told()
        self._price(order)
        breakers, asker = self.services.breakers, self._asker()
        waiting = self._affordable(self.ceilings)
        if waiting and not self.work.has_time:
            raise ModelFailed(ModelFault.TRANSIENT, "no time was left to ask a model")
        model = await breakers.take(waiting, asker, self.work.clock()) if waiting else None
        while model is not None:
            waiting.remove(model)
            said = await self._hear(model, is_last=not waiting)
            waiting = self._affordable(waiting) if self._goes_on(said) else []
            asker = replace(asker, is_untried=not self.failures and said.answer is None)
            self.work.tell(self._tell(said))  # what was paid for is kept as soon as it is there
            heard = breakers.record(model, said.call, waiting, asker, self.work.clock())
            if said.answer is not None:
                self.work.tell(heard)
                return said.answer
            model = await heard
            await self.work.told()
        raise self._why()

    def _price(self, order: Sequence[str]) -> None:
        size, models = self.request.size, self.services.models
        for model in order:
            price = models[model].price_at(self.request.at)
            self.ceilings[model] = ceiling_of(size, self.request.most_tokens, price)

    def _affordable(self, models: Iterable[str]) -> list[str]:
        return [model for model in models if self.work.purse.fits(self.ceilings[model])]

    def _asker(self) -> Asker:
        return Asker(self.services.new_id(), self.work.time_left + LEASE_MARGIN, is_untried=True)

    def _goes_on(self, said: Said) -> bool:
        return said.answer is None and said.call.ending is not Ending.REFUSED and self.work.has_time

    async def _hear(self, model: str, *, is_last: bool) -> Said:
        said = await self._ask(model, is_last)
        if said.failure is not None and said.failure.details.get("unsent") and self.work.has_time:
            said = await self._ask(model, is_last)  # the connection never opened: nothing was said twice
        if said.failure is not None:
            self.failures.append(said.failure)
        return said

    async def _ask(self, model: str, is_last: bool) -> Said:
        """One call. What a cancelled one may have cost stays out of the purse, and stands in the books."""
        ceiling, began_at = self.ceilings[model], self.work.clock()
        if not self.work.purse.hold(ceiling):
            return Said(self._call(Ending.UNTRIED, began_at))
        within = self.work.time_left if is_last else max(self.work.time_left * FIRST_SHARE, SHORTEST_CALL)
        try:
            answer = await self.services.models[model].write(self.request, within=within)
        except asyncio.CancelledError:
            attempt = self._note(model, self._call(Ending.TRANSIENT, began_at), ceiling, {"estimated": True})
            self.work.tell(self._book(attempt, None))  # it may be on the bill
            raise
        except ModelFailed as exc:
            self.work.purse.settle(ceiling, exc.cost)
            call = self._call(Ending(exc.fault.value), began_at, exc.retry_after)
            told = {name: exc.details[name] for name in TOLD_BY_WRITERS if name in exc.details}
            return Said(call, self._note(model, call, exc.cost, told), failure=exc)
        self.work.purse.settle(ceiling, answer.cost)
        call = self._call(Ending.ACCEPTED, began_at)
        told = {"tokens_in": answer.usage.tokens_in, "tokens_out": answer.usage.out, "request_id": answer.request_id}
        return Said(call, self._note(model, call, answer.cost, told), answer=answer)

    def _call(self, ending: Ending, began_at: datetime, retry_after: timedelta | None = None) -> Call:
        took = max(self.work.clock() - began_at, timedelta(0))
        return Call(ending, took, expected_latency(self.request.most_tokens), retry_after)

    def _note(self, model: str, call: Call, cost: int, told: Mapping[str, object]) -> Mapping[str, Any]:
        attempt = {
            "id": self.services.new_id(),
            "item": self.item,
            "step": self.step,
            "model": model,
            "outcome": call.ending.value,
            "latency_ms": millis(call.latency),
            "tokens_in": 0,
            "tokens_out": 0,
            "cost": cost,
            "request_id": None,
            **told,
        }
        self.work.attempts.append(attempt)
        logs.info("model.answered", **attempt)
        return attempt

    async def _tell(self, said: Said) -> None:
        """The database learns at once what was paid for, and an operator what only they can mend. Raises LostClaim."""
        if said.attempt is not None and (said.answer or said.attempt["cost"]):
            await self._book(said.attempt, said.answer)
        if said.failure is not None and said.failure.fault is ModelFault.CONFIGURATION and said.attempt is not None:
            await self._raise_alert(said.attempt["model"], said.failure)

    async def _book(self, attempt: Mapping[str, Any], answer: WritingAnswer | None) -> None:
        kept = None
        if answer is not None and self.fingerprint is not None:
            kept = {
                "item": self.item,
                "step": self.step,
                "fingerprint": self.fingerprint,
                "angle": self.angle,
                "model": answer.model,
                "fields": answer.fields,
                "text": answer.text,
            }
        run_id, fence, now = self.work.run_id, self.work.fence, self.work.clock()
        try:
            await self.services.store.record_attempt(run_id=run_id, fence=fence, attempt=attempt, answer=kept, now=now)
        except Unavailable as exc:  # it goes with the end of the run, as all attempts do
            logs.warning("attempt.not_booked", attempt=attempt["id"], error=exc.message)

    async def _raise_alert(self, model: str, failure: ModelFailed) -> None:
        logs.error("model.misconfigured", model=model, error=failure.message)
        details = {"message": failure.message}
        try:
            await self.services.store.raise_alert(
                kind=AlertKind.MODEL_MISCONFIGURED, subject=model, details=details, now=self.work.clock()
            )
        except DrumbeatError as exc:
            logs.warning("alert.not_raised", model=model, error=exc.message)

    def _why(self) -> ModelFailed | LimitReached:
        """The most telling failure; of passing ones the one that may be over soonest."""
        if not self.failures:
            return LimitReached("budget", "What this run may still cost is not enough to ask any of its models.")
        return min(
            self.failures,
            key=lambda failure: (MOST_TELLING.index(failure.fault), failure.retry_after or timedelta(0)),
        )
