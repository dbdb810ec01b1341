"""Never more is spent than the purse holds, however many share it."""

import asyncio

from lib.domain.purse import Purse


def test_of_many_that_see_the_last_money_one_gets_it() -> None:
    purse = Purse(100)
    assert [purse.hold(100) for _ in range(50)].count(True) == 1
    assert purse.left == 0


def test_what_was_held_beyond_the_cost_is_free_again() -> None:
    purse = Purse(100)
    assert purse.hold(80)
    assert not purse.fits(21)
    purse.settle(80, 5)
    assert purse.left == 95
    assert purse.hold(95)


def test_a_call_that_cost_more_than_was_held_is_paid_by_the_calls_to_come() -> None:
    purse = Purse(100)
    assert purse.hold(60)
    purse.settle(60, 130)
    assert purse.left == 0
    assert not purse.hold(1)
    purse.settle(0, -20)
    assert not purse.hold(1)  # the debt comes first


def test_a_purse_without_money_pays_for_nothing_but_what_is_free() -> None:
    assert Purse(-5).left == 0
    assert not Purse(0).hold(1)
    assert Purse(0).hold(0)


async def test_tasks_that_take_turns_never_overdraw_it() -> None:
    purse, spent = Purse(1_000), 0

    async def work() -> None:
        nonlocal spent
        while purse.hold(30):
            await asyncio.sleep(0)
            purse.settle(30, 7)
            spent += 7

    await asyncio.gather(*(work() for _ in range(20)))
    assert 1_000 - 30 < spent <= 1_000
