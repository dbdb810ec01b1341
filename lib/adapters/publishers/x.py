"""X, API v2, in the name of a person who has connected it by OAuth 2.

A thread is posted as replies to oneself, each to the one before. X has no idempotency key, but it refuses a text that
was just posted: that refusal is how an attempt of which nothing was heard shows that it came through.
Wire: https://docs.x.com/x-api/posts/create-post, https://docs.x.com/x-api/fundamentals/response-codes-and-errors.
"""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.fitting import fitting_draft
from lib.adapters.publishers.waits import read_reset
from lib.adapters.publishers.wire import Call, Complaint, Deadline, Reply, ask, is_id, json_call, words_in
from lib.domain.account import Account, Platform
from lib.domain.credentials import Grant
from lib.domain.publication import Post, Sent
from lib.domain.weighted_length import find_links
from lib.errors import PublishFault

if TYPE_CHECKING:
    from lib.adapters.publishers.wire import Connect

    type Refresh = Callable[[Platform, Secrets, datetime, timedelta], Awaitable[Grant]]

UNTIL_LOOKED_AT_AGAIN = timedelta(hours=6)  # a cap on money or posts, of which X does not say when it ends
LOOKING_BACK = timedelta(days=1)  # before an attempt: one that is refused as a duplicate may be older
PAGE, MOST_PAGES = 100, 3
# Their own limit of posts a day comes in headers of its own (docs.x.com/x-api/fundamentals/rate-limits).
WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
# What a 403 means, by what its `detail` says; X has no codes for it.
DUPLICATE = ("duplicate content", "duplicate tweet", "duplicate post", "already posted", "status is a duplicate")
OVER_LIMIT = ("daily limit", "daily status update limit", "over the limit", "too many posts")
LOCKED = ("suspended", "temporarily locked", "account is locked")
OUR_APP = ("client-forbidden", "oauth1-permissions", "client-not-enrolled", "unsupported-authentication")


class X:
    """Posts and threads; `base_url` is the API's, `site_url` where people read."""

    platform = Platform.X

    def __init__(self, http: "Connect", base_url: str, site_url: str, refresh: "Refresh") -> None:
        self._http = http
        self._base_url = base_url
        self._site_url = site_url
        self._refresh = refresh

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        texts = fitting_draft(self.platform, post).posts
        return [
            Part(
                number,
                part_key(post, number),
                {"text": text, "written_at": post.written_at.isoformat()},
                has_link=any(find_links(text)),
            )
            for number, text in enumerate(texts)
        ]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        body: dict[str, Any] = {"text": part.payload["text"]}
        if part.number:
            body["reply"] = {"in_reply_to_tweet_id": target.sent[part.number - 1].external_id}
        call = json_call(
            self.platform, "POST", f"{self._base_url}/2/tweets", body, creates=True, **authorized(target.secrets)
        )
        reply = await ask(self._http(), call, now=now, within=within, read_complaint=read_complaint)
        posted = reply.said.get("data")
        if not isinstance(posted, dict) or not is_number(posted.get("id")):
            raise call.failed(PublishFault.UNKNOWN, "accepted it without saying under which id", reason_in(reply.said))
        return self._sent(posted["id"])

    async def find(self, part: Part, target: Target, since: datetime, within: timedelta) -> Sent | None:
        """By its text, among what the account has posted since the content was written."""
        written_at = datetime.fromisoformat(part.payload["written_at"])
        start = max(written_at, since - LOOKING_BACK)
        wanted, known = comparable(part.payload["text"]), {sent.external_id for sent in target.sent}
        params = {
            "max_results": str(PAGE),
            "start_time": f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "tweet.fields": "entities",
            "exclude": "retweets",
        }
        url = f"{self._base_url}/2/users/{target.account.external_id}/tweets"
        deadline = Deadline(within)
        for _ in range(MOST_PAGES):
            call = Call(self.platform, "GET", url, params=params, **authorized(target.secrets))
            said = (await ask(self._http(), call, within=deadline.left, read_complaint=read_complaint)).said
            meta = said.get("meta")
            if not isinstance(meta, dict):
                raise call.failed(PublishFault.UNSENT, "the account's posts could not be read", reason_in(said))
            for posted_id, text in posts_in(said):
                if posted_id not in known and comparable(text) == wanted:
                    return self._sent(posted_id)
            next_page = meta.get("next_token")
            if not next_page:
                return None
            params = {**params, "pagination_token": str(next_page)}
        raise call.failed(PublishFault.UNSENT, "has posted too much since to be looked through")

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        call = Call(self.platform, "GET", f"{self._base_url}/2/users/me", **authorized(secrets))
        reply = await ask(self._http(), call, within=within, read_complaint=read_complaint)
        person = reply.said.get("data")
        if not isinstance(person, dict) or not is_number(person.get("id")) or not is_id(person.get("username")):
            raise call.failed(PublishFault.UNSENT, "did not say whose account it is", reason_in(reply.said))
        return Identified(f"@{person['username']}", person["id"], settings)

    async def renew(self, secrets: Secrets, account: Account, now: datetime, within: timedelta) -> Grant:
        """New tokens, as `oauth.App.refresh` says."""
        return await self._refresh(self.platform, secrets, now, within)

    def _sent(self, post_id: str) -> Sent:
        return Sent(post_id, f"{self._site_url}/i/status/{post_id}")


