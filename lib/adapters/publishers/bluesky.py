"""Bluesky, or any other host of the AT Protocol, by app password.

A record's key is chosen by us and the same whenever a part is sent, so that it is made once: the host refuses a second
one, and just this one can be asked for. The reference server says that it is there already by a 500 without a reason
(bluesky-social/atproto#3718), so whatever is not a clear answer is settled by asking for the record. `createdAt` is
the attempt's own time: only one attempt can come through, and readers sort by it.
Accounts at Bluesky itself are reached through bsky.social, which passes on to where they are (docs.bsky.app, "PDS
Entryway"). Wire: https://docs.bsky.app/docs/api/com-atproto-repo-create-record, …/com-atproto-server-create-session.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.adapters.publishers import Identified, Part, Secrets, Target, part_key
from lib.adapters.publishers.facets import facets_of
from lib.adapters.publishers.fitting import fitting_draft
from lib.adapters.publishers.servers import server_of
from lib.adapters.publishers.tids import tid_of
from lib.adapters.publishers.waits import read_reset
from lib.adapters.publishers.wire import (
    LONGEST_TOKEN,
    Call,
    Complaint,
    Deadline,
    Reply,
    ask,
    is_id,
    json_call,
    words_in,
)
from lib.domain.account import Account, Platform
from lib.domain.credentials import Grant
from lib.domain.publication import Post, Sent
from lib.errors import PublishFailed, PublishFault

if TYPE_CHECKING:
    import httpx

    from lib.adapters.publishers.wire import Connect

COLLECTION = "app.bsky.feed.post"
SITE = "https://bsky.app"
SKEW = timedelta(seconds=60)
USUAL_SESSION, LONGEST_SESSION = timedelta(hours=1), timedelta(days=1)
SHORTEST_LOOK = timedelta(seconds=1)
UNAUTHORIZED = frozenset(
    {
        *("ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired", "AuthFactorTokenRequired"),
        *("AccountDeactivated", "RepoDeactivated"),
    }
)
GONE = frozenset({"AccountTakedown", "RepoTakendown", "RepoNotFound"})


class Bluesky:
    """Posts and threads. `base_url` is where accounts are whose settings name no `service`."""

    platform = Platform.BLUESKY

    def __init__(self, http: "Connect", outward: "Connect", base_url: str) -> None:
        self._http = http
        self._outward = outward
        self._base_url = base_url

    def parts_of(self, post: Post, account: Account) -> Sequence[Part]:
        langs = [post.language] if post.language else []
        return [
            Part(number, part_key(post, number), {"text": text, "rkey": tid_of(post, number), "langs": langs})
            for number, text in enumerate(fitting_draft(self.platform, post).posts)
        ]

    async def send(self, part: Part, target: Target, now: datetime, within: timedelta) -> Sent:
        deadline, host = Deadline(within), self._host(target.account.settings)
        call = host.write(
            "repo.createRecord",
            session_of(target),
            {
                "repo": target.account.external_id,
                "collection": COLLECTION,
                "rkey": part.payload["rkey"],
                "record": record_of(part, target, now),
            },
            creates=True,
        )
        try:
            return sent_of(await ask(host.http, call, now=now, within=within, read_complaint=read_complaint), call)
        except PublishFailed as failed:
            failure = failed
        found = None
        if failure.fault is PublishFault.UNKNOWN and deadline.left > SHORTEST_LOOK:
            found = await self._look(part, target, deadline.left)
        if found is None:
            raise failure
        return found

    async def find(self, part: Part, target: Target, since: datetime, within: timedelta) -> Sent | None:
        return await self._read(part, target, within)

    async def _read(self, part: Part, target: Target, within: timedelta) -> Sent | None:
        host = self._host(target.account.settings)
        record = {"repo": target.account.external_id, "collection": COLLECTION, "rkey": part.payload["rkey"]}
        call = host.read("repo.getRecord", target.secrets.get("access_jwt"), record)
        try:
            reply = await ask(host.http, call, within=within, read_complaint=read_complaint)
        except PublishFailed as failed:
            if failed.details.get("is_missing"):
                return None
            raise
        value = reply.said.get("value")
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise call.failed(PublishFault.UNSENT, "did not answer with the record")
        if value["text"] != part.payload["text"]:
            raise call.failed(PublishFault.REFUSED, "has something else under this key")
        return sent_of(reply, call)

    async def identify(self, secrets: Secrets, settings: Mapping[str, Any], within: timedelta) -> Identified:
        session = await self._sign_in(secrets, settings, None, within)
        own = {"service": server_of(self.platform, settings, "service")} if settings.get("service") else {}
        return Identified(f"@{session['handle']}", session["did"], {**settings, **own})

    async def renew(self, secrets: Secrets, account: Account, now: datetime, within: timedelta) -> Grant:
        """A session that goes on with the old one's refresh token, or a new one by the password."""
        deadline, settings = Deadline(within), account.settings
        session = None
        if secrets.get("refresh_jwt"):
            session = await self._go_on(secrets["refresh_jwt"], settings, now, deadline.left)
        if session is None:
            session = await self._sign_in(secrets, settings, now, deadline.left)
        if session["did"] != account.external_id:
            told = "signs in to another account"
            raise PublishFailed(PublishFault.UNAUTHORIZED, f"{self.platform}: {told}", reason=told)
        renewed = {**secrets, "access_jwt": session["accessJwt"], "refresh_jwt": session["refreshJwt"]}
        return Grant(renewed, now + lifetime_of(session["accessJwt"], now) - SKEW)

    async def _go_on(
        self, token: str, settings: Mapping[str, Any], now: datetime, within: timedelta
    ) -> Mapping[str, str] | None:
        """None when the session is over."""
        host = self._host(settings)
        call = host.write("server.refreshSession", token, None)
        try:
            reply = await ask(host.http, call, now=now, within=within, read_complaint=read_complaint)
        except PublishFailed as failed:
            if failed.fault is PublishFault.UNAUTHORIZED:
                return None
            raise
        return session_in(reply, call)

    async def _sign_in(
        self, secrets: Secrets, settings: Mapping[str, Any], now: datetime | None, within: timedelta
    ) -> Mapping[str, str]:
        host = self._host(settings)
        password = secrets["password"]
        body = {"identifier": secrets["identifier"].strip().removeprefix("@"), "password": password}
        call = host.write("server.createSession", None, body, secrets=(password,))
        return session_in(await ask(host.http, call, now=now, within=within, read_complaint=read_complaint), call)

    async def _look(self, part: Part, target: Target, within: timedelta) -> Sent | None:
        """Whether it is there after all; none when that cannot be told now."""
        try:
            return await self._read(part, target, within)
        except PublishFailed as failed:
            if failed.fault is PublishFault.REFUSED:
                raise
            return None

    def _host(self, settings: Mapping[str, Any]) -> "_Host":
        if not settings.get("service"):
            return _Host(self._http(), self._base_url)
        return _Host(self._outward(), server_of(self.platform, settings, "service"))


