"""A server of somebody's own that speaks OpenAI's chat completions, as vLLM or Ollama do.

`knows_schemas=False` makes it one that cannot be used: it knows no JSON schemas. Without a key it asks for none.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dev.clock import StackClock
from dev.models.openai_dialect import check_schema, complain, require_key
from dev.models.script import Failing, Fault
from dev.models.stand_in import Asked, BadRequest, Ending, StandIn, Work, read_object

KNOWN_MODELS = ("llama-3.3-70b", "meta-llama/Llama-3.3-70B-Instruct", "qwen3")
FINISH_REASONS: Mapping[Ending, str] = {
    Ending.DONE: "stop",
    Ending.CUT: "length",
    Ending.REFUSED: "content_filter",
}


class Chat(StandIn):
    """The stand-in; `app` is the API, with its `/v1`."""

    def __init__(
        self, clock: StackClock, api_key: str = "", takes: timedelta = timedelta(0), *, knows_schemas: bool = True
    ) -> None:
        super().__init__(clock, takes)
        self.knows_schemas = knows_schemas
        self.tells_usage = True
        self._api_key = api_key
        self.app = Starlette(
            routes=[Route("/v1/chat/completions", self._completions, methods=["POST"]), *self.routes()]
        )

    async def _completions(self, request: Request) -> Response:
        try:
            if self._api_key:
                require_key(request, self._api_key)
            asked = self._read(read_object(await request.body()))
        except BadRequest as bad:
            return complain(bad.status, bad.message, bad.code, {})
        fault = await self.next_fault()
        if fault.how is Failing.STATUS:
            self.note(asked, fault.status, None)
            return complain(fault.status, "scripted by the local stack", fault.code, {}, fault)
        return self._answered(asked, fault)

    def _answered(self, asked: Asked, fault: Fault) -> Response:
        work = self.work(asked, fault, is_cached=False)
        finish = FINISH_REASONS[work.ending]
        self.note(asked, 0 if fault.how is Failing.DROP else 200, finish, work)
        message = {"role": "assistant", "content": work.text or None, "refusal": None}
        said: dict[str, Any] = {
            "id": f"chatcmpl-{self.new_id()}",
            "object": "chat.completion",
            "created": int(self.clock.now().timestamp()),
            "model": asked.model,
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        }
        if self.tells_usage:
            said["usage"] = _usage(work)
        return self.reply(said, fault, {})

    def _read(self, body: Mapping[str, Any]) -> Asked:
        """Raises BadRequest."""
        if body.get("model") not in KNOWN_MODELS:
            raise BadRequest(f"The model `{body.get('model')}` does not exist.", 404)
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages or any(not it.get("content") for it in messages):
            raise BadRequest("'messages' must contain at least one message with content")
        wanted = body.get("response_format") or {}
        if wanted and not self.knows_schemas:
            raise BadRequest("Unrecognized request argument supplied: response_format")
        if wanted.get("type") == "json_schema":
            check_schema(wanted.get("json_schema") or {}, "response_format.json_schema")
        return Asked(
            model=body["model"],
            system="\n".join(it["content"] for it in messages if it["role"] == "system"),
            said=[it["content"] for it in messages if it["role"] != "system"],
            schema=(wanted.get("json_schema") or {}).get("schema"),
            most_tokens=body.get("max_tokens") or 32_000,
            body=body,
        )


def _usage(work: Work) -> dict[str, Any]:
    return {
        "prompt_tokens": work.tokens_in,
        "completion_tokens": work.tokens_out,
        "total_tokens": work.tokens_in + work.tokens_out,
    }
