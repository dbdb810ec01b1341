"""Record keys of the AT Protocol: 13 characters that sort by time (https://atproto.com/specs/tid)."""

import hashlib
from datetime import UTC, datetime, timedelta

from lib.domain.publication import Post

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"  # in the order of ASCII, so that text sorts as the numbers do
LENGTH = 13
MOST_MICROSECONDS, MOST_CLOCKS = 1 << 53, 1 << 10
SPREAD = timedelta(minutes=1) // timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tid_of(post: Post, number: int) -> str:
    """The same for a repetition, another one for each part, version and publication.

    Within the minute before the content's time, at a place that its ids choose: contents of one batch have the same
    time, so 2^35 places are taken to keep them apart. A thread's parts follow one another.
    """
    digest = hashlib.sha256(f"{post.publication_id}-{post.version}".encode()).digest()
    place = int.from_bytes(digest[:8]) % SPREAD
    written_at = (post.written_at - EPOCH) // timedelta(microseconds=1)
    return encode_tid(written_at - SPREAD + place + number, int.from_bytes(digest[8:]) % MOST_CLOCKS)


def encode_tid(microseconds: int, clock: int) -> str:
    """From microseconds since 1970 and the number of whoever makes it. Raises ValueError if they are out of range."""
    if not 0 <= microseconds < MOST_MICROSECONDS or not 0 <= clock < MOST_CLOCKS:
        raise ValueError("out of range for a TID")
    value = microseconds << 10 | clock
    return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
