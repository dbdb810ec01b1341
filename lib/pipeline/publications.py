"""What a person does about publications: publish, send again, take back, say that it is out.

The database decides what may be done and writes down who did it; QStash is told afterwards and may fail, as the sweep
finds what is not armed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lib.domain.account import Account, Platform
from lib.domain.platforms import seen_id
from lib.domain.publication import PublicationStatus
from lib.pipeline.arm import cancel_message
from lib.pipeline.arm_publications import arm_publications
from lib.pipeline.edit import Decided
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore

MOST_ARMED = 100  # at once; the sweep finds the others


@dataclass(frozen=True, slots=True)
class PublicationChanged:
    """What became of a person's wish; `row` is of `app.publication_json`."""

    outcome: str
    row: Mapping[str, Any]


async def publish_content(
    content_id: str,
    account_ids: Sequence[str] | None,
    publish_at: datetime | None,
    user: "UserStore",
    services: Services,
    now: datetime,
) -> Decided:
    """`account_ids` none: the targets of its schedule. What failed or was cancelled is tried again; what waits, is out
    or may be, stays as it is.

    Raises NotFound, Forbidden, and Conflict for a content that may not go out.
    """
    decided = Decided.from_row(await user.publish_content(content_id, account_ids, publish_at, now))
    await arm_publications(decided.publications, services, now)
    return decided


async def arm_waiting(account: Account, user: "UserStore", services: Services, now: datetime) -> None:
    """It can be published to again: what waits for it need not wait for the sweep."""
    found = await user.list_publications(
        account.workspace_id, None, None, account.id, PublicationStatus.WAITING, None, MOST_ARMED
    )
    await arm_publications(found["publications"], services, now)


async def retry_publication(
    publication_id: str, confirm: bool, user: "UserStore", services: Services, now: datetime
) -> PublicationChanged:
    """Raises Conflict for one that may be out already, unless `confirm` says that somebody has looked."""
    row = await user.retry_publication(publication_id, confirm, now)
    await arm_publications([row["publication"]], services, now)
    return PublicationChanged(row["outcome"], row["publication"])


async def continue_publication(
    publication_id: str, number: int, url: str | None, user: "UserStore", services: Services, now: datetime
) -> PublicationChanged:
    """The part after the first `number` ones is out, says a person who has seen it: the rest is sent. `url`: where.

    Raises Invalid where the next part has to name the one that was seen and the link does not tell it, Conflict for one
    that is not unknown.
    """
    found = (await user.get_publication(publication_id))["publication"]
    seen = seen_id(Platform(found["platform"]), url) or f"seen-{publication_id}-{number}"
    part = {"external_id": seen, "url": url}
    row = await user.continue_publication(publication_id, number, part, now)
    await arm_publications([row["publication"]], services, now)
    return PublicationChanged(row["outcome"], row["publication"])


async def void_publication(
    publication_id: str, user: "UserStore", services: Services, now: datetime
) -> PublicationChanged:
    """Raises Conflict for one that is out, or is just being sent."""
    row = await user.void_publication(publication_id, now)
    await cancel_message(row["publication"].get("armed_message_id"), services)
    return PublicationChanged(row["outcome"], row["publication"])


async def mark_published(publication_id: str, url: str | None, user: "UserStore", now: datetime) -> PublicationChanged:
    """Raises Conflict for one that is just being sent."""
    row = await user.mark_published(publication_id, url, now)
    return PublicationChanged(row["outcome"], row["publication"])
