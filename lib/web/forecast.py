"""The answer of the preview: when, how much, and whether the plan allows it."""

from datetime import date, datetime
from typing import Self

from pydantic import Field

from lib.domain.cadence import Moved
from lib.domain.handover import Handover
from lib.domain.recurrence import FREQUENCY_LABELS, Occurrence, describe, describe_note
from lib.pipeline.preview import Basis, Forecast, Preview
from lib.web.answers import Answer, Words
from lib.web.workspace_answers import Limits, WorkspaceUsage


class Note(Words):
    """Why an occurrence is not at the time the rule's words let one expect: gap, overlap, shift or month_end."""

    kind: str


class GoesOut(Answer):
    """When a text of the run goes out at one account."""

    account_id: str
    item: int
    at: datetime
    moved_by: list[Moved] = Field(description="Why it is not when it was wanted.")


class OccurrenceAnswer(Answer):
    """One coming run."""

    at: datetime
    local: datetime = Field(description="The same instant in the schedule's zone.")
    note: Note | None
    goes_out: list[GoesOut]
    approve_by: datetime | None = Field(description="Until when somebody can decide, if there is a deadline.")

    @classmethod
    def of(cls, occurrence: Occurrence, handover: Handover) -> Self:
        ko, en = describe_note(occurrence, "ko"), describe_note(occurrence, "en")
        note = Note(kind=occurrence.note, ko=ko or "", en=en or "") if occurrence.note else None
        return cls(
            at=occurrence.at,
            local=occurrence.local,
            note=note,
            goes_out=[
                GoesOut(account_id=it.account_id, item=it.item, at=it.slot.at, moved_by=list(it.slot.moved_by))
                for it in handover.places
            ],
            approve_by=handover.deadline.approve_by if handover.deadline else None,
        )


class CostForecast(Answer):
    """`worst` is what is set aside before each run."""

    typical_text: int = Field(alias="typicalTextMicroUsd")
    typical_run: int = Field(alias="typicalRunMicroUsd")
    worst_run: int = Field(alias="worstRunMicroUsd")
    typical_month: int = Field(alias="typicalMonthMicroUsd", description="30 days from the first run on.")
    publishing_run: int = Field(
        alias="publishingRunMicroUsd",
        description="What platforms charge for a run, a thread as one post; no cap has it.",
    )
    basis: Basis = Field(description="measured: on the workspace's own texts of the last 30 days.")
    measured_texts: int
    ends_on: date | None = Field(
        description="UTC date on which the month's money ends, going on as in the last week and with this added."
    )


class QuotaForecast(Answer):
    """What this rule alone would take of the plan. `fits`: plan and caps allow it, other schedules left aside."""

    plan: str
    runs_a_day: int
    runs_a_month: int
    texts_a_day: int
    fits: bool
    limits: Limits
    usage: WorkspaceUsage


class PreviewAnswer(Answer):
    """What would happen."""

    label: Words
    sentence: Words
    occurrences: list[OccurrenceAnswer]
    cost: CostForecast
    quota: QuotaForecast

    @classmethod
    def of(cls, preview: Preview) -> Self:
        frequency = preview.rule.frequency
        return cls(
            label=Words(**{language: labels[frequency] for language, labels in FREQUENCY_LABELS.items()}),
            sentence=Words(ko=describe(preview.rule, "ko"), en=describe(preview.rule, "en")),
            occurrences=list(map(OccurrenceAnswer.of, preview.occurrences, preview.handovers)),
            cost=cost_of(preview.forecast),
            quota=quota_of(preview.forecast),
        )


def cost_of(forecast: Forecast) -> CostForecast:
    return CostForecast(
        typical_text=forecast.per_content.cost,
        typical_run=forecast.typical_run,
        worst_run=forecast.worst_run,
        typical_month=forecast.typical_month,
        publishing_run=forecast.publishing_run,
        basis=forecast.per_content.basis,
        measured_texts=forecast.per_content.contents,
        ends_on=forecast.ends_on,
    )


def quota_of(forecast: Forecast) -> QuotaForecast:
    return QuotaForecast(
        plan=forecast.workspace["plan"],
        runs_a_day=forecast.runs_a_day,
        runs_a_month=forecast.runs_a_month,
        texts_a_day=forecast.contents_a_day,
        fits=forecast.fits,
        limits=Limits.model_validate(forecast.workspace["limits"]),
        usage=WorkspaceUsage.model_validate(forecast.workspace["usage"]),
    )
