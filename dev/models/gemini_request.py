"""What the Gemini API accepts, and in which words it refuses the rest."""

from collections.abc import Mapping
from typing import Any

from dev.models.stand_in import BadRequest

KNOWN_MODELS = ("gemini-4-argon", "gemini-3.8-flash", "gemini-3.5-flash-lite", "gemini-2.5-flash")
WITHOUT_LEVEL = ("gemini-2",)
FIELDS = frozenset({"systemInstruction", "contents", "generationConfig", "safetySettings"})
CONFIG_FIELDS = frozenset(
    {"maxOutputTokens", "responseMimeType", "responseJsonSchema", "thinkingConfig", "temperature", "topP", "topK"}
)
LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH")
# ai.google.dev/api/generate-content, `responseJsonSchema`: "only a subset is supported".
SCHEMA_WORDS = frozenset(
    {
        *("$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items", "prefixItems"),
        *("minItems", "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties"),
        *("required", "propertyOrdering"),
    }
)


def check_request(name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request, if it is one. Raises BadRequest."""
    _check_names(body, FIELDS, "")
    contents = body.get("contents")
    if not isinstance(contents, list) or not contents:
        raise BadRequest("* GenerateContentRequest.contents: contents is not specified")
    for place, content in enumerate(contents):
        _check_content(content, f"contents[{place}]")
        if content.get("role") not in ("user", "model"):
            raise BadRequest("Please use a valid role: user, model.")
    if "systemInstruction" in body:
        _check_content(body["systemInstruction"], "system_instruction")
    _check_config(name, body.get("generationConfig") or {})
    return body


def _check_content(content: object, where: str) -> None:
    parts = content.get("parts") if isinstance(content, dict) else None
    if not isinstance(parts, list) or not parts:
        raise BadRequest(f"* GenerateContentRequest.{where}.parts: contents.parts must not be empty.")
    if any(not isinstance(part, dict) or not isinstance(part.get("text"), str) for part in parts):
        raise BadRequest(f"* GenerateContentRequest.{where}.parts: required oneof field 'data' must have one value")


def _check_config(name: str, config: Mapping[str, Any]) -> None:
    _check_names(config, CONFIG_FIELDS, "generation_config")
    if sampling := sorted(config.keys() & {"temperature", "topP", "topK"}):
        raise BadRequest(f"Sampling parameter {sampling[0]} is not supported by this model.")
    if (level := (config.get("thinkingConfig") or {}).get("thinkingLevel")) is not None:
        if name.startswith(WITHOUT_LEVEL):
            raise BadRequest("Thinking level is not supported for this model.")
        if level not in LEVELS:
            raise BadRequest(f"Invalid value at 'generation_config.thinking_config.thinking_level': {level}")
    if "responseJsonSchema" in config:
        if config.get("responseMimeType") != "application/json":
            raise BadRequest("Function calling config with response schema needs response mime type application/json")
        _check_schema(config["responseJsonSchema"])


def _check_names(given: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if unknown := sorted(given.keys() - known):
        at = f" at '{where}'" if where else ""
        raise BadRequest(f'Invalid JSON payload received. Unknown name "{unknown[0]}"{at}: Cannot find field.')


def _check_schema(schema: object) -> None:
    if not isinstance(schema, dict):
        raise BadRequest("Invalid value at 'generation_config.response_json_schema'")
    if unknown := sorted(schema.keys() - SCHEMA_WORDS):
        raise BadRequest(f"Unsupported keyword in response_json_schema: {unknown[0]}")
    for part in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        _check_schema(part)
    if "items" in schema:
        _check_schema(schema["items"])
