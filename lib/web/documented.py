"""Which refusals a door documents in OpenAPI; all have the one error shape."""

from typing import Any

from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel

from lib.web.answers import ErrorAnswer

MEANINGS = {
    400: "The body is not JSON in UTF-8.",
    401: "Not signed in, or the session or token has expired.",
    403: "Your role or plan does not allow this, or another site made the request.",
    404: "No such thing in your workspaces.",
    409: "It has changed or is busy since you looked; `details` says what is true now.",
    413: "The body is larger than 256 KiB.",
    415: "The body is not `application/json`.",
    422: "The input cannot be used; `details.field` names the field as spelled on the wire.",
    429: "A limit, quota or budget of the plan is used up; `details` has limit and used.",
    503: "Something we need does not answer; try again after `Retry-After` seconds.",
}
BODY = (400, 413, 415)


# FastAPI builds a validator for each model of each status of each door, a quarter of a cold start for bodies that it
# never validates. So one status brings the model along, and the others point at its schema.
BRINGS_THE_MODEL = 503
POINTS_AT_IT = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorAnswer.__name__}"}}}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": MEANINGS[status], **shape_of(status)} for status in sorted(statuses)}


def shape_of(status: int) -> dict[str, Any]:
    return {"model": ErrorAnswer} if status == BRINGS_THE_MODEL else {"content": POINTS_AT_IT}


READING = refusals(401, 403, 404, 422, 503)
WRITING = refusals(*BODY, 401, 403, 404, 409, 422, 429, 503)


def operation_id(route: APIRoute) -> str:
    """What generated clients call their methods: `createSchedule`."""
    return to_camel(route.name)
