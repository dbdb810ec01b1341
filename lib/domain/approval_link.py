"""What is secret in a link by which somebody without a login decides about one content: signed by us, so that nobody
can make one up or make it last longer. The row that it names says what it is about and whether it was used.
"""

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PURPOSE = b"drumbeat approval link 1"  # the keys also seal credentials: what one proves must not pass for the other
EXPIRY_BYTES = 5  # seconds since 1970: enough for some 34,000 years
MAC_BYTES = 24  # of SHA-256's 32; with these the bytes fill whole base64 digits, so no two spellings mean the same
TOKEN = re.compile(r"[A-Za-z0-9_-]{60}")
LONGEST_LIFE = timedelta(days=30)
USUAL_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ApprovalLink:
    """`id` is a UUID, `expires_at` a whole second of UTC."""

    id: str
    expires_at: datetime


def sign_link(link: ApprovalLink, keys: Mapping[str, bytes]) -> str:
    """The token, signed with the first key. Raises ValueError without any."""
    if not keys:
        raise ValueError("a link cannot be signed without a key")
    said = uuid.UUID(link.id).bytes + int(link.expires_at.timestamp()).to_bytes(EXPIRY_BYTES)
    return base64.urlsafe_b64encode(said + next(_macs(said, keys))).decode()


def read_link(token: str, keys: Mapping[str, bytes]) -> ApprovalLink | None:
    """The link that one of our keys has signed; none for anything else. An expired one is read like any other."""
    if not TOKEN.fullmatch(token):
        return None
    whole = base64.urlsafe_b64decode(token)
    said, mac = whole[:-MAC_BYTES], whole[-MAC_BYTES:]
    if not any([hmac.compare_digest(mac, ours) for ours in _macs(said, keys)]):
        return None
    seconds = int.from_bytes(said[-EXPIRY_BYTES:])
    return ApprovalLink(str(uuid.UUID(bytes=said[:-EXPIRY_BYTES])), datetime.fromtimestamp(seconds, UTC))


def _macs(said: bytes, keys: Mapping[str, bytes]) -> Iterator[bytes]:
    for key in keys.values():
        signing_key = hmac.digest(key, PURPOSE, hashlib.sha256)
        yield hmac.digest(signing_key, said, hashlib.sha256)[:MAC_BYTES]
