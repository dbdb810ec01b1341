"""Side-by-side measurements: `make bench` runs them all, `make bench ARGS="sweep claims"` some.

Each module measures one thing against what one would write or use otherwise, in the same run on the same machine, so
that the ratio means something although the numbers do not. It has `run() -> list[Row]`, prints nothing, and stands in
`ORDER` of `__main__`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratio` is ours by theirs; `goal` and `met` stay empty for what is only worth knowing."""

    what: str
    ours: str  # with its unit: "310 ms"
    theirs: str  # what it is held against, with its unit: "bare fastapi 280 ms"
    ratio: float
    goal: str = ""
    met: bool | None = None
