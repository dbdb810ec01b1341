"""The nearest of 2,000 remembered posts, against what one would use instead: difflib, and rapidfuzz alone.

A draft is a remembered text whose first fifteen words have gone to its end, with every twelfth word exchanged; all have
to find it. Half of the texts look Korean; posts have some 200 characters, articles as many as are remembered. difflib
is timed on a twentieth of the posts. Rounds take turns; the best of each counts. `python -m benchmarks.similarity` runs
this alone.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from time import perf_counter

from rapidfuzz import fuzz, process

from benchmarks import Row
from lib.domain.similarity import LONGEST_MEMORY, Memory, Remembered

REMEMBERED = 2_000
GOAL = 0.025  # seconds
ROUNDS = 5
TASTED = 20  # of so many posts difflib gets one
DAY = date(2026, 11, 21)
VOCABULARY = 3_000  # words of each language
MOVED = 15  # words of the draft, from its beginning to its end


@dataclass(frozen=True, slots=True)
class Case:
    """Posts of one length, a draft that is much like one of them, and which that is."""

    texts: Sequence[str]
    draft: str
    wanted: int


def run() -> list[Row]:
    posts, articles = make_case(words=(30, 45)), make_case(words=(250, 400))
    return [
        *compared("nearest of 2,000 posts", posts, f"< {GOAL * 1000:.0f} ms", GOAL),
        *compared("nearest of 2,000 articles", articles, "", None),
    ]


def make_case(words: tuple[int, int]) -> Case:
    chance = random.Random(4)
    english = [make_word(chance, "etaoinshrdlucmfwyp", 2, 9) for _ in range(VOCABULARY)]
    korean = [make_word(chance, [chr(0xAC00 + at) for at in range(0, 11_000, 40)], 2, 4) for _ in range(VOCABULARY)]
    weights = [1 / (at + 10) for at in range(VOCABULARY)]  # a few words are frequent, as in any language
    texts = [
        " ".join(chance.choices(korean if at % 2 else english, weights, k=chance.randint(*words)))[:LONGEST_MEMORY]
        for at in range(REMEMBERED)
    ]
    wanted = 1_234
    said = texts[wanted].split()
    said[::12] = chance.choices(english, k=len(said[::12]))
    return Case(texts, " ".join(said[MOVED:] + said[:MOVED])[:LONGEST_MEMORY], wanted)


def make_word(chance: random.Random, letters: Sequence[str], least: int, most: int) -> str:
    return "".join(chance.choices(letters, k=chance.randint(least, most)))


def compared(what: str, case: Case, goal: str, most: float | None) -> list[Row]:
    memory = Memory(Remembered(str(at), DAY - timedelta(days=at), text) for at, text in enumerate(case.texts))
    rivals: dict[str, Callable[[], int]] = {"rapidfuzz token_set_ratio": lambda: by_rapidfuzz(case)}
    if most is not None:  # articles would keep it busy for minutes
        rivals["difflib"] = lambda: by_difflib(case)
    ours = by_ours(memory, case)
    assert ours == case.wanted
    assert by_rapidfuzz(case) == case.wanted
    best = {name: float("inf") for name in ("ours", *rivals)}
    for _ in range(ROUNDS):
        best["ours"] = min(best["ours"], timed(lambda: by_ours(memory, case)))
        for name, ask in rivals.items():
            best[name] = min(best[name], timed(ask) * (TASTED if name == "difflib" else 1))
    met = None if most is None else best["ours"] < most
    rows: list[Row] = []
    for rival in rivals:
        said = (what, goal, met) if not rows else ("", "", None)
        ratio = best["ours"] / best[rival]
        rows.append(Row(said[0], shown(best["ours"]), f"{rival} {shown(best[rival])}", ratio, *said[1:]))
    return rows


def by_ours(memory: Memory, case: Case) -> int:
    found = memory.nearest(case.draft)
    assert found
    return int(found.content_id)


def by_rapidfuzz(case: Case) -> int:
    found = process.extractOne(case.draft, case.texts, scorer=fuzz.token_set_ratio)
    return int(found[2])


def by_difflib(case: Case) -> int:
    matcher = SequenceMatcher(b=case.draft, autojunk=False)

    def ratio(text: str) -> float:
        matcher.set_seq1(text)
        return matcher.ratio()

    some = case.texts[::TASTED]
    return max(range(len(some)), key=lambda at: ratio(some[at])) * TASTED


def timed(ask: Callable[[], int]) -> float:
    begun = perf_counter()
    ask()
    return perf_counter() - begun


def shown(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"


if __name__ == "__main__":
    from benchmarks.__main__ import main

    raise SystemExit(main(["similarity"]))
