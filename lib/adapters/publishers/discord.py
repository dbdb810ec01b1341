"""A channel at Discord, by its webhook: whoever has the address may post, so the address is the secret.

Nothing can be read back and no key is taken: a lost reply is for a person to look at. `wait=true`, because without it a
message that was not saved is answered like one that was.
Wire: https://docs.discord.com/developers/resources/webhook, …/topics/rate-limits, …/topics/opcodes-and-status-codes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.fitting import fitting_draft
from lib.adapters.publishers.unreadable import Unreadable
from lib.adapters.publishers.waits import bounded
from lib.adapters.publishers.wire import Call, Complaint, Reply, ask, is_id, json_call, words_in
from lib.domain.account import Account, Platform
from lib.domain.fits import parts_for
from lib.domain.publication import Post, Sent
from lib.errors import PublishFailed, PublishFault

if TYPE_CHECKING:
    from lib.adapters.publishers.wire import Connect

WEBHOOK = re.compile(r"/api/(?:v\d+/)?webhooks/(\d{1,20})/([\w-]{1,200})/?")
GONE_CODES = (10003, 10015)  # unknown channel, unknown webhook
DEEPEST = 20  # of the tree in which it says what is wrong
NOBODY: Mapping[str, Any] = {"parse": []}  # is called by @everyone or a name in the text


class Discord(Unreadable):
    """Each text is one message, a thread several. `base_url` is Discord's."""

    platform = Platform.DISCORD

    def __init__(self, http: "Connect", base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        draft = fitting_draft(self.platform, post)
        texts = (text for _, text in parts_for(self.platform, draft))
        return [Part(number, part_key(post, number), {"content": text}) for number, text in enumerate(texts)]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        hook = self._hook(target.secrets)
        body = {"content": part.payload["content"], "allowed_mentions": NOBODY}
        params = {"wait": "true"}
        call = json_call(self.platform, "POST", hook.url, body, params=params, creates=True, secrets=hook.secrets)
        reply = await ask(self._http(), call, now=now, within=within, read_complaint=read_complaint)
        message_id = reply.said.get("id")
        if not is_id(message_id):
            raise call.failed(PublishFault.UNKNOWN, "accepted it without saying under which id")
        return Sent(str(message_id), self._url_of(str(message_id), target.account.settings))

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        hook = self._hook(secrets)
        call = Call(self.platform, "GET", hook.url, secrets=hook.secrets)
        said = (await ask(self._http(), call, within=within, read_complaint=read_complaint)).said
        if said.get("id") != hook.id:
            raise call.failed(PublishFault.UNSENT, "did not say which webhook it is")
        place = {name: said[name] for name in ("guild_id", "channel_id") if is_id(said.get(name))}
        return Identified(said["name"] if is_id(said.get("name")) else f"webhook {hook.id}", hook.id, place)

    def _hook(self, secrets: Secrets) -> "_Hook":
        """Raises PublishFailed (UNAUTHORIZED) for anything but a webhook at Discord: nothing is called then."""
        url = secrets["url"].strip()
        found = WEBHOOK.fullmatch(url.removeprefix(self._base_url)) if url.startswith(self._base_url) else None
        if found is None:
            told = "the address is not one of a webhook, as the channel's settings show it under Integrations"
            raise PublishFailed(PublishFault.UNAUTHORIZED, f"{self.platform}: {told}", reason=told)
        webhook_id, token = found.groups()
        tidy = f"{self._base_url}/api/v10/webhooks/{webhook_id}/{token}"
        return _Hook(webhook_id, tidy, (url, tidy, token))

    def _url_of(self, message_id: str, settings: Mapping[str, Any]) -> str | None:
        guild, channel = settings.get("guild_id"), settings.get("channel_id")
        return f"{self._base_url}/channels/{guild}/{channel}/{message_id}" if guild and channel else None


@dataclass(frozen=True, slots=True)
class _Hook:
    id: str
    url: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"_Hook({self.id})"


def read_complaint(reply: Reply, now: datetime) -> Complaint:
    """{"message", "code", "errors"?, "retry_after"?}; while Cloudflare bans us it is not even JSON."""
    said = reply.said
    reason = ": ".join([words_in(said, "message"), *sorted(set(_details(said.get("errors"))))]).removesuffix(": ")
    wait = said.get("retry_after")
    return Complaint(
        reason,
        PublishFault.GONE if reply.status == 404 and said.get("code") in GONE_CODES else None,
        bounded(wait) if isinstance(wait, int | float) else None,
    )


def _details(errors: Any, deepest: int = DEEPEST) -> list[str]:
    """The messages anywhere in Discord's tree of errors, as far down as a tree of theirs goes."""
    if not isinstance(errors, dict) or not deepest:
        return []
    here = errors.get("_errors")
    told = [words_in(it, "message") for it in here if isinstance(it, dict)] if isinstance(here, list) else []
    return told + [it for name, inner in errors.items() if name != "_errors" for it in _details(inner, deepest - 1)]
