"""What a person is given to post something themselves, and who may have it."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lib.domain.account import Account
from lib.domain.draft import Draft
from lib.domain.packages import Markup, Package, package_of
from lib.domain.schedule import ContentType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lib.adapters.supabase.user_store import UserStore


@dataclass(frozen=True, slots=True)
class Packed:
    """A package and what it is of: rows of `get_publication` and `get_content`."""

    package: Package
    publication: "Mapping[str, Any]"


async def pack(publication_id: str, user: "UserStore") -> Packed:
    """For every member of the workspace. Raises NotFound, also for another workspace's."""
    from lib.adapters.publishers.markdown import to_html, to_text

    publication = (await user.get_publication(publication_id))["publication"]
    content = (await user.get_content(publication["content_id"]))["content"]
    account = Account.from_row((await user.get_account(publication["account_id"]))["account"])
    # In a thread: Markdown that was written to be slow takes seconds, which nobody else is to wait for.
    package = await asyncio.to_thread(package_of, draft_of(content), account, Markup(to_html, to_text))
    return Packed(package, publication)


def draft_of(content: "Mapping[str, Any]") -> Draft:
    """A content's row as what was written."""
    return Draft(
        ContentType(content["kind"]), content["body"] or "", content["title"], tuple(content["segments"] or ())
    )
