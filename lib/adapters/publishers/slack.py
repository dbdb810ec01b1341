"""A channel at Slack, by its incoming webhook: whoever has the address may post, so the address is the secret.

Slack answers `ok` or one plain word, gives no id, shows nothing and takes no key: a lost reply is for a person to look
at. Wire: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
https://docs.slack.dev/messaging/formatting-message-text, https://docs.slack.dev/apis/web-api/rate-limits.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.fitting import fitting_draft, unfit
from lib.adapters.publishers.markdown import to_text
from lib.adapters.publishers.unreadable import Unreadable
from lib.adapters.publishers.wire import Complaint, Reply, ask, json_call
from lib.domain.account import Account, Platform
from lib.domain.draft import ARTICLES, Draft
from lib.domain.fits import SLACK_LIMIT
from lib.domain.publication import Post, Sent
from lib.errors import PublishFailed, PublishFault

if TYPE_CHECKING:
    from lib.adapters.publishers.wire import Connect

WEBHOOK = re.compile(r"/services/(T[A-Z0-9]{1,30})/(B[A-Z0-9]{1,30})/([A-Za-z0-9]{8,100})/?")
# What Slack's words mean where their status does not say it. Also from the older pages of the same documentation.
FAULTS: Mapping[str, PublishFault] = {
    **dict.fromkeys(
        (
            *("no_service", "no_service_id", "no_active_hooks", "no_team", "team_disabled"),
            *("channel_not_found", "channel_is_archived", "user_not_found"),
        ),
        PublishFault.GONE,
    ),
    # The workspace's owner allows this webhook to post here, or does not: nothing a single text could mend.
    **dict.fromkeys(
        ("invalid_token", "action_prohibited", "posting_to_general_channel_denied"), PublishFault.UNAUTHORIZED
    ),
}
# What an empty message is refused with by a webhook that works.
NOTHING_SAID = ("no_text", "invalid_payload", "missing_text_or_fallback_or_attachments")


class Slack(Unreadable):
    """Each text is one message, a thread several, an article one with its title. `base_url` is Slack's for hooks."""

    platform = Platform.SLACK

    def __init__(self, http: "Connect", base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        draft = fitting_draft(self.platform, post)
        messages = messages_of(draft)
        # Characters that are written out for Slack count as what is written.
        longest = max(len(message["text"]) for message in messages)
        if longest > SLACK_LIMIT:
            raise unfit(self.platform, [f"text: has {longest} characters as Slack counts; at most {SLACK_LIMIT}"])
        return [Part(number, part_key(post, number), message) for number, message in enumerate(messages)]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        hook = self._hook(target.secrets)
        call = json_call(self.platform, "POST", hook.url, dict(part.payload), creates=True, secrets=hook.secrets)
        reply = await ask(self._http(), call, now=now, within=within, read_complaint=read_complaint)
        if reply.text.strip() != "ok":
            raise call.failed(PublishFault.UNKNOWN, "answered something else than ok")
        return Sent(part.key)

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        """Slack has no way to ask. A message without text is refused, with one word by a webhook that works and with
        others by one that does not."""
        hook = self._hook(secrets)
        call = json_call(self.platform, "POST", hook.url, {"text": ""}, secrets=hook.secrets)
        try:
            await ask(self._http(), call, within=within, read_complaint=read_complaint)
        except PublishFailed as exc:
            if exc.reason not in NOTHING_SAID:
                raise
        return Identified(f"Slack {hook.id}", hook.id, {})

    def _hook(self, secrets: Secrets) -> "_Hook":
        """Raises PublishFailed (UNAUTHORIZED) for anything but a webhook at Slack: nothing is called then."""
        url = secrets["url"].strip()
        found = WEBHOOK.fullmatch(url.removeprefix(self._base_url)) if url.startswith(self._base_url) else None
        if found is None:
            told = "the address is not one of an incoming webhook, as Slack shows it to the app that was installed"
            raise PublishFailed(PublishFault.UNAUTHORIZED, f"{self.platform}: {told}", reason=told)
        team, channel, token = found.groups()
        tidy = f"{self._base_url}/services/{team}/{channel}/{token}"
        return _Hook(f"{team}/{channel}", tidy, (url, tidy, token))


@dataclass(frozen=True, slots=True)
class _Hook:
    id: str
    url: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"_Hook({self.id})"


def messages_of(draft: Draft) -> list[dict[str, Any]]:
    """An article's title is bold; a post is shown as it was written, its asterisks and underscores included."""
    if draft.kind not in ARTICLES:
        return [{"text": escaped(text), "mrkdwn": False} for text in draft.posts]
    body = escaped(to_text(draft.body))
    return [{"text": f"*{escaped(draft.title)}*\n\n{body}" if draft.title else body}]


def escaped(text: str) -> str:
    """Slack's three control characters; without them no `<!channel>` calls anybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read_complaint(reply: Reply, now: datetime) -> Complaint:
    """One word, as plain text."""
    word = reply.text.strip()
    return Complaint(word, FAULTS.get(word))
