"""What people may send about accounts, field by field."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, WithJsonSchema

from lib.domain.account import Platform
from lib.domain.cadence import MOST_BLACKOUTS, MOST_QUIET_HOURS
from lib.domain.connect_forms import LONGEST_LIST
from lib.web.wire import CLOCK, Duration, Whole, Wire, unsaid

MOST_FIELDS = 10

AccountName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
FieldText = Annotated[str, Field(max_length=LONGEST_LIST)]
Workspace = Annotated[UUID | None, Field(description="Left out: your personal workspace.")]
Clock = Annotated[str, Field(pattern=f"^{CLOCK.pattern}$", max_length=5, examples=["22:00"])]
DAY = {"type": "string", "format": "date", "examples": ["2026-12-25"]}
Blackout = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                DAY,
                {
                    "type": "object",
                    "properties": {"from": DAY, "to": DAY},
                    "required": ["from", "to"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Weekday = Annotated[Whole, Field(ge=1, le=7)]
Spacing = Annotated[
    Duration, Field(description="The least time between two publications, at most a week.", examples=["PT10M"])
]


class QuietHoursWish(Wire):
    """Nothing goes out from one time of day to another, over midnight if that is not later."""

    begins: Clock = Field(alias="from")
    ends: Clock = Field(alias="to")
    days: Annotated[
        tuple[Weekday, ...] | None,
        Field(max_length=7, description="1 = Monday … 7 = Sunday, as they begin; null: all."),
    ] = None


class CadenceWish(Wire):
    """When an account may be published to, in wall clock of `timezone`."""

    timezone: Annotated[str, Field(max_length=100, examples=["Asia/Seoul"])] = "UTC"
    quiet_hours: Annotated[tuple[QuietHoursWish, ...], Field(max_length=MOST_QUIET_HOURS)] = ()
    blackout_dates: Annotated[
        tuple[Blackout, ...],
        Field(max_length=MOST_BLACKOUTS, description="Days on which nothing goes out: one, or {from, to}."),
    ] = ()

    def stored(self) -> dict[str, Any]:
        """As kept with the account, by the names of the wire."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class ConnectWish(Wire):
    """An account to publish to, connected by its form: GET /api/platforms tells the fields of each."""

    platform: Platform
    workspace_id: Workspace = None
    name: AccountName | None = Field(None, description="Left out: as the platform calls it.")
    credentials: Annotated[
        Mapping[FieldName, FieldText],
        Field(max_length=MOST_FIELDS, description="Sealed, and never told again.", repr=False),
        WithJsonSchema(
            {
                "type": "object",
                "additionalProperties": {"type": "string", "maxLength": LONGEST_LIST},
                "maxProperties": MOST_FIELDS,
                "writeOnly": True,
            }
        ),
    ] = Field(default_factory=dict)
    settings: Annotated[
        Mapping[FieldName, FieldText],
        Field(max_length=MOST_FIELDS, description="Seen by everybody in the workspace."),
    ] = Field(default_factory=dict)


class BeginWish(Wire):
    """An account to connect at the platform itself."""

    platform: Platform
    workspace_id: Workspace = None


class AccountNamed(Wire):
    """Which account."""

    account_id: UUID


class AccountChanges(AccountNamed):
    """What is left out stays as it is. What it proves itself with is changed by connecting it again."""

    name: AccountName = unsaid()
    cadence: CadenceWish = unsaid()
    spacing: Spacing = unsaid()

    def changes(self) -> dict[str, Any]:
        """What was said, by its name in the database."""
        said = {name: getattr(self, name) for name in self.model_fields_set - {"account_id"}}
        return {**said, "cadence": self.cadence.stored()} if "cadence" in said else said


class AccountQuery(Wire):
    """Whose accounts."""

    workspace_id: Workspace = None
