"""What people are answered: the common shape, sessions, refusals. Times are UTC; money is micro-USD."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """Built from the columns of a row, answered in camelCase."""

    # `defer_build`: validators are built at the first answer; a cold webhook does not wait for them.
    # `hide_input_in_errors`: what somebody wrote must not reach the log by way of a traceback.
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
    )


class Words(Answer):
    """The same in the languages of the product."""

    ko: str
    en: str


class SessionAnswer(Answer):
    """Who is signed in, and until when without a renewal."""

    user_id: str
    email: str | None
    expires_at: datetime


class SignUpAnswer(Answer):
    """`isConfirmed` false: follow the link in the mail, then sign in."""

    is_confirmed: bool
    session: SessionAnswer | None


class ErrorInside(Answer):
    """`code` for machines, `message` for people."""

    code: str
    message: str
    details: Mapping[str, Any] | None = Field(None, description="For invalid input: field, allowed, problems.")


class ErrorAnswer(Answer):
    """Every refusal has this shape."""

    error: ErrorInside
