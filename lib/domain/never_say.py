"""Whether a text says what its author forbade."""

from collections.abc import Iterator, Sequence
from unicodedata import normalize


def find_forbidden(text: str, phrases: Sequence[str]) -> Iterator[str]:
    said = normalize("NFKC", text).casefold()
    for phrase in phrases:
        if normalize("NFKC", phrase).casefold() in said:
            yield f"says “{phrase}”, which the author never says, in any form"
