"""A Bluesky server, a PDS (docs.bsky.app/docs/api; github.com/bluesky-social/atproto, packages/pds), as far as posting
goes: sessions, createRecord under a key of one's own, getRecord, listRecords.

Stricter than the real one where it would take what nobody wants: facets must lie on characters of the text and links in
them be links, and a reply must be to something that is there.
"""

import base64
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.platforms.bluesky_record import POST, check_record
from dev.platforms.limits import Limit, Window
from dev.platforms.script import Doing
from dev.platforms.stand_in import Holder, Made, StandIn
from dev.platforms.wire import Refusal, bearer, fingerprint, media_type

ACCESS_LASTS, REFRESH_LASTS = timedelta(hours=2), timedelta(days=60)
SESSIONS = (Limit(30, timedelta(minutes=5)), Limit(300, timedelta(days=1)))
POINTS_A_RECORD = 3
TID = re.compile(r"[234567abcdefghij][234567a-z]{12}")
TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Record:
    uri: str
    cid: str
    value: Mapping[str, Any]
    made: Made


@dataclass
class Session:
    """The tokens of one sign-in, with when each ends. `grace`: a refresh token just rotated, which still works."""

    access: dict[str, datetime] = field(default_factory=dict)
    refresh: dict[str, datetime] = field(default_factory=dict)


