"""What made-up texts are made of: patterns with slots in braces, and what may stand in each slot.

`{topic}` is what the piece is about. In Korean a particle that depends on the letter before it is written as both
(`을/를`), and settled when the sentence is complete.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

type Patterns = Sequence[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. `openings` are by the id of an angle; `starts` open a piece that has none."""

    titles: Patterns
    starts: Patterns
    openings: Mapping[str, Patterns]
    sentences: Patterns
    headings: Patterns
    remarks: Patterns
    slots: Mapping[str, Patterns]
