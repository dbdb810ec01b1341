"""What Claude's API accepts, and in which words it refuses the rest."""

from collections.abc import Mapping
from typing import Any

from dev.models.stand_in import BadRequest, read_object

KNOWN_MODELS = (
    "claude-haiku-5-5",
    "claude-sonnet-5-5",
    "claude-opus-5-5",
    "claude-fable-5-2",
    "claude-haiku-4-5",
    "claude-sonnet-4-6",
)
# Under this version sampling is no longer the caller's to set.
NO_SAMPLING_SINCE = "2026-10-21"
SAMPLING = ("temperature", "top_p", "top_k")
# JSON schema words that structured output does not take
# (platform.claude.com/docs/en/build-with-claude/structured-outputs).
UNSUPPORTED_SCHEMA_WORDS = frozenset(
    {
        *("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("maxItems", "uniqueItems", "minProperties", "maxProperties", "patternProperties", "if", "not"),
    }
)
MOST_BYTES = 32 * 1024 * 1024


def check_request(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The request, if it is one. Raises BadRequest."""
    version = headers.get("anthropic-version")
    if not version:
        raise BadRequest("anthropic-version: header is required")
    if len(body) > MOST_BYTES:
        raise BadRequest("Request exceeds the maximum size", 413)
    asked = read_object(body)
    _check_fields(asked)
    if version >= NO_SAMPLING_SINCE and (sampling := [it for it in SAMPLING if it in asked]):
        raise BadRequest(f"{sampling[0]}: Extra inputs are not permitted")
    _check_messages(asked["messages"])
    _check_output(asked.get("output_config"))
    return asked


def _check_fields(asked: Mapping[str, Any]) -> None:
    for name in ("model", "max_tokens", "messages"):
        if name not in asked:
            raise BadRequest(f"{name}: Field required")
    if not isinstance(asked["max_tokens"], int) or asked["max_tokens"] < 1:
        raise BadRequest("max_tokens: Input should be greater than or equal to 1")
    if not str(asked["model"]).startswith(KNOWN_MODELS):
        raise BadRequest(f"model: {asked['model']}", 404)
    if asked.get("stream"):
        raise BadRequest("stream: the local stand-in does not stream")


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages: at least one message is required")
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
            raise BadRequest(f"messages.{place}.role: Input should be 'user' or 'assistant'")
        _check_content(message.get("content"), place)
    if messages[0]["role"] != "user":
        raise BadRequest("messages: first message must use the user role")
    if messages[-1]["role"] == "assistant":
        raise BadRequest("This model does not support assistant message prefill")


def _check_content(content: object, place: int) -> None:
    if not content:
        raise BadRequest(f"messages.{place}: content must not be empty")
    if isinstance(content, list) and not all(isinstance(it, dict) and it.get("text") for it in content):
        raise BadRequest(f"messages.{place}.content: text content blocks must be non-empty")


def _check_output(config: object) -> None:
    if config is None:
        return
    if not isinstance(config, dict) or config.keys() - {"format", "effort"}:
        raise BadRequest("output_config: Extra inputs are not permitted")
    if config.get("effort") not in (None, "low", "medium", "high", "xhigh", "max"):
        raise BadRequest("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")
    wanted = config.get("format")
    if wanted is None:
        return
    if (
        not isinstance(wanted, dict)
        or wanted.get("type") != "json_schema"
        or not isinstance(wanted.get("schema"), dict)
    ):
        raise BadRequest("output_config.format: Input should be a json_schema with a schema")
    _check_schema(wanted["schema"])


def _check_schema(schema: object) -> None:
    where = "output_config.format.schema"
    if not isinstance(schema, dict):
        raise BadRequest(f"{where}: Input should be an object")
    if unsupported := sorted(schema.keys() & UNSUPPORTED_SCHEMA_WORDS):
        told = f"For '{schema.get('type')}' type, property '{unsupported[0]}' is not supported"
        raise BadRequest(f"{where}: {told}")
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            told = "For 'object' type, 'additionalProperties' must be explicitly set to false"
            raise BadRequest(f"{where}: {told}")
        for part in schema.get("properties", {}).values():
            _check_schema(part)
    if schema.get("type") == "array":
        if schema.get("minItems", 0) > 1:
            raise BadRequest(f"{where}: For 'array' type, 'minItems' values other than 0 or 1 are not supported")
        _check_schema(schema.get("items", {}))
    for part in schema.get("anyOf", ()):
        _check_schema(part)
