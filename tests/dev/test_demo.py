"""`make demo` passes when the books are right, and only then."""

import asyncio
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dev.demo import EVERY, LASTS, OCCURRENCES, PLATFORMS, START, Books, Entry, first_occurrence, what_is_wrong

ROOT = Path(__file__).parents[2]


def right_books(**schedule: Any) -> Books:
    entries = [
        Entry(due_at, due_at, due_at + timedelta(seconds=3), "succeeded", None, words=20, cost=1_900, calls=1)
        for due_at in (first_occurrence() + EVERY * n for n in range(OCCURRENCES))
    ]
    told = {
        "totalGenerated": OCCURRENCES,
        "totalFailed": 0,
        "runCount": OCCURRENCES,
        "nextRunAt": (entries[-1].due_at + EVERY).isoformat(),
    }
    seen = dict.fromkeys(PLATFORMS, OCCURRENCES)
    return Books({**told, **schedule}, entries, model_calls=OCCURRENCES, now=START + LASTS, seen=seen)


def test_right_books_have_nothing_wrong() -> None:
    assert OCCURRENCES == 16
    assert list(what_is_wrong(right_books())) == []


def test_a_text_that_waits_for_a_person_is_out_nowhere() -> None:
    right = right_books()
    held = replace(right.entries[0], published=(), is_for_a_person=True)
    seen = dict.fromkeys(PLATFORMS, OCCURRENCES - 1)
    assert list(what_is_wrong(replace(right, entries=[held, *right.entries[1:]], seen=seen))) == []


def test_every_wrong_thing_is_named() -> None:
    right = right_books()
    first, *others = right.entries
    wrong = {
        "1 missing": replace(right, entries=others),
        "1 twice": replace(right, entries=[first, first, *others]),
        "1 not due": replace(right, entries=[replace(first, due_at=first.due_at - EVERY), *right.entries]),
        "is failed (model)": replace(right, entries=[replace(first, status="failed", reason="model"), *others]),
        "0 words": replace(right, entries=[replace(first, words=0), *others]),
        "for $0.0000": replace(right, entries=[replace(first, cost=0), *others]),
        "began at": replace(right, entries=[replace(first, started_at=first.due_at + timedelta(minutes=5)), *others]),
        "say 15 generated": right_books(totalGenerated=15),
        "2 failures": right_books(totalFailed=2),
        "next occurrence is None": right_books(nextRunAt=None),
        "next occurrence is 2026-11-21": right_books(nextRunAt=START.isoformat()),
        "called 17 times": replace(right, model_calls=17),
        "is out at mastodon only": replace(right, entries=[replace(first, published=("mastodon",)), *others]),
        "is out at no platform only": replace(right, entries=[replace(first, published=()), *others]),
        "bluesky has 17, the ledger tells of 16": replace(right, seen={**right.seen, "bluesky": 17}),
        "1 texts are to be seen twice": replace(right, doubles=1),
        "2 calls of one account at once": replace(right, most_in_flight=2),
    }
    for sentence, books in wrong.items():
        assert any(sentence in problem for problem in what_is_wrong(books)), sentence


@pytest.mark.timeout(180)
async def test_the_demo_runs_unattended_and_finds_its_books_right() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "dev", "demo"),
        cwd=ROOT,
        env={**os.environ, "DRUMBEAT_ENV": os.devnull},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert said.count("succeeded") == OCCURRENCES
    assert said.count("mastodon bluesky") + said.count("waits for a person") == OCCURRENCES
    assert "the books are right" in said
