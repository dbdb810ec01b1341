"""Any server of the owner's that takes Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks).

A POST of {"type", "timestamp", "data"}, signed over exactly the bytes that are sent. Its `webhook-id` is the same
however often it is sent: by it the receiver knows what it has already. `webhook-timestamp` is the attempt's. Only a 2xx
means that it was taken; a redirect is not followed; a 410 ends it for good. After a 5xx or a lost reply it may have
been taken, and is sent again under its id.

Types: `content.published`, and `connection.test` when the account is connected or tested: the receiver answers it with
a 2xx and does nothing else.
"""

import base64
import hashlib
import json
import re
import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.fitting import fitting_draft
from lib.adapters.publishers.markdown import is_web_link
from lib.adapters.publishers.unreadable import Unreadable
from lib.adapters.publishers.wire import Call, Complaint, Reply, ask, link_in
from lib.clock import Clock
from lib.domain.account import Account, Platform
from lib.domain.publication import Post, Sent
from lib.errors import PublishFailed, PublishFault

if TYPE_CHECKING:
    from lib.adapters.publishers.wire import Connect

PUBLISHED, TEST = "content.published", "connection.test"
SECRET_PREFIX = "whsec_"  # noqa: S105  # what a secret begins with
SHORTEST_SECRET, LONGEST_SECRET = 24, 64  # bytes, by the specification
LONGEST_URL = 2_000
FAULTS: Mapping[int, PublishFault] = {
    403: PublishFault.UNAUTHORIZED,  # it does not like the signature, as with 401
    404: PublishFault.UNSENT,  # nobody there took it: a server that is just being replaced, maybe
    409: PublishFault.UNKNOWN,  # it is at it already, or has it
    410: PublishFault.GONE,
}


class Webhook(Unreadable):
    """One delivery for each content. `clock`: a test of the connection is signed with its time."""

    platform = Platform.WEBHOOK

    def __init__(self, http: "Connect", clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        fitting_draft(self.platform, post)
        body = {"type": PUBLISHED, "timestamp": post.written_at.isoformat(), "data": told(post)}
        return [Part(0, part_key(post, 0), body)]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        call = self._signed(part.key, part.payload, target.secrets, now)
        reply = await ask(self._http(), call, now=now, within=within, read_complaint=read_complaint)
        return Sent(part.key, link_in(reply.said.get("url")))  # it may say where it can be seen, and need not

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        now = self._clock()
        body = {"type": TEST, "timestamp": now.isoformat(), "data": {}}
        call = self._signed(f"test-{randomness.token_hex(12)}", body, secrets, now)
        await ask(self._http(), call, now=now, within=within, read_complaint=read_complaint)
        host = urlsplit(call.url).netloc
        # One server may have many hooks; its address may hold a secret, its hash does not.
        return Identified(host, f"{host}/{hashlib.sha256(call.url.encode()).hexdigest()[:16]}", {})

    def _signed(self, webhook_id: str, body: Mapping[str, Any], secrets: Secrets, now: datetime) -> Call:
        """Raises PublishFailed (UNAUTHORIZED) when the address or the secret is none."""
        from standardwebhooks import Webhook as Signer

        url, secret = checked_url(secrets["url"]), checked_secret(secrets["secret"])
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        at = now.astimezone(UTC)  # the package reads the wall clock of what it is given as UTC's
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Signer(secret).sign(webhook_id, at, text),
        }
        return Call(
            self.platform,
            "POST",
            url,
            headers=headers,
            content=text.encode(),
            creates=True,
            secrets=(secret, *secrets_in(url)),
        )


def told(post: Post) -> dict[str, Any]:
    """The `data`: a thread has `segments`, everything else its text in `body`; articles are Markdown with a title."""
    return {
        "publicationId": post.publication_id,
        "contentId": post.content_id,
        "version": post.version,
        "kind": post.kind.value,
        "language": post.language,
        **({"title": post.title} if post.title else {}),
        **({"segments": list(post.segments)} if post.segments else {"body": post.body}),
    }


def read_complaint(reply: Reply, now: datetime) -> Complaint:
    if 300 <= reply.status < 400:
        return Complaint("answers with a redirect, which is not followed: connect it with its final address")
    return Complaint(words_of(reply), FAULTS.get(reply.status))


def words_of(reply: Reply) -> str:
    """What the receiver says, if it is plain text or says it where many do."""
    for name in ("message", "error", "detail"):
        if isinstance(words := reply.said.get(name), str):
            return words
    is_plain = reply.headers.get("content-type", "").startswith("text/plain")
    return reply.text if is_plain else ""


def checked_url(url: str) -> str:
    url = url.strip()
    if len(url) > LONGEST_URL or not is_web_link(url) or "@" in urlsplit(url).netloc:
        raise refused("the address must be an https one, without a user name in it")
    return url


def secrets_in(url: str) -> list[str]:
    """Whatever of an address may be its secret, as servers repeat it: `Cannot POST /hooks/…`, `no such token: …`."""
    parts = urlsplit(url)
    behind = url.partition(parts.netloc)[2]
    pieces = [behind, parts.path, parts.query, *re.split(r"[/?&=;#]", behind)]
    return [url, *filter(None, dict.fromkeys(it for piece in pieces for it in (piece, unquote(piece))))]


def checked_secret(secret: str) -> str:
    secret = secret.strip()
    try:
        size = len(base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True))
    except ValueError:
        size = 0
    if not secret.startswith(SECRET_PREFIX) or not SHORTEST_SECRET <= size <= LONGEST_SECRET:
        why = f"the secret must be {SECRET_PREFIX} and {SHORTEST_SECRET} to {LONGEST_SECRET} random bytes in base64"
        raise refused(why) from None
    return secret


def refused(why: str) -> PublishFailed:
    return PublishFailed(PublishFault.UNAUTHORIZED, f"{Platform.WEBHOOK}: {why}", reason=why)
