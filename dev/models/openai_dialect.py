"""What the Responses API and the older chat completions have in common: keys, strict schemas, errors, rate limits."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dev.models.script import Fault
from dev.models.stand_in import BadRequest

# What strict mode takes (developers.openai.com/api/docs/guides/structured-outputs, "Supported schemas").
STRICT_WORDS = frozenset(
    {
        *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "description"),
        *("title", "$ref", "$defs", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("multipleOf", "minItems", "maxItems"),
    }
)
ERROR_TYPES: Mapping[int, tuple[str, str | None]] = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("service_unavailable_error", "server_is_overloaded"),
}
BILLING_CODES = ("insufficient_quota", "credit_balance_exhausted")


def require_key(request: Request, api_key: str) -> None:
    """Raises BadRequest."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise BadRequest("You didn't provide an API key.", 401)
    if not compare_digest(token.encode(), api_key.encode()):
        raise BadRequest("Incorrect API key provided.", 401, "invalid_api_key")


def complain(
    status: int, message: str, code: str | None, headers: Mapping[str, str], fault: Fault | None = None
) -> Response:
    """The dialect's error answer."""
    kind, usual_code = ERROR_TYPES.get(status, ("invalid_request_error" if status < 500 else "server_error", None))
    if code in BILLING_CODES:
        kind = "insufficient_quota"
    sent = dict(headers)
    if fault and fault.retry_after is not None:
        sent["retry-after"] = f"{fault.retry_after.total_seconds():g}"
    error = {"message": message, "type": kind, "param": None, "code": code or usual_code}
    return JSONResponse({"error": error}, status, sent)


def check_schema(wanted: Mapping[str, Any], where: str) -> None:
    """A named schema of strict mode. Raises BadRequest."""
    name, schema = wanted.get("name"), wanted.get("schema")
    if not isinstance(name, str) or not name.replace("_", "").replace("-", "").isalnum() or len(name) > 64:
        raise BadRequest(f"Missing required parameter: '{where}.name'.")
    if not isinstance(schema, dict):
        raise BadRequest(f"Missing required parameter: '{where}.schema'.")
    if wanted.get("strict"):
        if schema.get("type") != "object":
            raise BadRequest(_invalid(name, (), "schema must be a JSON Schema of 'type: \"object\"'"))
        _check_strict(schema, name, ())


def _check_strict(schema: Mapping[str, Any], name: str, path: tuple[str, ...]) -> None:
    if unknown := sorted(schema.keys() - STRICT_WORDS):
        raise BadRequest(_invalid(name, path, f"'{unknown[0]}' is not permitted"))
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            raise BadRequest(_invalid(name, path, "'additionalProperties' is required to be supplied and to be false"))
        properties = schema.get("properties", {})
        if set(schema.get("required", ())) != set(properties):
            told = "'required' is required to be supplied and to be an array including every key in properties"
            raise BadRequest(_invalid(name, path, told))
        for key, part in properties.items():
            _check_strict(part, name, (*path, "properties", key))
    if schema.get("type") == "array":
        if "items" not in schema:
            raise BadRequest(_invalid(name, path, "array schema missing items"))
        _check_strict(schema["items"], name, (*path, "items"))
    for part in schema.get("anyOf", ()):
        _check_strict(part, name, (*path, "anyOf"))


def _invalid(name: str, path: tuple[str, ...], told: str) -> str:
    return f"Invalid schema for response_format '{name}': In context={path}, {told}."