class _Host:
    """Where an account is."""

    def __init__(self, http: "httpx.AsyncClient", url: str) -> None:
        self.http = http
        self._url = url

    def read(self, method: str, token: str | None, params: Mapping[str, str]) -> Call:
        return Call(Platform.BLUESKY, "GET", self._named(method), params=params, **authorized(token))

    def write(
        self,
        method: str,
        token: str | None,
        body: Mapping[str, Any] | None,
        *,
        creates: bool = False,
        secrets: tuple[str, ...] = (),
    ) -> Call:
        proof = authorized(token)
        proof["secrets"] = (*proof["secrets"], *secrets)
        if body is None:
            return Call(Platform.BLUESKY, "POST", self._named(method), **proof)
        return json_call(Platform.BLUESKY, "POST", self._named(method), body, creates=creates, **proof)

    def _named(self, method: str) -> str:
        return f"{self._url}/xrpc/com.atproto.{method}"


def authorized(token: str | None) -> dict[str, Any]:
    return {"headers": {"authorization": f"Bearer {token}"}, "secrets": (token,)} if token else {"secrets": ()}


def session_of(target: Target) -> str:
    """Raises PublishFailed (UNAUTHORIZED) before the first session, as when one has ended: then it is renewed."""
    token = target.secrets.get("access_jwt")
    if not token:
        raise PublishFailed(PublishFault.UNAUTHORIZED, f"{Platform.BLUESKY}: there is no session yet")
    return token


def record_of(part: Part, target: Target, now: datetime) -> dict[str, Any]:
    text = part.payload["text"]
    record = {
        "$type": COLLECTION,
        "text": text,
        "createdAt": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if part.payload["langs"]:
        record["langs"] = part.payload["langs"]
    if facets := facets_of(text):
        record["facets"] = facets
    if part.number:
        record["reply"] = {"root": reference(target.sent[0]), "parent": reference(target.sent[part.number - 1])}
    return record


def sent_of(reply: Reply, call: Call) -> Sent:
    """`external_id` is `uri|cid`: a reply needs both. Raises PublishFailed (UNKNOWN)."""
    uri, cid = reply.said.get("uri"), reply.said.get("cid")
    if not isinstance(uri, str) or not is_id(uri) or not is_id(cid) or not uri.startswith("at://"):
        raise call.failed(PublishFault.UNKNOWN, "accepted it without saying where it is")
    did, _, rkey = uri.removeprefix("at://").partition(f"/{COLLECTION}/")
    return Sent(f"{uri}|{cid}", f"{SITE}/profile/{did}/post/{rkey}")


def reference(sent: Sent) -> dict[str, str]:
    uri, _, cid = sent.external_id.rpartition("|")
    return {"uri": uri, "cid": cid}


def session_in(reply: Reply, call: Call) -> Mapping[str, str]:
    session = {name: reply.said.get(name) for name in ("did", "handle", "accessJwt", "refreshJwt")}
    if not (is_id(session["did"]) and is_id(session["handle"])) or not all(
        is_id(session[name], LONGEST_TOKEN) for name in ("accessJwt", "refreshJwt")
    ):
        raise call.failed(PublishFault.UNSENT, "signed in without giving a session")
    return {name: str(value) for name, value in session.items()}


def lifetime_of(token: str, now: datetime) -> timedelta:
    """Of a JWT that was just made, as it says itself; whoever gave it to us vouches for it."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        lifetime = timedelta(seconds=claims["exp"] - claims.get("iat", now.timestamp()))
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        return USUAL_SESSION
    return min(lifetime, LONGEST_SESSION) if lifetime > SKEW else USUAL_SESSION


def read_complaint(reply: Reply, now: datetime) -> Complaint:
    """{"error", "message"}; rate limits are in `ratelimit-*`."""
    error, message = words_in(reply.said, "error"), words_in(reply.said, "message")
    reason = message or error
    if reply.status == 429:
        return Complaint(reason, retry_after=read_reset(reply.headers.get("ratelimit-reset"), now))
    if error in UNAUTHORIZED:
        return Complaint(reason, PublishFault.UNAUTHORIZED)
    if error in GONE:
        return Complaint(reason, PublishFault.GONE)
    if error == "RecordNotFound" or message.startswith("Could not locate record"):
        return Complaint(reason, details={"is_missing": True})
    if "already" in message.lower() or error.endswith("AlreadyExists"):
        return Complaint(reason, PublishFault.UNKNOWN)
    return Complaint(reason)
