"""What people may send about publications, field by field."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from lib.domain.publication import PublicationStatus
from lib.web.requests import ContentNamed, PageQuery
from lib.web.wire import Instant, Truth, Whole, Wire
from lib.web.writing_wish import link

MOST_ACCOUNTS = 20
LONGEST_LINK = 2_000

PostLink = Annotated[
    str, Field(max_length=LONGEST_LINK, examples=["https://blog.naver.com/name/123"]), AfterValidator(link)
]


class PublishWish(ContentNamed):
    """Publish a text that is a draft, or to further accounts."""

    account_ids: (
        Annotated[
            tuple[UUID, ...],
            Field(min_length=1, max_length=MOST_ACCOUNTS, description="Left out: the schedule's targets."),
        ]
        | None
    ) = None
    publish_at: Instant | None = Field(None, description="Left out: as soon as each account's cadence allows.")


class PublicationNamed(Wire):
    """Which publication."""

    publication_id: UUID


class RetryWish(PublicationNamed):
    """Try it again."""

    confirm: Truth = Field(
        False, description="Needed for an unknown one, which may be out already: you have looked, and it is not."
    )


class ContinueWish(PublicationNamed):
    """Somebody has seen the part that nobody knew of: the rest may follow."""

    number: Annotated[Whole, Field(ge=0, le=1000, description="How many parts are known to be out: `parts`.")]
    url: PostLink | None = Field(None, description="Where it can be seen; needed on X and Mastodon.")


class MarkWish(PublicationNamed):
    """It is out: somebody has posted it, or has seen it there."""

    url: PostLink | None = Field(None, description="Where it can be seen.")


class PublicationQuery(PageQuery):
    """Which publications."""

    workspace_id: UUID | None = Field(
        None, description="Left out: your personal workspace, or the one of what is named."
    )
    schedule_id: UUID | None = None
    content_id: UUID | None = None
    account_id: UUID | None = None
    status: PublicationStatus | None = None
