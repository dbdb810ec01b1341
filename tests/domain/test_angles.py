"""Angles: always a fresh one, the same for the same draw, different for siblings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.angles import ANGLES, angles_for, choose_angle
from lib.domain.prompt_variables import MOST_ANGLE_BYTES
from lib.domain.schedule import ContentType
from lib.domain.writing_settings import MOST_CONTENTS

kinds = st.sampled_from(ContentType)
ids = st.sampled_from([*ANGLES, "gone-with-an-old-version", None])


@pytest.mark.parametrize("kind", ContentType)
def test_there_are_more_angles_than_a_run_has_items(kind: ContentType) -> None:
    fitting = angles_for(kind)
    assert len({angle.id for angle in fitting}) == len(fitting) > MOST_CONTENTS


def test_every_angle_is_known_by_its_id_and_has_its_own_words() -> None:
    assert len(ANGLES) == len({angle.instruction for angle in ANGLES.values()}) >= 30
    assert all(angle.id == id_ for id_, angle in ANGLES.items())
    assert max(len(angle.instruction.encode()) for angle in ANGLES.values()) <= MOST_ANGLE_BYTES
    assert not any(mark in angle.instruction for angle in ANGLES.values() for mark in "<>&{}")


@pytest.mark.parametrize("kind", ContentType)
def test_no_angle_comes_again_before_all_others_were_used(kind: ContentType) -> None:
    used: list[str] = []
    for day in range(365):
        used.insert(0, choose_angle(kind, used[:30], f"run {day}").id)
    round_ = len(angles_for(kind))
    assert all(len(set(used[at : at + round_])) == round_ for at in range(365 - round_))


@given(kinds, st.lists(ids, max_size=60), st.text(max_size=20), st.sets(st.sampled_from(sorted(ANGLES))))
def test_the_longest_unused_one_that_is_free(
    kind: ContentType, used: list[str | None], seed: str, taken: set[str]
) -> None:
    chosen = choose_angle(kind, used, seed, taken)
    assert chosen == choose_angle(kind, list(used), seed, frozenset(taken))
    free = {angle.id for angle in angles_for(kind)} - taken
    assert chosen in angles_for(kind)
    if free:
        assert chosen.id in free

        def unused_for(id_: str) -> int:
            return used.index(id_) if id_ in used else len(used)

        assert unused_for(chosen.id) == max(map(unused_for, free))


@given(kinds, st.lists(ids, max_size=40), st.integers(1, MOST_CONTENTS))
def test_siblings_of_a_batch_take_different_angles(kind: ContentType, used: list[str | None], count: int) -> None:
    taken: set[str] = set()
    for item in range(count):
        taken.add(choose_angle(kind, used, f"run {item}", taken).id)
    assert len(taken) == count


def test_two_new_schedules_do_not_begin_alike() -> None:
    assert len({choose_angle(ContentType.X_POST, (), f"run {number}").id for number in range(200)}) > 15
