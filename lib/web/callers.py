"""Who is calling? Each dependency returns the proof, or the door stays closed."""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from lib import logs
from lib.domain.signature import SignatureRefused, verify_signature
from lib.errors import NotFound, TooLarge, Unauthenticated
from lib.services import Services

LARGEST_MESSAGE = 1024 * 1024  # QStash's own limit on the free plan; failure callbacks carry the refused reply's body


@dataclass(frozen=True, slots=True)
class ProvenMessage:
    """A request that only QStash can have sent, over exactly this body."""

    body: bytes
    message_id: str | None


@dataclass(frozen=True, slots=True)
class ProvenCron:
    """A request of the host's cron, or of a QStash schedule; `body` is a continuation's cursor or empty."""

    body: bytes


def services_of(request: Request) -> Services:
    services = request.app.state.services
    assert isinstance(services, Services)  # noqa: S101  set by create_app
    return services


async def proven_qstash_message(request: Request) -> ProvenMessage:
    """Raises NotFound when no signing key is configured (the door does not exist), Unauthenticated when unproven."""
    services = services_of(request)
    keys, base = services.settings.signing_keys, services.settings.callback_url
    if not keys or base is None:
        logs.error("webhook.closed", path=request.url.path, missing="signing keys or public URL")
        raise NotFound("not_found", "There is nothing here.")
    body = await read_bounded(request, LARGEST_MESSAGE)
    # Never the URL of the request: behind a proxy it is not the one that QStash signed.
    url = f"{base}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
    token = request.headers.get("upstash-signature", "")
    try:
        verify_signature(token, keys=keys, url=url, body=body, now=services.clock())
    except SignatureRefused as exc:
        logs.warning("webhook.unproven", path=request.url.path, reason=exc.reason)
        raise Unauthenticated("unproven", "The signature does not prove that QStash sent this.") from exc
    return ProvenMessage(body, request.headers.get("upstash-message-id"))


async def proven_cron(request: Request) -> ProvenCron:
    """`Authorization: Bearer CRON_SECRET`, or a QStash signature. Closed when neither is configured."""
    if "upstash-signature" in request.headers:
        return ProvenCron((await proven_qstash_message(request)).body)
    secret = services_of(request).settings.usable_cron_secret
    if secret is None:
        logs.error("cron.closed", path=request.url.path, missing="CRON_SECRET of at least 16 characters")
        raise NotFound("not_found", "There is nothing here.")
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {secret}".encode()):
        raise Unauthenticated("unproven", "The cron secret is missing or wrong.")
    return ProvenCron(await read_bounded(request, LARGEST_MESSAGE))


async def read_bounded(request: Request, largest: int) -> bytes:
    """The raw body; what is larger is refused without reading it to its end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise TooLarge("too_large", f"The body is larger than {largest} bytes.")
    return bytes(body)


Message = Annotated[ProvenMessage, Depends(proven_qstash_message)]
Cron = Annotated[ProvenCron, Depends(proven_cron)]
Outside = Annotated[Services, Depends(services_of)]
