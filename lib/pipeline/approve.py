"""A yes or a no to a content: from somebody who is signed in, or by a link that was made for somebody who is not.

What is approved goes out as it was read: another version needs another yes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lib.domain.approval_link import ApprovalLink, read_link, sign_link
from lib.errors import NotConfigured, NotFound
from lib.pipeline.arm_publications import arm_publications
from lib.pipeline.edit import Decided
from lib.services import Services
from lib.settings import Settings, names_of

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore

PAGE = "/approval"


class Decision(StrEnum):
    """A person's word on a content."""

    APPROVE = "approve"  # it may go out
    REJECT = "reject"  # it never does


@dataclass(frozen=True, slots=True)
class MadeLink:
    """Whoever has `url` may decide, once; the secret part is behind its `#`, which no server is sent."""

    url: str
    expires_at: datetime


async def approve_content(
    content_id: str, version: int | None, note: str | None, user: "UserStore", services: Services, now: datetime
) -> Decided:
    """`version`: the one that was read, none: whatever it is now. Raises Conflict when there is a newer one."""
    decided = Decided.from_row(await user.approve_content(content_id, version, note, now))
    await arm_publications(decided.publications, services, now)
    return decided


async def reject_content(content_id: str, note: str | None, user: "UserStore", now: datetime) -> Decided:
    """`note` is for colleagues, and never published. Raises Conflict for what is out already, or under way."""
    return Decided.from_row(await user.reject_content(content_id, note, now))


async def make_link(content_id: str, life: timedelta, user: "UserStore", services: Services, now: datetime) -> MadeLink:
    """For the content as it is now. Raises NotConfigured without keys, Conflict when there is nothing to decide."""
    require_keys(services.settings)
    link = await user.create_approval_link(services.new_id(), content_id, whole_second(now + life), now)
    return made(link["link"], services.settings)


def made(link: Mapping[str, Any], settings: Settings) -> MadeLink:
    """From the row of a link, which may be an older one of the same id: then it expires when that does."""
    expires_at = datetime.fromisoformat(link["expires_at"])
    token = sign_link(ApprovalLink(link["id"], expires_at), require_keys(settings))
    return MadeLink(f"{settings.require('public_url')}{PAGE}#{token}", expires_at)


async def read_by_link(token: str, services: Services, now: datetime) -> Mapping[str, Any]:
    """`state` says whether it can be used; only then there is a `content`. Raises NotFound for no link of ours."""
    return await services.store.read_approval_link(link_id=known(token, services.settings).id, now=now)


async def decide_by_link(
    token: str, decision: Decision, note: str | None, services: Services, now: datetime
) -> Mapping[str, Any]:
    """The same decision again is answered alike. Raises NotFound, and Conflict when it is used, expired or void."""
    link = known(token, services.settings)
    row = await services.store.use_approval_link(link_id=link.id, decision=decision, note=note, now=now)
    await arm_publications(row["publications"], services, now)
    return row


def known(token: str, settings: Settings) -> ApprovalLink:
    link = read_link(token, require_keys(settings))
    if link is None:
        raise NotFound("link_not_found", "This link is not complete, or not one of ours.")
    return link


def require_keys(settings: Settings) -> Mapping[str, bytes]:
    if not settings.sealing_keys:
        raise NotConfigured("credentials_keys", names_of("credentials_keys"))
    return settings.sealing_keys


def whole_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
