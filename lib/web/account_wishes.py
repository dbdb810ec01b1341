"""What people may send about accounts, field by field."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from lib.domain.account import Platform
from lib.domain.cadence import MOST_BLACKOUTS, MOST_QUIET_HOURS
from lib.domain.connect_forms import FORMS, LONGEST_LIST, wire_name
from lib.web.wire import CLOCK, Duration, Whole, Wire, unsaid

MOST_FIELDS = 10

AccountName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
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


KNOWN_FIELDS = frozenset(
    spelling for fields in FORMS.values() for it in fields for spelling in (it.name, wire_name(it.name))
)


def filled_in(given: object) -> object:
    """An object of texts. Which of them the platform takes is not asked here; a name that is no field of any form is
    never repeated, as somebody may have typed a secret there."""
    if not isinstance(given, Mapping):
        raise PydanticCustomError("filled_in", "must be an object")
    if len(given) > MOST_FIELDS:
        raise PydanticCustomError("filled_in", "has too many fields", {"allowed": MOST_FIELDS})
    for name, text in given.items():
        named = {"field": name} if name in KNOWN_FIELDS else {}
        if not isinstance(text, str):
            raise PydanticCustomError("filled_in", "must be text", named)
        if len(text) > LONGEST_LIST:
            raise PydanticCustomError("filled_in", "is too long", {**named, "allowed": LONGEST_LIST})
    return given


FilledIn = Annotated[
    Mapping[str, str],
    BeforeValidator(filled_in),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": "string"},  # how long each may be: GET /api/platforms
            "maxProperties": MOST_FIELDS,
        }
    ),
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
    credentials: FilledIn = Field(
        default_factory=dict,
        description="Sealed, and never told again.",
        repr=False,
        json_schema_extra={"writeOnly": True},
    )
    settings: FilledIn = Field(default_factory=dict, description="Seen by everybody in the workspace.")


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
