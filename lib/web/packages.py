"""The door for what a person posts themselves: the text, ready to be pasted."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from lib.domain.account import Platform
from lib.pipeline.package import pack
from lib.web.answers import Answer, Words
from lib.web.callers import Outside
from lib.web.documented import READING, operation_id
from lib.web.people import SignedInPerson
from lib.web.publication_answers import PublicationAnswer
from lib.web.strict_json import StrictRoute

router = APIRouter(
    prefix="/api", route_class=StrictRoute, tags=["publications"], generate_unique_id_function=operation_id
)


class PackageAnswer(Answer):
    """A text in the form in which its platform takes it from the clipboard."""

    platform: Platform
    title: str | None
    texts: list[str] = Field(description="To be pasted one after another; an article's is one.")
    html: str | None = Field(description="Of an article: the same, for the clipboard as rich text. Harmless by itself.")
    write_at: str | None = Field(description="Where to paste it.")
    steps: list[Words]


class PackageFound(Answer):
    """One package, and the publication that it is of."""

    package: PackageAnswer
    publication: PublicationAnswer


@router.get("/publications/{publicationId}/package", responses=READING)
async def get_package(
    publication_id: Annotated[UUID, Path(alias="publicationId")], person: SignedInPerson, services: Outside
) -> PackageFound:
    """What to paste where. For platforms that take posts from people only; for any other too, if you would rather post
    it yourself: then take the publication back first."""
    packed = await pack(str(publication_id), services.store.as_user(person.token))
    package = packed.package
    return PackageFound(
        package=PackageAnswer(
            platform=package.platform,
            title=package.title,
            texts=list(package.texts),
            html=package.html,
            write_at=package.write_at,
            steps=[Words(ko=korean, en=english) for korean, english in package.steps],
        ),
        publication=PublicationAnswer.of(packed.publication),
    )
