"""Resend (resend.com/docs/api-reference): mails one by one or up to a hundred at once, each call once under its key.

An account is a team with its key, its domain and an audience. `mails` is everybody's mailbox: what was sent to whom.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.platforms.limits import Limit
from dev.platforms.script import Doing
from dev.platforms.stand_in import Holder, StandIn
from dev.platforms.wire import Refusal, bearer, fingerprint, media_type

KEY_LIFETIME = timedelta(hours=24)
LONGEST_KEY = 256
MOST_MAILS, MOST_RECIPIENTS = 100, 50
_FIELDS = "from to subject bcc cc scheduled_at reply_to html text react headers attachments tags topic_id template"
FIELDS = frozenset(_FIELDS.split())
NOT_IN_BATCH = ("attachments", "scheduled_at")
DOMAIN = "mail.example"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as one recipient has it."""

    at: datetime
    account: str
    id: str
    sender: str
    to: str
    subject: str
    html: str
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered to a call under a key."""

    at: datetime
    body: str
    said: Mapping[str, Any]


class Resend(StandIn):
    """Its real limit, 2 calls a second, is not kept: virtual time stands still while a burst is sent."""

    name = "resend"
    limit = Limit(10_000, timedelta(minutes=1))

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.mails: list[Mail] = []
        self.audiences: dict[str, list[str]] = {}
        self._answered: dict[tuple[str, str], Answered] = {}

    @property
    def platform(self) -> str:
        return "newsletter"

    def routes(self) -> list[Route]:
        return [
            Route("/emails", self._one, methods=["POST"]),
            Route("/emails/batch", self._batch, methods=["POST"]),
            Route("/emails/{id}", self._mail, methods=["GET"]),
            Route("/domains", self._domains, methods=["GET"]),
        ]

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        key = f"re_{self.new_secret(holder.name)[:32]}"
        holder.keys.add(key)
        to = ", ".join(f"{reader}@{_domain(holder)}" for reader in ("ann", "ben", "cho"))
        settings = {"from": f"{holder.name} <news@{_domain(holder)}>", "to": to}
        return {"credentials": {"apiKey": key}, "settings": settings}

    def admit(self, name: str, key: str) -> None:
        """This team's key is from elsewhere: the product's own, for its notices."""
        self.holder(name).keys.add(key)

    def mails_to(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.to == address]

    async def _one(self, request: Request) -> Response:
        holder, given = await self._proven(request)
        return await self._once(request, holder, given, lambda: {"id": self._send(holder, given, request)})

    async def _batch(self, request: Request) -> Response:
        holder, given = await self._proven(request)

        def send_all() -> dict[str, Any]:
            if not isinstance(given, list) or not 1 <= len(given) <= MOST_MAILS:
                raise _unfit(f"The batch must have between 1 and {MOST_MAILS} emails.")
            for mail in given:
                self._check(holder, mail)
                if any(name in mail for name in NOT_IN_BATCH):
                    raise _unfit("attachments and scheduled_at are not supported in batches.")
            return {"data": [{"id": self._send(holder, mail, request)} for mail in given]}

        return await self._once(request, holder, given, send_all)

    async def _once(self, request: Request, holder: Holder, given: Any, send: Any) -> Response:
        """Under a key of the last day: the answer of then, or a conflict when it was for something else."""
        key = request.headers.get("idempotency-key")
        if key is not None and not 1 <= len(key) <= LONGEST_KEY:
            raise Refusal(400, f"The key must be between 1-{LONGEST_KEY} chars.", "invalid_idempotency_key")
        body = json.dumps([request.url.path, given], sort_keys=True)

        def keyed() -> Response:
            before = self._answered.get((holder.name, key)) if key else None
            if before is not None and self.clock.now() - before.at < KEY_LIFETIME:
                self.repeats[holder.name] += 1
                if before.body != body:
                    what = "Same idempotency key used with a different request payload."
                    raise Refusal(409, what, "invalid_idempotent_request")
                return JSONResponse(before.said)
            said = send()
            if key:
                self._answered[holder.name, key] = Answered(self.clock.now(), body, said)
            return JSONResponse(said)

        return await self.answer(request, holder, Doing.MAKE, keyed)

    def _send(self, holder: Holder, given: Any, request: Request) -> str:
        self._check(holder, given)
        mail_id, key = self.new_id(), request.headers.get("idempotency-key", "")
        for to in _recipients(given["to"]):
            address = parseaddr(to)[1]
            html, text = given.get("html") or "", given.get("text") or ""
            mail = Mail(
                self.clock.now(), holder.name, mail_id, given["from"], address, given["subject"], html, text, key
            )
            self.mails.append(mail)
            same = fingerprint(address, given["subject"], html, text)
            self.keep(holder, f"{address}: {given['subject']}", same, external_id=mail_id, url=None)
        return mail_id

    def _check(self, holder: Holder, given: Any) -> None:
        """Raises Refusal."""
        if not isinstance(given, dict):
            raise _unfit("The request body must be an object.")
        if unknown := given.keys() - FIELDS:
            raise _unfit(f"Unrecognized field: `{min(unknown)}`.")
        for name in ("from", "to", "subject"):
            if not given.get(name):
                raise Refusal(422, f"Missing `{name}` field.", "missing_required_field")
        if not given.get("html") and not given.get("text"):
            raise Refusal(422, "Missing `html` or `text` field.", "missing_required_field")
        to = _recipients(given["to"])
        if len(to) > MOST_RECIPIENTS:
            raise _unfit(f"The `to` field must have at most {MOST_RECIPIENTS} recipients.")
        for field, addresses in (("from", [given["from"]]), ("to", to)):
            if not all("@" in parseaddr(it)[1] and "." in parseaddr(it)[1].partition("@")[2] for it in addresses):
                raise _unfit(
                    f"Invalid `{field}` field. The email address needs to follow the `email@example.com` or "
                    "`Name <email@example.com>` format."
                )
        domain = parseaddr(given["from"])[1].partition("@")[2]
        if domain != _domain(holder):
            what = (
                f"The {domain} domain is not verified. Please, add and verify your domain on https://resend.com/domains"
            )
            raise Refusal(403, what, "validation_error")

    async def _mail(self, request: Request) -> Response:
        holder = self._holder(request)
        found = next((mail for mail in self.mails if mail.id == request.path_params["id"]), None)

        def tell() -> Response:
            if found is None or found.account != holder.name:
                raise Refusal(404, "Email not found", "not_found")
            shown = {
                "object": "email",
                "id": found.id,
                "to": [found.to],
                "from": found.sender,
                "subject": found.subject,
            }
            return JSONResponse({**shown, "last_event": "delivered", "created_at": found.at.isoformat()})

        return await self.answer(request, holder, Doing.READ, tell)

    async def _domains(self, request: Request) -> Response:
        holder = self._holder(request)
        domain = {"id": holder.id, "name": _domain(holder), "status": "verified", "region": "eu-west-1"}
        return await self.answer(
            request, holder, Doing.READ, lambda: JSONResponse({"object": "list", "data": [domain], "has_more": False})
        )

    async def _proven(self, request: Request) -> tuple[Holder, Any]:
        holder = self._holder(request)
        if media_type(request) != "application/json":
            raise _unfit("The request body must be JSON.")
        try:
            return holder, json.loads(await request.body())
        except ValueError as exc:
            raise _unfit("The request body is not valid JSON.") from exc

    def _holder(self, request: Request) -> Holder:
        if not request.headers.get("user-agent"):
            raise Refusal(403, "Missing User-Agent header.", "1010")
        token = bearer(request)
        if not token:
            raise Refusal(401, "Missing API key in the authorization header.", "missing_api_key")
        return self.owner_of(token)

    def complain(self, refusal: Refusal) -> Response:
        name = refusal.code or "application_error"
        return JSONResponse({"statusCode": refusal.status, "name": name, "message": refusal.message}, refusal.status)

    def unauthorized(self) -> Refusal:
        return Refusal(403, "API key is invalid", "invalid_api_key")

    def gone(self) -> Refusal:
        return Refusal(403, "The associated domain with your API key is not verified.", "validation_error")

    def throttled(self, retry_after: timedelta) -> Refusal:
        seconds = str(-(-retry_after // timedelta(seconds=1)))
        headers = {
            "retry-after": seconds,
            "ratelimit-limit": "2",
            "ratelimit-remaining": "0",
            "ratelimit-reset": seconds,
        }
        what = "Too many requests. You can only make 2 requests per second."
        return Refusal(429, what, "rate_limit_exceeded", headers=headers)


def _domain(holder: Holder) -> str:
    return f"{holder.name.lower()}.{DOMAIN}"


def _recipients(to: str | Sequence[str]) -> Sequence[str]:
    return [to] if isinstance(to, str) else to


def _unfit(message: str) -> Refusal:
    return Refusal(422, message, "validation_error")