class Bluesky(StandIn):
    """`records` by their at:// address. Keys of a holder are its app passwords."""

    name = "bluesky"
    limit = Limit(5_000 // POINTS_A_RECORD, timedelta(hours=1))

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.records: dict[str, Record] = {}
        self.sessions: dict[str, Session] = defaultdict(Session)
        self._sign_ins: dict[str, list[Window]] = defaultdict(lambda: [Window(limit) for limit in SESSIONS])

    def routes(self) -> list[Route]:
        return [
            Route("/xrpc/com.atproto.server.createSession", self._sign_in, methods=["POST"]),
            Route("/xrpc/com.atproto.server.refreshSession", self._refresh, methods=["POST"]),
            Route("/xrpc/com.atproto.server.getSession", self._session, methods=["GET"]),
            Route("/xrpc/com.atproto.repo.createRecord", self._create, methods=["POST"]),
            Route("/xrpc/com.atproto.repo.getRecord", self._record, methods=["GET"]),
            Route("/xrpc/com.atproto.repo.listRecords", self._list, methods=["GET"]),
            Route("/xrpc/com.atproto.identity.resolveHandle", self._resolve, methods=["GET"]),
        ]

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        secret = self.new_secret(holder.name)
        password = "-".join(secret[at : at + 4] for at in range(0, 16, 4))
        holder.keys.add(password)
        return {"credentials": {"identifier": handle_of(holder), "password": password}, "settings": {}}

    def revoke(self, name: str) -> None:
        super().revoke(name)
        self.sessions.pop(name, None)

    def sign_ins(self, name: str) -> int:
        """How often a session was made of a password within the last day."""
        windows = self._sign_ins[name]
        return windows[-1].limit.most - windows[-1].left(self.clock.now())

    async def _sign_in(self, request: Request) -> Response:
        given = await _object(request)
        holder = self._called(str(given.get("identifier", "")))
        if holder is None:
            raise self.unauthorized()

        def sign_in() -> Response:
            now = self.clock.now()
            for window in self._sign_ins[holder.name]:
                if not window.take(now):
                    raise self.throttled(window.resets_at(now) - now)
            if given.get("password") not in holder.keys:
                raise self.unauthorized()
            self.present(holder)
            return JSONResponse(self._new_session(holder))

        return await self.answer(request, holder, Doing.SIGN_IN, sign_in)

    async def _refresh(self, request: Request) -> Response:
        token = bearer(request)
        holder = self._of_token(token, is_refresh=True)

        def refresh() -> Response:
            grace = min(self.sessions[holder.name].refresh[token], self.clock.now() + timedelta(hours=2))
            self.sessions[holder.name].refresh[token] = grace
            return JSONResponse(self._new_session(holder))

        return await self.answer(request, holder, Doing.SIGN_IN, refresh)

    async def _session(self, request: Request) -> Response:
        holder = self._of_token(bearer(request))
        shown = {"did": did_of(holder), "handle": handle_of(holder), "active": True}
        return await self.answer(request, holder, Doing.READ, lambda: JSONResponse(shown))

    async def _create(self, request: Request) -> Response:
        holder = self._of_token(bearer(request))
        given = await _object(request)
        return await self.answer(request, holder, Doing.MAKE, lambda: self._make(holder, given))

    def _make(self, holder: Holder, given: Mapping[str, Any]) -> Response:
        if given.get("repo") not in (did_of(holder), handle_of(holder)):
            raise Refusal(401, "Authentication Required", "AuthenticationRequired")
        if given.get("collection") != POST:
            raise Refusal(400, f"this stand-in keeps {POST} only", "InvalidRequest")
        rkey = given.get("rkey") or self._tid()
        if not isinstance(rkey, str) or not TID.fullmatch(rkey):
            raise Refusal(400, f"Invalid record key for {POST}: Invalid TID (got {rkey!r})", "InvalidRequest")
        record = check_record(given.get("record"), self.records)
        uri = f"at://{did_of(holder)}/{POST}/{rkey}"
        if uri in self.records:
            # A plain Error in packages/repo/src/mst/mst.ts, "There is already a value at key": nobody is told why.
            self.repeats[holder.name] += 1
            raise Refusal(500, "Internal Server Error", "InternalServerError")
        parent = (record.get("reply") or {}).get("parent", {}).get("uri")
        made = self.keep(
            holder, record["text"], fingerprint(record["text"], parent), external_id=uri, url=f"{self.url}/{rkey}"
        )
        cid = f"bafyrei{sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:52]}"
        self.records[uri] = Record(uri, cid, record, made)
        commit = {"cid": f"bafyrei{self.new_secret()[:52]}", "rev": self._tid()}
        return JSONResponse({"uri": uri, "cid": cid, "commit": commit, "validationStatus": "valid"})

    async def _record(self, request: Request) -> Response:
        """Anybody may look."""
        query = request.query_params
        holder = self._called(query.get("repo", ""))
        if holder is None:
            raise Refusal(400, f"Could not find repo: {query.get('repo')}", "RepoNotFound")
        uri = f"at://{did_of(holder)}/{query.get('collection')}/{query.get('rkey')}"

        def tell() -> Response:
            if uri not in self.records:
                raise Refusal(400, f"Could not locate record: {uri}", "RecordNotFound")
            return JSONResponse(_shown(self.records[uri]))

        return await self.answer(request, holder, Doing.READ, tell)

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        holder = self._called(query.get("repo", ""))
        if holder is None:
            raise Refusal(400, f"Could not find repo: {query.get('repo')}", "RepoNotFound")
        most = min(int(query.get("limit", 50)), 100)

        def tell() -> Response:
            theirs = [it for it in self.records.values() if it.made.account == holder.name]
            return JSONResponse({"records": [_shown(it) for it in reversed(theirs[-most:])]})

        return await self.answer(request, holder, Doing.READ, tell)

    async def _resolve(self, request: Request) -> Response:
        holder = self._called(request.query_params.get("handle", ""))
        if holder is None:
            raise Refusal(400, "Unable to resolve handle", "InvalidRequest")
        return JSONResponse({"did": did_of(holder)})

    def _called(self, identifier: str) -> Holder | None:
        return next((it for it in self.holders.values() if identifier in (did_of(it), handle_of(it))), None)

    def _of_token(self, token: str, *, is_refresh: bool = False) -> Holder:
        if not token:
            raise Refusal(401, "Authentication Required", "AuthMissing")
        for name, session in self.sessions.items():
            ends_at = (session.refresh if is_refresh else session.access).get(token)
            if ends_at is None:
                continue
            if ends_at <= self.clock.now():
                raise Refusal(400, "Token has expired", "ExpiredToken")
            return self.present(self.holders[name])
        raise Refusal(400, "Token could not be verified", "InvalidToken")

    def _new_session(self, holder: Holder) -> dict[str, Any]:
        session, now = self.sessions[holder.name], self.clock.now()
        access = self._jwt(holder, "com.atproto.appPass", now + ACCESS_LASTS)
        refresh = self._jwt(holder, "com.atproto.refresh", now + REFRESH_LASTS)
        session.access[access] = now + ACCESS_LASTS
        session.refresh[refresh] = now + REFRESH_LASTS
        told = {"did": did_of(holder), "handle": handle_of(holder), "active": True}
        return {**told, "accessJwt": access, "refreshJwt": refresh}

    def _jwt(self, holder: Holder, scope: str, ends_at: datetime) -> str:
        said = {"scope": scope, "sub": did_of(holder), "exp": int(ends_at.timestamp()), "jti": self.new_secret()}
        parts = [json.dumps(it).encode() for it in ({"typ": "at+jwt", "alg": "ES256K"}, said)]
        signed = [*parts, self.new_secret().encode()]
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in signed)

    def _tid(self) -> str:
        self.numbers += 1
        number = (int(self.clock.now().timestamp() * 1_000_000) << 10) + self.numbers % 1024
        return "".join(TID_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))

    def complain(self, refusal: Refusal) -> Response:
        error = refusal.code or {502: "UpstreamFailure", 503: "NotEnoughResources"}.get(
            refusal.status, "InternalServerError"
        )
        return JSONResponse({"error": error, "message": refusal.message}, refusal.status)

    def unauthorized(self) -> Refusal:
        return Refusal(401, "Invalid identifier or password", "AuthenticationRequired")

    def gone(self) -> Refusal:
        return Refusal(401, "Account has been taken down", "AccountTakedown")

    def throttled(self, retry_after: timedelta) -> Refusal:
        reset = int((self.clock.now() + retry_after).timestamp()) + 1
        headers = {
            "ratelimit-limit": str(self.limit.most * POINTS_A_RECORD),
            "ratelimit-remaining": "0",
            "ratelimit-reset": str(reset),
            "ratelimit-policy": f"{self.limit.most * POINTS_A_RECORD};w=3600",
        }
        return Refusal(429, "Rate Limit Exceeded", "RateLimitExceeded", headers=headers)

    def limits(self, holder: Holder) -> Mapping[str, str]:
        now = self.clock.now()
        return {
            "ratelimit-limit": str(self.limit.most * POINTS_A_RECORD),
            "ratelimit-remaining": str(self.window(holder).left(now) * POINTS_A_RECORD),
            "ratelimit-reset": str(int(self.window(holder).resets_at(now).timestamp())),
            "ratelimit-policy": f"{self.limit.most * POINTS_A_RECORD};w=3600",
        }


def handle_of(holder: Holder) -> str:
    return f"{re.sub(r'[^a-z0-9-]+', '-', holder.name.lower())}.bsky.social"


def did_of(holder: Holder) -> str:
    hashed = base64.b32encode(sha256(handle_of(holder).encode()).digest()).decode().lower()
    return f"did:plc:{hashed[:24]}"


def _shown(record: Record) -> dict[str, Any]:
    return {"uri": record.uri, "cid": record.cid, "value": record.value}


async def _object(request: Request) -> dict[str, Any]:
    """The body. Raises Refusal."""
    body = await request.body()
    if media_type(request) != "application/json":
        said = (
            f"Wrong request encoding (Content-Type): {media_type(request)}" if body else "Request encoding is missing"
        )
        raise Refusal(400, said, "InvalidRequest")
    try:
        given = json.loads(body)
    except ValueError as exc:
        raise Refusal(400, "Unable to parse the request body", "InvalidRequest") from exc
    if not isinstance(given, dict):
        raise Refusal(400, "Input must be an object", "InvalidRequest")
    return given
