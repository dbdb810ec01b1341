"""One call of one model: what becomes of it, and what that costs."""

from dataclasses import dataclass

from lib.adapters.models import WritingAnswer, WritingRequest, fields_of
from lib.domain.pricing import Price, Usage, ceiling_of, cost_of
from lib.errors import ModelFailed, ModelFault


@dataclass(frozen=True, slots=True)
class Call:
    """`model` is asked this, at this price. The failures are made here and raised by the vendors' adapters."""

    model: str
    request: WritingRequest
    price: Price

    def answered(self, text: str, usage: Usage, request_id: str | None, stop_reason: str) -> WritingAnswer:
        """The answer that this text is. Raises ModelFailed (UNUSABLE) when it has not the shape that was asked for."""
        try:
            fields = fields_of(text, self.request.schema)
        except (ValueError, RecursionError) as exc:
            why = f"did not answer in the shape that was asked for: {exc}"
            raise self.failed(ModelFault.UNUSABLE, why, usage, request_id) from exc
        return WritingAnswer(fields, text, self.model, usage, cost_of(usage, self.price), request_id, stop_reason)

    def failed(self, fault: ModelFault, why: str, usage: Usage, request_id: str | None) -> ModelFailed:
        """It did its work, and it was no use."""
        details = {"tokens_in": usage.tokens_in, "tokens_out": usage.out, "request_id": request_id}
        return ModelFailed(fault, f"{self.model} {why}", cost=cost_of(usage, self.price), details=details)

    def may_have_cost(self, fault: ModelFault, why: str, request_id: str | None = None) -> ModelFailed:
        """Nobody told us the usage of this call, but it may be on the bill: a budget counts its ceiling."""
        cost = ceiling_of(self.request.size, self.request.most_tokens, self.price)
        return ModelFailed(
            fault, f"{self.model}: {why}", cost=cost, details={"request_id": request_id, "estimated": True}
        )
