"""How a schedule's content is wished for: the `settings` of a schedule, and what a single run may say instead."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from lib.domain import approval
from lib.domain import writing_settings as writing
from lib.domain.run import DeadlineAction
from lib.web.wire import Whole, Wire

MAIL_LENGTH = 254
MOST_TARGETS = 20


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
Reviewer = Annotated[
    str, Field(max_length=MAIL_LENGTH, pattern=f"^{approval.MAIL.pattern}$", examples=["boss@client.com"])
]


class ApprovalWish(Wire):
    """Whether a person says yes before a text goes out."""

    mode: approval.ApprovalMode = Field(
        approval.ApprovalMode.AUTO,
        description="review_until: a person, up to `minutesBefore` its time; then `otherwise`.",
    )
    minutes_before: Annotated[Whole, Field(ge=1, le=1439, description="Less than the lead time.")] | None = None
    otherwise: DeadlineAction | None = Field(None, description="Of review_until: what happens if nobody decides.")
    reviewers: Annotated[
        tuple[Reviewer, ...],
        Field(max_length=approval.MOST_REVIEWERS, description="Get a link by e-mail with which they decide."),
    ] = ()


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
    targets: Annotated[
        tuple[UUID, ...],
        Field(max_length=MOST_TARGETS, description="Accounts to publish to; without any, texts stay drafts."),
    ] = ()
    approval: ApprovalWish = ApprovalWish()

    def stored(self) -> dict[str, Any]:
        """As kept in the schedule: what was said, by its wire name. Raises Invalid for what does not go together."""
        said = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        if "targets" in said:
            said["targets"] = list(dict.fromkeys(said["targets"]))
        writing.read_settings(said)
        approval.read_approval(said)
        return said
