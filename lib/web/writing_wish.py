"""How a schedule's content is wished for: the `settings` of a schedule, and what a single run may say instead."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from lib.domain import writing_settings as writing
from lib.web.wire import Whole, Wire, not_yet


def language_tag(tag: str) -> str:
    if tag and not writing.LANGUAGE_TAG.fullmatch(tag):
        raise PydanticCustomError("language", "is not a language tag", {"allowed": "ko, en, pt-BR"})
    return tag


def link(text: str) -> str:
    if not writing.is_link(text):
        raise PydanticCustomError("link", "is not a link that can be posted", {"allowed": "https://your.site/page"})
    return text


Count = Annotated[Whole, Field(ge=1, le=writing.MOST_CONTENTS, description="Texts of one run; each differs in angle.")]
Phrase = Annotated[str, Field(max_length=writing.LONGEST_PHRASE)]
Example = Annotated[str, Field(max_length=writing.LONGEST_EXAMPLE)]
Link = Annotated[str, Field(max_length=writing.LONGEST_LINK, examples=["https://your.site/page"]), AfterValidator(link)]
Model = Annotated[
    str,
    Field(
        max_length=writing.LONGEST_MODEL, pattern=f"^{writing.MODEL.pattern}$", examples=["anthropic/claude-sonnet-5-5"]
    ),
]
Nothing = WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": 0})


class SettingsWish(Wire):
    """What to write; its texts together have at most 16,000 characters. In an update it replaces all of it."""

    prompt_type: writing.PromptType = Field(writing.PromptType.AUTO, description="custom: worded by `customPrompt`.")
    custom_prompt: Annotated[
        str,
        Field(
            max_length=writing.LONGEST_CUSTOM_PROMPT,
            description="May use {date} {weekday} {month} {time} {name} {topic} {recent_titles} {angle}.",
        ),
    ] = ""
    topic: Annotated[str, Field(max_length=writing.LONGEST_TOPIC, description="Empty: the schedule's name.")] = ""
    voice: Annotated[str, Field(max_length=writing.LONGEST_VOICE)] = ""
    audience: Annotated[str, Field(max_length=writing.LONGEST_AUDIENCE)] = ""
    language: Annotated[str, Field(max_length=35, examples=["ko"]), AfterValidator(language_tag)] = ""
    examples: Annotated[tuple[Example, ...], Field(max_length=writing.MOST_EXAMPLES)] = ()
    never_say: Annotated[tuple[Phrase, ...], Field(max_length=writing.MOST_NEVER_SAY)] = ()
    keywords: Annotated[tuple[Phrase, ...], Field(max_length=writing.MOST_KEYWORDS)] = ()
    links: Annotated[
        tuple[Link, ...], Field(max_length=writing.MOST_LINKS, description="The only ones that a text may have.")
    ] = ()
    count: Count = 1
    quality: writing.Quality = Field(writing.Quality.STANDARD, description="Which models are asked: GET /api/models.")
    models: Annotated[
        tuple[Model, ...],
        Field(max_length=writing.MOST_MODELS, description="Asked before those of the quality, most wanted first."),
    ] = ()
    targets: Annotated[tuple[str, ...], BeforeValidator(not_yet), Nothing] = Field(
        (), description="Accounts to publish to; not available until one is connected."
    )

    def stored(self) -> dict[str, Any]:
        """As kept in the schedule: what was said, by its wire name. Raises Invalid for what does not go together."""
        said = self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"targets"})
        writing.read_settings(said)
        return said
