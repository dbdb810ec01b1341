"""Mail to owners and reviewers, through Resend (https://resend.com/docs/api-reference/emails/send-email).

Sent again under the same key it goes out once, within Resend's day (…/dashboard/emails/idempotency-keys). Nobody's work
depends on a mail: a failure is told as a `Delivery`, never raised.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from lib import logs

if TYPE_CHECKING:
    import httpx

PATIENCE = timedelta(seconds=10)
# Of Resend's refusals: nothing is wrong with the mail, and the same one may be taken later.
PASSING = frozenset({408, 425, 429})
UNDER_WAY = "concurrent_idempotent_requests"


class Delivery(StrEnum):
    """What became of a mail."""

    TAKEN = "taken"  # by the mail service, now or under this key before
    LATER = "later"  # not taken, or nobody knows: the same one again, under the same key
    REFUSED = "refused"  # this one will never be taken: a wrong address


@dataclass(frozen=True, slots=True)
class Mail:
    """`key` (at most 256 characters) is the same whenever this mail is sent."""

    key: str
    to: str
    subject: str
    text: str


class Notifier:
    """Sends from one verified address with one key."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        sender: str,
        http: "Callable[[], httpx.AsyncClient]",
        patience: timedelta = PATIENCE,
    ) -> None:
        self._url = f"{base_url}/emails"
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._sender = sender
        self._http = http
        self._patience = patience

    async def send(self, mail: Mail) -> Delivery:
        """Never raises for what Resend or the network does, and never logs an address or a text."""
        import httpx

        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                reply = await self._http().post(
                    self._url,
                    json={"from": self._sender, "to": [mail.to], "subject": mail.subject, "text": mail.text},
                    headers={**self._headers, "Idempotency-Key": mail.key},
                )
        except (httpx.HTTPError, TimeoutError, RuntimeError) as exc:
            logs.warning("mail.unsent", key=mail.key, problem=type(exc).__name__)
            return Delivery.LATER
        delivery = delivery_of(reply.status_code, name_of(reply))
        if delivery is not Delivery.TAKEN:
            # 401 and 403: our key or our address; an operator must mend it, and until then nobody is written to.
            tell = logs.error if reply.status_code in (401, 403) else logs.warning
            tell("mail.unsent", key=mail.key, status=reply.status_code, delivery=delivery)
        return delivery


def delivery_of(status: int, name: str) -> Delivery:
    """`name`: Resend's word for a refusal (…/api-reference/errors)."""
    if status < 300:
        return Delivery.TAKEN
    if status == 409 and name != UNDER_WAY:
        return Delivery.TAKEN  # under this key before, in other words
    if status in PASSING or status in (401, 403, 409) or status >= 500:
        return Delivery.LATER
    return Delivery.REFUSED


def name_of(reply: "httpx.Response") -> str:
    try:
        answer = reply.json()
    except ValueError:
        return ""
    return str(answer.get("name", "")) if isinstance(answer, Mapping) else ""
