"""The door for what can be published to: what each platform takes, how it is connected, what it promises and costs."""

from collections.abc import Mapping
from typing import Literal, Self

from fastapi import APIRouter
from pydantic import Field

from lib.domain.account import Platform
from lib.domain.connect_forms import FORMS, ConnectField, Place, is_by_oauth, wire_name
from lib.domain.platforms import PLATFORMS, Readback
from lib.domain.schedule import ContentType
from lib.settings import Settings
from lib.web.answers import Answer, Words
from lib.web.callers import Outside
from lib.web.documented import operation_id, refusals
from lib.web.people import SignedInPerson
from lib.web.strict_json import StrictRoute

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["accounts"], generate_unique_id_function=operation_id)

# What becomes of a publication of which no reply tells whether it is out.
PROMISES: Mapping[Readback, Words] = {
    Readback.KEY: Words(
        ko="같은 키로 다시 보내도 한 번만 게시됩니다. 키의 유효 시간이 지나면 사람이 확인합니다.",
        en="Sent again under the same key it goes out once; when the key's time is over, a person decides.",
    ),
    Readback.RECORD: Words(
        ko="그 글이 있는지 정확히 확인할 수 있습니다. 없을 때만 다시 보냅니다.",
        en="That very post can be looked up: it is sent again only if it is not there.",
    ),
    Readback.TIMELINE: Words(
        ko="최근 글에서 찾아봅니다. 없다고 해서 게시되지 않았다는 증거는 아니므로, 그다음은 사람이 확인합니다.",
        en="The newest posts are looked through; not being there proves nothing, so then a person decides.",
    ),
    Readback.NONE: Words(
        ko="다시 확인할 방법이 없습니다. 결과를 알 수 없으면 사람이 확인합니다.",
        en="Nothing can be looked up: when the outcome is unknown, a person decides.",
    ),
}
ASSISTED = Words(
    ko="글쓰기 API가 없습니다. 붙여 넣을 글을 드리고, 게시하신 뒤 알려 주시면 기록합니다.",
    en="It has no API to write: you are given the text to paste, post it yourself and say so.",
)


class FieldAnswer(Answer):
    """One field of a form to connect an account. `label` is a stable key for the words that a page has for it."""

    name: str
    place: Place = Field(alias="in", description="Which object of POST /api/account/connect it goes into.")
    label: str = Field(examples=["account.wordpress.password"])
    is_secret: bool
    is_required: bool
    longest: int
    example: str

    @classmethod
    def of(cls, platform: Platform, field: ConnectField) -> Self:
        return cls(
            name=wire_name(field.name),
            place=field.place,
            label=f"account.{platform}.{wire_name(field.name)}",
            is_secret=field.is_secret,
            is_required=field.is_required,
            longest=field.longest,
            example=field.example,
        )


class PlatformAnswer(Answer):
    """One platform. Its costs are the platform's own, for each part: a post of a thread is one."""

    platform: Platform
    kinds: list[ContentType]
    connect: Literal["form", "oauth"]
    fields: list[FieldAnswer]
    is_assisted: bool = Field(description="You post yourself; nothing is ever sent.")
    readback: Readback
    promise: Words = Field(description="What happens when nobody can tell whether something is out.")
    cost: int = Field(alias="costMicroUsd")
    cost_with_link: int = Field(alias="costWithLinkMicroUsd")
    is_configured: bool = Field(description="Whether accounts of it can be connected here.")

    @classmethod
    def of(cls, platform: Platform, settings: Settings) -> Self:
        facts = PLATFORMS[platform]
        return cls(
            platform=platform,
            kinds=sorted(facts.kinds),
            connect="oauth" if is_by_oauth(platform) else "form",
            fields=[FieldAnswer.of(platform, field) for field in FORMS.get(platform, ())],
            is_assisted=facts.is_assisted,
            readback=facts.readback,
            promise=ASSISTED if facts.is_assisted else PROMISES[facts.readback],
            cost=facts.cost,
            cost_with_link=facts.cost_with_link,
            is_configured=is_configured(platform, settings),
        )


class PlatformsAnswer(Answer):
    """All that can be published to."""

    platforms: list[PlatformAnswer]


@router.get("/platforms", responses=refusals(401, 503))
async def list_platforms(person: SignedInPerson, services: Outside) -> PlatformsAnswer:
    """Where one can publish to, and what each form to connect an account asks for."""
    return PlatformsAnswer(platforms=[PlatformAnswer.of(platform, services.settings) for platform in Platform])


def is_configured(platform: Platform, settings: Settings) -> bool:
    if PLATFORMS[platform].is_assisted:
        return True
    if is_by_oauth(platform) and settings.x_client_id is None:
        return False
    return bool(settings.sealing_keys)
