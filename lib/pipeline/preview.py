"""What a rule would do and cost, before anything is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lib.domain.account import TargetAccount
from lib.domain.approval import read_approval
from lib.domain.budget import money_ends_on, settings_bytes, typical_cost
from lib.domain.handover import Handover, Wish, after, hand_over
from lib.domain.platforms import price_of
from lib.domain.recurrence import Occurrence, due_between, next_occurrence, occurrences
from lib.domain.rule_edit import new_rule
from lib.domain.schedule import ContentType, Rule
from lib.domain.writing_settings import WritingSettings, read_settings
from lib.errors import NotFound
from lib.pipeline.reserve import models_for, worst_of
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
WEEK_DAYS = 7
MOST_COUNTED = 24 * 30 + 1  # hourly is the most that a rule may be
FEWEST_MEASURED = 5  # fewer contents than this tell little about the next one


class Basis(StrEnum):
    """Where the figure for one content comes from."""

    MEASURED = "measured"  # the workspace's own contents of this type and quality in the last 30 days
    TYPICAL = "typical"  # what such a content usually costs with the first model that will be asked


@dataclass(frozen=True, slots=True)
class PerContent:
    """What one content usually costs. `contents`: how many were measured."""

    cost: int
    basis: Basis
    contents: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Money is micro-USD. Runs and contents are those of this rule alone; a run has `items` of them.

    `publishing_run`: what the platforms charge for a run's contents, beside what its models cost.
    `ends_on`: the UTC date of this month on which the month's money ends if the workspace goes on as in the last week
    and this rule is added; none if it lasts. `workspace` is as `list_workspaces` tells it.
    """

    per_content: PerContent
    items: int
    typical_run: int
    publishing_run: int
    worst_run: int
    runs_a_day: int
    runs_a_month: int
    typical_month: int
    fits: bool
    ends_on: date | None
    workspace: Mapping[str, Any]

    @property
    def contents_a_day(self) -> int:
        return self.items * self.runs_a_day


@dataclass(frozen=True, slots=True)
class Preview:
    """`handovers`: for each occurrence where its contents would go, and when."""

    rule: Rule
    occurrences: Sequence[Occurrence]
    handovers: Sequence[Handover]
    forecast: Forecast


async def preview_rule(
    wish: Mapping[str, Any],
    content_type: ContentType,
    max_runs: int | None,
    n: int,
    workspace_id: str | None,
    user: "UserStore",
    services: Services,
    now: datetime,
    settings: Mapping[str, Any] | None = None,
    lead: timedelta = timedelta(0),
    schedule_id: str | None = None,
) -> Preview:
    """`settings` are the schedule's, as far as they are known already; `schedule_id` is the one that is being changed.

    Raises Invalid for a rule or settings that cannot be kept, NotFound for a workspace that is not the person's.
    """
    rule, writing = new_rule(wish, now), read_settings(settings or {})
    workspace = find_workspace((await user.list_workspaces(now))["workspaces"], workspace_id)
    first = next_occurrence(rule, now)
    runs_a_day, runs_a_month = (count_runs(rule, first, span, max_runs) for span in (DAY, MONTH))
    per_content = await cost_per_content(content_type, writing, workspace["id"], user, services, now)
    order = services.models.known() if writing.models else models_for(writing.quality, services)
    worst = worst_of(content_type, order, services, now).of_run(settings_bytes(settings or {}), writing.count)
    typical = per_content.cost * writing.count
    targets = await targets_of(settings or {}, workspace["id"], schedule_id, user)
    charged = sum(price_of(it.account.platform, has_link=bool(writing.links)) for it in targets)
    forecast = Forecast(
        per_content=per_content,
        items=writing.count,
        typical_run=typical,
        publishing_run=charged * writing.count,
        worst_run=worst,
        runs_a_day=runs_a_day,
        runs_a_month=runs_a_month,
        typical_month=typical * runs_a_month,
        fits=fits(workspace, writing.count * runs_a_day, worst + typical * (runs_a_day - 1), worst),
        ends_on=month_ends_on(workspace, typical * runs_a_month / MONTH.days, now),
        workspace=workspace,
    )
    shown = occurrences(rule, now, min(n, max_runs or n))
    return Preview(rule, shown, handovers_of(shown, settings or {}, writing.count, lead, targets), forecast)


