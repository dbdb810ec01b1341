"""A newsletter by e-mail, through the owner's own account at Resend.

Up to a hundred mails a call, each to one person, who sees nobody else's address. The call's idempotency key is kept for
24 hours: sent again under it, nothing goes out twice and the same ids are answered.
Wire: https://resend.com/docs/api-reference/emails/send-batch-emails, …/dashboard/emails/idempotency-keys,
…/api-reference/errors.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from html import escape
from typing import TYPE_CHECKING, Any

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.fitting import fitting_draft, unfit
from lib.adapters.publishers.markdown import to_html, to_text
from lib.adapters.publishers.readers import marked, still_to_write_to
from lib.adapters.publishers.unreadable import Unreadable
from lib.adapters.publishers.wire import Call, Complaint, Reply, ask, is_id, json_call, words_in
from lib.domain.account import Account, Platform
from lib.domain.draft import Draft
from lib.domain.publication import Post, Sent
from lib.errors import PublishFailed, PublishFault

if TYPE_CHECKING:
    from lib.adapters.publishers.wire import Connect

MOST_MAILS = 100  # a call
LONGEST_MAIL_ID = 100
ADDRESS = re.compile(r"[^\s@<>,;\"()]{1,64}@[^\s@<>,;\"()]{1,200}\.[^\s@<>,;\"().]{2,63}")
UNTIL_QUOTA_IS_LOOKED_AT_AGAIN = timedelta(hours=1)  # Resend need not say when a day's or month's quota is new
QUOTAS = ("daily_quota_exceeded", "monthly_quota_exceeded")
# A key that may send and nothing else is all we need; asked for anything else it says this.
SENDING_ONLY = "restricted_api_key"
UNVERIFIED = ("not_started", "pending", "failed")
STYLE = (  # Korean breaks between words, a long address anywhere
    "font-family:sans-serif;line-height:1.6;max-width:40em;margin:0 auto;padding:1em;"
    "word-break:keep-all;overflow-wrap:anywhere"
)


class Newsletter(Unreadable):
    """Settings: `from`, `to` (addresses, with commas or line breaks between), and
    `unsubscribe`, to which whoever wants no more writes (else `from`)."""

    platform = Platform.NEWSLETTER

    def __init__(self, http: "Connect", base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        draft = fitting_draft(self.platform, post)
        recipients = read_recipients(account.settings)
        mail = mail_of(draft, post.language, account.settings)
        return [
            Part(number, part_key(post, number), {"mail": mail, "to": batch})
            for number, batch in enumerate(batches_of(recipients))
        ]

    def parts_after(self, parts: Sequence[Part], sent: Sequence[Sent]) -> Sequence[Part]:
        """The list may have changed since the first batch went out: the rest goes to whoever has not had it."""
        readers = [address for part in parts for address in part.payload["to"]]
        left = still_to_write_to(readers, [it.external_id for it in sent], MOST_MAILS)
        key, mail = parts[0].key.rpartition("-")[0], parts[0].payload["mail"]
        return [
            Part(number, f"{key}-{number}", {"mail": mail, "to": batch})
            for number, batch in enumerate([*([] for _ in sent), *batches_of(left)])
        ]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        mails = [{**part.payload["mail"], "to": [address]} for address in part.payload["to"]]
        proof = authorized(target.secrets)
        headers = {**proof, "idempotency-key": part.key}
        call = json_call(
            self.platform,
            "POST",
            f"{self._base_url}/emails/batch",
            mails,
            headers=headers,
            creates=True,
            secrets=(target.secrets["api_key"],),
        )
        reply = await ask(self._http(), call, now=now, within=within, read_complaint=read_complaint)
        made = reply.said.get("data")
        if not isinstance(made, list) or len(made) != len(mails) or not is_made(made[0]):
            raise call.failed(PublishFault.UNKNOWN, "accepted it without saying which mails were made")
        return Sent(marked(made[0]["id"], part.payload["to"]))

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        """The key's domains are asked for. A key that may only send is refused that, in words that prove it good."""
        recipients, sender = read_recipients(settings), read_sender(settings)
        call = Call(
            self.platform,
            "GET",
            f"{self._base_url}/domains",
            headers=authorized(secrets),
            secrets=(secrets["api_key"],),
        )
        try:
            said = (await ask(self._http(), call, within=within, read_complaint=read_complaint)).said
        except PublishFailed as exc:
            if exc.details.get("name") != SENDING_ONLY:
                raise
            said = {}
        self._refuse_unverified(sender.rpartition("@")[2].lower(), said)
        kept = {name: settings[name] for name in ("from", "unsubscribe") if settings.get(name)}
        return Identified(sender, sender.lower(), {**kept, "to": ", ".join(recipients)})

    def _refuse_unverified(self, domain: str, said: Mapping[str, Any]) -> None:
        """Raises PublishFailed when Resend knows the sender's domain and would not send for it."""
        domains = said.get("data")
        for known in domains if isinstance(domains, list) else ():
            if isinstance(known, dict) and known.get("name") == domain and known.get("status") in UNVERIFIED:
                raise unfit(self.platform, ["its domain is not verified at Resend yet"], field="settings.from")


