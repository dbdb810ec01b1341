"""Who has had a newsletter already, when the list of its readers changes between two of its batches.

A batch leaves its mark: what it went to, as hashes that nobody can read an address from. The next ones go to whoever is
on the list by then and has no mark yet, so that nobody is left out or written to twice because somebody else has gone.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence

MARK = "|"  # between the platform's id and the marks
BYTES, LENGTH = 6, 8  # of one hash, and of its letters: a hundred of them fit into what is kept of a part


def marked(external_id: str, readers: Sequence[str]) -> str:
    return f"{external_id}{MARK}{''.join(map(mark_of, readers))}"


def mark_of(address: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(address.lower().encode()).digest()[:BYTES]).decode()


def still_to_write_to(readers: Sequence[str], batches: Sequence[str], size: int) -> Sequence[str]:
    """Those of `readers` to whom none of these batches went, in their order. `batches`: the external ids of what is
    out; one without marks, which a person has seen, went to the first `size` who were left."""
    for batch in batches:
        letters = batch.partition(MARK)[2]
        marks = {letters[start : start + LENGTH] for start in range(0, len(letters), LENGTH)}
        readers = [it for it in readers if mark_of(it) not in marks] if marks else readers[size:]
    return readers
