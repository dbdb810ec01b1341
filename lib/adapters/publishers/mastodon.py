"""Mastodon, and what speaks its API, by an access token of a person's own app there (scopes `write:statuses`, `read`).

A status is sent with an Idempotency-Key: sent again within an hour, the server answers with the one that it has made.
Wire: https://docs.joinmastodon.org/methods/statuses/#create, https://docs.joinmastodon.org/api/rate-limits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.fitting import fitting_draft
from lib.adapters.publishers.servers import server_of
from lib.adapters.publishers.unreadable import Unreadable
from lib.adapters.publishers.waits import read_reset
from lib.adapters.publishers.wire import Call, Complaint, Reply, ask, is_id, json_call, link_in, words_in
from lib.domain.account import Account, Platform
from lib.domain.publication import Post, Sent
from lib.errors import PublishFailed, PublishFault

if TYPE_CHECKING:
    from lib.adapters.publishers.wire import Connect

LONGEST_NUMBER = 100  # of a person's, which is kept together with the host
VISIBILITIES = ("public", "unlisted", "private")
# A 403 about the person's account or token; any other is about what was sent.
LOCKED = ("suspend", "disabled", "login is currently", "pending", "scope", "confirmed")


class Mastodon(Unreadable):
    """Posts and threads. Nothing is looked for: sent again under its key, a status is made once.

    The account's settings have the `server`, and may have the `visibility`.
    """

    platform = Platform.MASTODON

    def __init__(self, http: "Connect") -> None:
        self._http = http

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        common = {"visibility": visibility_of(account.settings)}
        if language := post.language.partition("-")[0].lower():
            common["language"] = language  # ISO 639; its regions are not taken
        return [
            Part(number, part_key(post, number), {"status": text, **common})
            for number, text in enumerate(fitting_draft(self.platform, post).posts)
        ]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        body = dict(part.payload)
        if part.number:
            body["in_reply_to_id"] = target.sent[part.number - 1].external_id
        token = target.secrets["token"]
        call = json_call(
            self.platform,
            "POST",
            f"{server_of(self.platform, target.account.settings, 'server')}/api/v1/statuses",
            body,
            headers={"authorization": f"Bearer {token}", "idempotency-key": part.key},
            secrets=(token,),
            creates=True,
        )
        said = (await ask(self._http(), call, now=now, within=within, read_complaint=read_complaint)).said
        if not is_id(said.get("id")):
            raise call.failed(PublishFault.UNKNOWN, "accepted it without saying under which id")
        return Sent(said["id"], link_in(said.get("url")))

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        server, token = server_of(self.platform, settings, "server"), secrets["token"]
        shown = {**settings, "server": server, "visibility": visibility_of(settings)}
        call = Call(
            self.platform,
            "GET",
            f"{server}/api/v1/accounts/verify_credentials",
            headers={"authorization": f"Bearer {token}"},
            secrets=(token,),
        )
        said = (await ask(self._http(), call, within=within, read_complaint=read_complaint)).said
        if not is_id(said.get("id"), LONGEST_NUMBER) or not is_id(said.get("acct")):
            raise call.failed(PublishFault.UNSENT, "did not say whose account it is")
        host = urlsplit(server).netloc
        # An id is one of its server's, so the server belongs to it.
        return Identified(f"@{said['acct']}@{host}", f"{said['id']}@{host}", shown)


def visibility_of(settings: Mapping[str, Any]) -> str:
    """Raises PublishFailed (UNFIT) for one that Mastodon does not know: nobody wants to guess who may read it."""
    visibility = str(settings.get("visibility") or "public")
    if visibility not in VISIBILITIES:
        told = f"is none of {', '.join(VISIBILITIES)}"
        details = {"field": "settings.visibility"}
        raise PublishFailed(PublishFault.UNFIT, f"{Platform.MASTODON}: visibility {told}", reason=told, details=details)
    return visibility


def read_complaint(reply: Reply, now: datetime) -> Complaint:
    """{"error", "error_description"?}; a 422 says what is wrong with the status, a 404 to which it replies to."""
    said = reply.said
    told = dict.fromkeys((words_in(said, "error"), words_in(said, "error_description")))
    reason = ": ".join(filter(None, told))
    if reply.status == 429:
        return Complaint(reason, retry_after=read_reset(reply.headers.get("x-ratelimit-reset"), now))
    if reply.status == 403 and any(words in reason.lower() for words in LOCKED):
        return Complaint(reason, PublishFault.UNAUTHORIZED)
    if reply.status == 410:
        return Complaint(reason, PublishFault.GONE)
    return Complaint(reason)