async def targets_of(
    settings: Mapping[str, Any], workspace_id: str, schedule_id: str | None, user: "UserStore"
) -> list[TargetAccount]:
    wanted = settings.get("targets") or ()
    if not wanted:
        return []
    return [
        TargetAccount.from_row(row) for row in (await user.list_targets(workspace_id, wanted, schedule_id))["targets"]
    ]


def handovers_of(
    shown: Sequence[Occurrence],
    settings: Mapping[str, Any],
    count: int,
    lead: timedelta,
    targets: Sequence[TargetAccount],
) -> list[Handover]:
    """Each occurrence as if it were written in time; what one of them takes the next cannot have."""
    approval, handovers = read_approval(settings), list[Handover]()
    for occurrence in shown:
        wish = Wish(occurrence.at, lead, None, approval)
        handovers.append(hand_over(wish, targets, range(count), occurrence.at - lead))
        targets = after(targets, handovers[-1])
    return handovers


async def cost_per_content(
    kind: ContentType,
    settings: WritingSettings,
    workspace_id: str,
    user: "UserStore",
    services: Services,
    now: datetime,
) -> PerContent:
    """As measured, where enough is; models of the schedule's own choice have other prices than what was measured."""
    figures = await user.writing_figures(workspace_id, kind, settings.quality, now)
    if figures["contents"] >= FEWEST_MEASURED and not settings.models:
        return PerContent(figures["cost"], Basis.MEASURED, figures["contents"])
    order = models_for(settings.quality, services, settings.models)
    cost = typical_cost(kind, services.models[order[0]].price_at(now)) if order else 0
    return PerContent(cost, Basis.TYPICAL, figures["contents"])


def fits(workspace: Mapping[str, Any], contents_a_day: int, cost_a_day: int, worst_run: int) -> bool:
    """Whether plan and caps allow a day of it, the workspace's other schedules left aside."""
    limits, usage = workspace["limits"], workspace["usage"]
    daily, monthly = money_limits(workspace)
    return (
        contents_a_day <= limits["runs_a_day"]
        and usage["schedules"] < limits["max_schedules"]
        and cost_a_day <= daily
        and worst_run <= monthly
    )


def month_ends_on(workspace: Mapping[str, Any], added_a_day: float, now: datetime) -> date | None:
    usage = workspace["usage"]
    left = money_limits(workspace)[1] - usage["cost_month"]
    return money_ends_on(now, left, usage["cost_last_7_days"] / WEEK_DAYS + added_a_day)


def money_limits(workspace: Mapping[str, Any]) -> tuple[int, int]:
    """Of a day and of a month: the plan's, or the owner's own cap where that is lower."""
    limits = workspace["limits"]
    day = min(limits["daily_cost"], workspace["daily_cost_cap"] or limits["daily_cost"])
    month = min(limits["monthly_cost"], workspace["monthly_cost_cap"] or limits["monthly_cost"])
    return day, month


def find_workspace(workspaces: Sequence[Mapping[str, Any]], workspace_id: str | None) -> Mapping[str, Any]:
    """The one asked for, or the person's own, which comes first."""
    for workspace in workspaces:
        if workspace_id is None or workspace["id"] == workspace_id:
            return workspace
    raise NotFound("workspace_not_found", "There is no such workspace of yours.")


def count_runs(rule: Rule, first: datetime | None, span: timedelta, max_runs: int | None) -> int:
    """How often it fires in the `span` that begins with its first occurrence."""
    if first is None:
        return 0
    counted = len(due_between(rule, first, first + span - timedelta(microseconds=1), MOST_COUNTED))
    return min(counted, max_runs or counted)