def authorized(secrets: Secrets) -> dict[str, Any]:
    token = secrets["access_token"]
    return {"headers": {"authorization": f"Bearer {token}"}, "secrets": (token,)}


def is_number(value: object) -> bool:
    return isinstance(value, str) and is_id(value) and value.isascii() and value.isdigit()


def posts_in(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Id and text of each, as its author wrote it: without X's short links, and with `&`, `<` and `>`."""
    for posted in objects_in(said.get("data")):
        text = words_in(posted, "text").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        entities = posted.get("entities")
        for link in objects_in(entities.get("urls") if isinstance(entities, dict) else None):
            if short := words_in(link, "url"):
                text = text.replace(short, words_in(link, "expanded_url") or short)
        if is_number(posted.get("id")):
            yield posted["id"], text


def objects_in(values: object) -> list[Mapping[str, Any]]:
    return [it for it in values if isinstance(it, dict)] if isinstance(values, list) else []


def comparable(text: str) -> str:
    """The same for a text and what X makes of it: bare links get `http://`, hosts and closing slashes may change."""
    whole = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return re.sub(r"/(?=\W|$)", "", re.sub(r"https?://", "", whole))


def read_complaint(reply: Reply, now: datetime) -> Complaint:
    """Problem details: {"type", "title", "detail"}, sometimes with `errors`, `period`, `reset_date`."""
    said = reply.said
    reason = reason_in(said)
    kind = words_in(said, "type").rpartition("/")[2]
    title = words_in(said, "title")
    told = f"{title} {reason}".lower()
    if kind == "usage-capped" or "CapExceeded" in title or "CapReached" in title:
        return Complaint(reason, PublishFault.THROTTLED, until_next_period(said, now))
    if reply.status == 402 or kind == "credits" or kind in OUR_APP or said.get("reason") in OUR_APP:
        return Complaint(reason, PublishFault.CONFIGURATION)
    if reply.status == 429:
        return Complaint(reason, retry_after=read_reset_headers(reply.headers, now))
    if reply.status == 403 and any(words in told for words in DUPLICATE):
        return Complaint(reason, PublishFault.UNKNOWN, details={"duplicate": True})
    if reply.status == 403 and any(words in told for words in OVER_LIMIT):
        wait = read_reset_headers(reply.headers, now) or UNTIL_LOOKED_AT_AGAIN
        return Complaint(reason, PublishFault.THROTTLED, max(wait, UNTIL_LOOKED_AT_AGAIN))
    if reply.status == 403 and any(words in told for words in LOCKED):
        return Complaint(reason, PublishFault.UNAUTHORIZED)
    return Complaint(reason)


def reason_in(said: Mapping[str, Any]) -> str:
    first = next(iter(objects_in(said.get("errors"))), {})
    own = words_in(said, "detail") or words_in(said, "title")
    of_first = words_in(first, "message") or words_in(first, "detail")
    return ": ".join(it for it in dict.fromkeys((own, of_first)) if it)


def read_reset_headers(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Until the last of the windows that are used up has turned."""
    waits = {name: read_reset(headers.get(f"{name}-reset"), now) for name in WINDOWS}
    used_up = [wait for name, wait in waits.items() if wait and headers.get(f"{name}-remaining") == "0"]
    told = [wait for wait in waits.values() if wait is not None]
    return max(used_up, default=min(told, default=None))


def until_next_period(said: Mapping[str, Any], now: datetime) -> timedelta:
    """A cap on money or posts: until its cycle turns. `reset_date` is a day."""
    told = read_reset(words_in(said, "reset_date"), now)
    if told:
        return told
    if now.year == MAXYEAR:
        return UNTIL_LOOKED_AT_AGAIN  # a reply that does not say when it was made
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match said.get("period"):
        case "Daily":
            return today + timedelta(days=1) - now
        case "Monthly":
            return (today.replace(day=1) + timedelta(days=32)).replace(day=1) - now
    return UNTIL_LOOKED_AT_AGAIN
