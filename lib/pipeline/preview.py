"""What a rule would do and cost, before anything is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.domain.pricing import typical_cost, worst_cost
from lib.domain.recurrence import Occurrence, due_between, next_occurrence, occurrences
from lib.domain.rule_edit import new_rule
from lib.domain.schedule import ContentType, Rule
from lib.errors import NotFound
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
MOST_COUNTED = 24 * 30 + 1  # hourly is the most that a rule may be


@dataclass(frozen=True, slots=True)
class Forecast:
    """Money is micro-USD. Runs are those of this rule alone. `workspace` is as `list_workspaces` tells it."""

    typical_run: int
    worst_run: int
    runs_a_day: int
    runs_a_month: int
    typical_month: int
    fits: bool
    workspace: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    rule: Rule
    occurrences: Sequence[Occurrence]
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
) -> Preview:
    """Raises Invalid for a rule that cannot be kept, NotFound for a workspace that is not the person's."""
    rule = new_rule(wish, now)
    workspace = find_workspace((await user.list_workspaces(now))["workspaces"], workspace_id)
    first = next_occurrence(rule, now)
    runs_a_day, runs_a_month = (count_runs(rule, first, span, max_runs) for span in (DAY, MONTH))
    typical, worst = (cost(content_type, services.settings.anthropic_model, now) for cost in (typical_cost, worst_cost))
    limits, usage = workspace["limits"], workspace["usage"]
    forecast = Forecast(
        typical_run=typical,
        worst_run=worst,
        runs_a_day=runs_a_day,
        runs_a_month=runs_a_month,
        typical_month=typical * runs_a_month,
        fits=runs_a_day <= limits["runs_a_day"]
        and usage["schedules"] < limits["max_schedules"]
        and worst + typical * (runs_a_day - 1) <= limits["daily_cost"],
        workspace=workspace,
    )
    return Preview(rule, occurrences(rule, now, min(n, max_runs or n)), forecast)


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
