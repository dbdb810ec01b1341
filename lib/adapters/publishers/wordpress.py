"""Articles on somebody's WordPress, by its REST API and an application password (WordPress 5.6 or newer, https).

Two steps, each of which can be repeated: a draft under a slug that nothing else has, then that draft made public. Made
twice by an accident, the second draft stays one; made public twice, it is the same post. Both can be read back, so a
lost reply never leaves a question. The site may be in a folder of its host; it must show its API at /wp-json.
Wire: https://developer.wordpress.org/rest-api/reference/posts, …/reference/users.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.fitting import fitting_draft, unfit
from lib.adapters.publishers.markdown import is_web_link, to_html
from lib.adapters.publishers.wire import Call, Complaint, Reply, ask, is_id, json_call, link_in, words_in
from lib.domain.account import Account, Platform
from lib.domain.publication import Post, Sent
from lib.errors import PublishFailed, PublishFault

if TYPE_CHECKING:
    from lib.adapters.publishers.wire import Connect

API = "/wp-json/wp/v2"
SHOWN = "id,link,slug,status"  # of a post: what we look at
PUBLIC = "publish"
LONGEST_SLUG_WORDS = 60
LARGEST_ID = 2**63  # of MySQL's bigint
# What people copy from their browser behind the site's own address.
BEHIND_SITE = re.compile(r"/(?:wp-json|wp-admin|wp-login\.php|index\.php|xmlrpc\.php)(?:/.*)?$")
NO_API = "shows no REST API at /wp-json: choose any permalinks but plain, and let no plugin switch it off"


class Step(StrEnum):
    """What a part does."""

    DRAFT = "draft"  # makes the post, unseen
    PUBLISH = "publish"  # shows it


class Wordpress:
    """Settings: `site`. Secrets: `username`, `password` (an application password)."""

    platform = Platform.WORDPRESS

    def __init__(self, http: "Connect") -> None:
        self._http = http

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        draft = fitting_draft(self.platform, post)
        written = {"title": draft.title or "", "content": to_html(draft.body)}
        return [
            Part(0, part_key(post, 0), {"step": Step.DRAFT, "slug": slug_of(post), **written}),
            # With its text once more: what was edited in between is what goes out.
            Part(1, part_key(post, 1), {"step": Step.PUBLISH, **written}),
        ]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        written = {name: part.payload[name] for name in ("title", "content")}
        if part.payload["step"] == Step.DRAFT:
            path, body = "/posts", {**written, "slug": part.payload["slug"], "status": "draft"}
        else:
            path, body = f"/posts/{draft_of(target)}", {**written, "status": PUBLIC}
        call = json_call(
            self.platform,
            "POST",
            f"{site_of(target.account.settings)}{API}{path}",
            body,
            params={"_fields": SHOWN},
            creates=True,
            **authorized(target.secrets),
        )
        reply = await ask(self._http(), call, now=now, within=within, read_complaint=read_complaint)
        sent = read_post(reply.said)
        if sent is None:
            # Most likely a warning of PHP's before the JSON, and all went well: reading it back will tell.
            raise call.failed(PublishFault.UNKNOWN, "took it and answered something else than a post")
        if part.payload["step"] == Step.PUBLISH and reply.said.get("status") != PUBLIC:
            told = f"kept it as {words_in(reply.said, 'status') or 'it was'}: this user may not publish"
            raise call.failed(PublishFault.UNAUTHORIZED, "did not publish it", told)
        return sent

    async def find(self, part: Part, target: Target, since: datetime, within: timedelta) -> Sent | None:
        """The draft by its slug, whatever has become of it; whether the post is public."""
        base = f"{site_of(target.account.settings)}{API}/posts"
        if part.payload["step"] == Step.DRAFT:
            params = {"slug": part.payload["slug"], "status": "any", "context": "edit", "_fields": SHOWN}
            call = Call(self.platform, "GET", base, params=params, **authorized(target.secrets))
            found = (await ask(self._http(), call, within=within, read_complaint=read_complaint)).json
            if not isinstance(found, list):
                raise call.failed(PublishFault.UNSENT, "did not answer with a list of posts")
            # A site that looks past the slug would have us write over somebody's post.
            posts = [it for it in found if isinstance(it, dict) and it.get("slug") == part.payload["slug"]]
            if len(posts) < len(found):
                raise call.failed(PublishFault.UNSENT, "answered with other posts than the one that it was asked for")
            return next(filter(None, map(read_post, posts)), None)
        params = {"context": "edit", "_fields": SHOWN}
        url = f"{base}/{draft_of(target)}"
        call = Call(self.platform, "GET", url, params=params, **authorized(target.secrets))
        said = (await ask(self._http(), call, within=within, read_complaint=read_complaint)).said
        sent = read_post(said)
        if sent is None:
            raise call.failed(PublishFault.UNSENT, "did not answer with the post")
        return sent if said.get("status") == PUBLIC else None

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        """Who the password belongs to, and whether they may publish."""
        site = site_of(settings)
        url = f"{site}{API}/users/me"
        params = {"context": "edit", "_fields": "id,name,slug,capabilities"}
        call = Call(self.platform, "GET", url, params=params, **authorized(secrets))
        reply = await ask(self._http(), call, within=within, read_complaint=read_complaint)
        person = reply.said
        if not is_number(person.get("id")):
            raise call.failed(PublishFault.GONE, "has no REST API there", NO_API)
        may = person.get("capabilities")
        if not isinstance(may, dict) or not may.get("publish_posts"):
            raise call.failed(PublishFault.UNAUTHORIZED, "the user may not publish", "this user may not publish posts")
        place = site.partition("://")[2]
        name = unescape(person["name"]) if is_id(person.get("name")) else place
        return Identified(f"{name} · {place}", f"{place}#{person['id']}", {"site": site})


def slug_of(post: Post) -> str:
    """The same for one version of one publication, and nobody else's. ASCII, because WordPress counts and cuts what it
    makes of other letters: the title's words may be missing, the id never."""
    words = "-".join(re.findall(r"[a-z0-9]+", (post.title or "").lower()))[:LONGEST_SLUG_WORDS].strip("-")
    return "-".join(filter(None, (words, post.publication_id, str(post.version))))