def batches_of(recipients: Sequence[str]) -> Sequence[Sequence[str]]:
    return [recipients[first : first + MOST_MAILS] for first in range(0, len(recipients), MOST_MAILS)]


def mail_of(draft: Draft, language: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of a mail but whom it is for."""
    leave = read_unsubscribe(settings)
    foot = goodbye(language, leave)
    subject = " ".join((draft.title or "").split())
    page = (
        f'<!doctype html><html lang="{escape(language or "en")}"><head><meta charset="utf-8">'
        f'<title>{escape(subject)}</title></head><body><div style="{STYLE}">\n{to_html(draft.body)}\n'
        f'<hr><p><small><a href="mailto:{escape(leave)}?subject=unsubscribe">{escape(foot)}</a></small></p>'
        "</div></body></html>"
    )
    return {
        "from": settings["from"],
        "subject": subject,
        "html": page,
        "text": f"{to_text(draft.body)}\n\n-- \n{foot}",
        "headers": {"List-Unsubscribe": f"<mailto:{leave}?subject=unsubscribe>"},
    }


def goodbye(language: str, leave: str) -> str:
    if language.lower().partition("-")[0] == "ko":
        return f"더 받지 않으시려면 {leave}(으)로 알려 주세요."
    return f"To stop these mails, write to {leave}."


def read_recipients(settings: Mapping[str, Any]) -> list[str]:
    """In the order given, each once. Raises PublishFailed (UNFIT), which never tells whose address it is."""
    given = [it for it in re.split(r"[\s,;]+", str(settings.get("to") or "")) if it]
    wrong = [str(place) for place, address in enumerate(given, start=1) if not ADDRESS.fullmatch(address)]
    if wrong:
        told = f"no e-mail address at place {', '.join(wrong[:5])}"
        raise unfit(Platform.NEWSLETTER, [told], field="settings.to")
    if not given:
        raise unfit(Platform.NEWSLETTER, ["there is nobody to send it to"], field="settings.to")
    each: dict[str, str] = {}
    for address in given:
        each.setdefault(address.lower(), address)
    return list(each.values())


def read_sender(settings: Mapping[str, Any]) -> str:
    """The bare address of `from`, as `Tea <tea@example.com>` or alone. Raises PublishFailed (UNFIT)."""
    return _address(settings.get("from"), "from")


def read_unsubscribe(settings: Mapping[str, Any]) -> str:
    return _address(settings["unsubscribe"], "unsubscribe") if settings.get("unsubscribe") else read_sender(settings)


def _address(value: object, name: str) -> str:
    address = parseaddr(str(value or ""))[1]
    if not ADDRESS.fullmatch(address):
        raise unfit(Platform.NEWSLETTER, ["must be an e-mail address"], field=f"settings.{name}")
    return address


def authorized(secrets: Secrets) -> dict[str, str]:
    return {"authorization": f"Bearer {secrets['api_key']}"}


def is_made(mail: object) -> bool:
    return isinstance(mail, dict) and is_id(mail.get("id"), LONGEST_MAIL_ID)


def read_complaint(reply: Reply, now: datetime) -> Complaint:
    """{"name", "message", "statusCode"}."""
    name, reason = words_in(reply.said, "name"), words_in(reply.said, "message")
    details = {"name": name} if name else {}
    if reply.status == 409:
        # Under this key Resend is at it, or has done it before to another list: out, or about to be.
        return Complaint(reason or name, PublishFault.UNKNOWN, details=details)
    if name in QUOTAS:
        wait = None if "retry-after" in reply.headers else UNTIL_QUOTA_IS_LOOKED_AT_AGAIN
        return Complaint(reason, PublishFault.THROTTLED, wait, details)
    if reply.status == 403:
        # The key is none, or its owner has not proven the domain: nothing that another text would mend.
        return Complaint(reason, PublishFault.UNAUTHORIZED, details=details)
    return Complaint(reason or name, details=details)
