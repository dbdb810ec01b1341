"""Who makes models, and the one identity of a model everywhere: `vendor/name`, as in `anthropic/claude-sonnet-5-5`."""

from enum import StrEnum

from lib.domain.writing_settings import MODEL


class Vendor(StrEnum):
    """Whom we call to have something written."""

    ANTHROPIC = "anthropic"  # Claude
    OPENAI = "openai"  # GPT, by the Responses API
    GEMINI = "gemini"  # Google's Gemini API
    OWN = "own"  # whatever speaks OpenAI's chat dialect at an address of the operator's


def split_model(model: str) -> tuple[Vendor, str]:
    """The vendor, and the model's name as that vendor knows it; the name may have slashes too.

    Raises ValueError, which says what is allowed.
    """
    vendor, _, name = model.partition("/")
    if not MODEL.fullmatch(model) or vendor not in Vendor:
        allowed = ", ".join(Vendor)
        raise ValueError(f"must be vendor/name, as in anthropic/claude-sonnet-5-5; vendors are {allowed}")
    return Vendor(vendor), name