def site_of(settings: Mapping[str, Any]) -> str:
    """Its address, without what is behind. Raises PublishFailed (UNFIT)."""
    text = str(settings.get("site") or "").strip()
    url = text if "://" in text else f"https://{text}"
    if not is_web_link(url) or "@" in urlsplit(url).netloc:
        raise unfit(Platform.WORDPRESS, ["is not a site's address, as https://blog.example.com"], field="settings.site")
    parts = urlsplit(url)
    path = BEHIND_SITE.sub("", parts.path).rstrip("/")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}"


def authorized(secrets: Secrets) -> dict[str, Any]:
    """WordPress shows application passwords in groups of four; the blanks do not count."""
    password = secrets["password"]
    basic = b64encode(f"{secrets['username']}:{password}".encode()).decode()
    return {"headers": {"authorization": f"Basic {basic}"}, "secrets": (password, password.replace(" ", ""), basic)}


def read_post(said: object) -> Sent | None:
    if not isinstance(said, dict) or not is_number(said.get("id")):
        return None
    is_shown = said.get("status") == PUBLIC  # a draft's link leads nowhere for its readers
    return Sent(str(said["id"]), link_in(said.get("link")) if is_shown else None)


def is_number(value: object) -> bool:
    return type(value) is int and 0 < value <= LARGEST_ID


def draft_of(target: Target) -> str:
    """Its number at the site. Whatever else is written there as one must not lead elsewhere in the site's API.

    Raises PublishFailed (REFUSED)."""
    written = target.sent[0].external_id
    if not (written.isascii() and written.isdigit()):
        told = "the draft is not known by its number"
        raise PublishFailed(PublishFault.REFUSED, f"{Platform.WORDPRESS}: {told}", reason=told)
    return written


def read_complaint(reply: Reply, now: datetime) -> Complaint:
    """{"code", "message", "data": {"status"}}; what comes without a code is not from WordPress, but from before it."""
    code, reason = words_in(reply.said, "code"), unescape(words_in(reply.said, "message"))
    told = f"{reason} ({code})" if reason and code else reason or code
    if 300 <= reply.status < 400:
        return Complaint("answers with a redirect, which is not followed: connect it with its final address")
    match reply.status:
        case 401 | 403 if code:
            return Complaint(told, PublishFault.UNAUTHORIZED)
        case 403:
            # A firewall of the host's: it has not come to WordPress, and may another time.
            return Complaint("a firewall in front of the site does not let us through", PublishFault.UNSENT)
        case 404 if code == "rest_post_invalid_id":
            return Complaint("the draft was deleted at the site before it was published")
        case 404 | 405 | 410 if code in ("", "rest_no_route"):
            return Complaint(NO_API, PublishFault.GONE)
    return Complaint(told)
