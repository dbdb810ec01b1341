"""A person connects an account at the platform itself, by OAuth 2 with PKCE (RFC 7636, S256).

What leaves us is a state that works once, for the person who began, and for ten minutes; the verifier that turns the
platform's code into tokens never leaves us but to the platform. Whatever is wrong with what comes back, nothing is
connected, and the browser is told one of three words.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from lib import logs
from lib.domain.account import Platform
from lib.domain.connect_forms import is_by_oauth
from lib.errors import DrumbeatError, Invalid, NotFound, PublishFailed, PublishFault
from lib.pipeline.connect import PATIENCE, Connecting, Proven, identify, keep
from lib.services import Services

if TYPE_CHECKING:
    from lib.adapters.supabase.user_store import UserStore

CALLBACK = "/api/account/callback"
LIFETIME = timedelta(minutes=10)
RANDOM_BYTES = 32
LONGEST_STATE, LONGEST_CODE = 100, 2_000
THEIR_NO = frozenset({PublishFault.UNAUTHORIZED, PublishFault.REFUSED, PublishFault.GONE, PublishFault.UNFIT})


@dataclass(frozen=True, slots=True)
class Begun:
    """`url` is the platform's page for the person's browser."""

    url: str
    expires_at: datetime


class Returned(StrEnum):
    """How a connection ended, as the page is told."""

    CONNECTED = "connected"  # the account is there
    REFUSED = "refused"  # the person, or the platform, said no
    EXPIRED = "expired"  # it was begun too long ago, by somebody else, or could not be ended: begin again


async def begin_connection(
    platform: Platform, workspace_id: str | None, user: "UserStore", services: Services, now: datetime
) -> Begun:
    """Raises Invalid for a platform with a form, NotConfigured when our app there or a key is missing, Forbidden."""
    if not is_by_oauth(platform):
        raise Invalid("platform", "is connected by its form: POST /api/account/connect")
    state, verifier = random_text(), random_text()
    state_hash, expires_at = hash_of(state), now + LIFETIME
    url = services.oauth[platform].begin(state, challenge_of(verifier), callback_url(services))
    box = services.vault.seal(state_hash, {"verifier": verifier})
    await user.begin_connection(
        state_hash=state_hash,
        workspace_id=workspace_id,
        platform=platform,
        key_id=box.key_id,
        sealed=box.sealed,
        expires_at=expires_at,
        now=now,
    )
    return Begun(url, expires_at)


async def end_connection(
    state: str, code: str | None, user: "UserStore", services: Services, now: datetime
) -> Returned:
    """What came back with the browser; `code` none: the platform, or the person there, said no. Never raises for what
    anybody outside has done wrong. The state is used up whatever comes of it."""
    if not 0 < len(state) <= LONGEST_STATE or len(code or "") > LONGEST_CODE:
        return Returned.EXPIRED
    state_hash = hash_of(state)
    try:
        begun = await user.take_connection(state_hash, now)
        if not code:
            return Returned.REFUSED
        platform = Platform(begun["platform"])
        verifier = services.vault.open(state_hash, begun["key_id"], begun["sealed"])["verifier"]
        grant = await services.oauth[platform].exchange(code, verifier, callback_url(services), now, PATIENCE)
        identified = await identify(platform, grant.secrets, {}, services)
        wish = Connecting(platform, begun["workspace_id"], None, {}, {})
        await keep(wish, Proven(identified, grant), user, services, now)
    except PublishFailed as exc:
        logs.warning("account.not_connected", code=exc.code, message=exc.message)
        return Returned.REFUSED if exc.fault in THEIR_NO else Returned.EXPIRED
    except NotFound:
        return Returned.EXPIRED
    except Invalid:
        return Returned.REFUSED
    except DrumbeatError as exc:
        logs.warning("account.not_connected", code=exc.code)
        return Returned.EXPIRED
    return Returned.CONNECTED


def callback_url(services: Services) -> str:
    """As our app at the platform names it, to the letter."""
    return f"{services.settings.require('public_url')}{CALLBACK}"


def random_text() -> str:
    """43 characters, as RFC 7636 wants at least of a verifier."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def hash_of(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636, §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
