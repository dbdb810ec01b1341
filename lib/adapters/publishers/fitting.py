"""What every publisher asks before anything is sent: does this post fit there."""

from collections.abc import Sequence

from lib.domain.account import Platform
from lib.domain.draft import Draft
from lib.domain.fits import check_fit
from lib.domain.publication import Post
from lib.errors import PublishFailed, PublishFault

MOST_TOLD = 3


def fitting_draft(platform: Platform, post: Post) -> Draft:
    """The post as a draft. Raises PublishFailed (UNFIT) with what the platform would refuse, never with what is
    written."""
    draft = Draft(post.kind, post.body, post.title, post.segments)
    objections = [f"{where}: {what}" for where, what in check_fit(platform, draft)]
    if objections:
        raise unfit(platform, objections)
    return draft


def unfit(platform: Platform, objections: Sequence[str], **details: object) -> PublishFailed:
    """To be raised for what does not fit. `field` among the details: which of an account's settings it is about."""
    told = "; ".join(objections[:MOST_TOLD])
    return PublishFailed(PublishFault.UNFIT, f"does not fit {platform}: {told}", reason=told, details=details)
