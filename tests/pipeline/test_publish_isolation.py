"""A slow, broken or rate-limited account delays nobody but itself."""

import asyncio
import time
from collections.abc import Sequence
from statistics import quantiles

from dev.platforms.script import Failing, Fault
from tests.pipeline.press import Press

OTHERS = 24


async def test_an_account_that_hangs_does_not_delay_the_others(press: Press) -> None:
    accounts = [await press.connect("mastodon") for _ in range(OTHERS)]
    text = [await press.text() for _ in range(2)]
    undisturbed = await lateness(press, accounts, await press.publish_to(accounts, text=text[0], at=press.at(9)), 9)

    hanging = await press.connect("discord")
    stuck = await press.publish(hanging, at=press.at(10))
    press.fail(hanging, Fault(Failing.HANG))
    disturbed = await lateness(press, accounts, await press.publish_to(accounts, text=text[1], at=press.at(10)), 10)
    assert await press.story(stuck) == "unknown: no_reply", "it is being waited for no longer than its own time"
    assert {press.made(account)[-1].at for account in accounts} == {press.at(10)}, "not late at all in virtual time"
    assert p99(disturbed) < 3 * p99(undisturbed) + 1, "seconds of real time, on a machine that does other things too"


async def lateness(press: Press, accounts: Sequence[str], publications: Sequence[str], hour: int) -> list[float]:
    """Of each in seconds of real time, which virtual time does not count; when all are out, nobody hangs any more."""
    began = time.monotonic()
    late: dict[str, float] = {}
    before = {account: len(press.made(account)) for account in accounts}
    delivering = asyncio.create_task(press.until(hour, 0, 30))
    while len(late) < len(accounts):
        await asyncio.sleep(0.005)
        for account in accounts:
            if account not in late and len(press.made(account)) > before[account]:
                late[account] = time.monotonic() - began
        assert time.monotonic() - began < 20
    assert not delivering.done() or hour == 9, "somebody still hangs"
    press.stand_in("discord").release()
    await delivering
    assert [await press.story(it) for it in publications] == ["published"] * len(publications)
    return list(late.values())


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


async def test_a_rate_limited_account_holds_its_own_posts_only(press: Press) -> None:
    limited, other = [await press.connect("mastodon") for _ in range(2)]
    press.fail(limited, *[Fault(Failing.THROTTLE)] * 3)
    first = [await press.publish(limited, at=press.at(9, minute)) for minute in range(3)]
    second = [await press.publish(other, at=press.at(9, minute)) for minute in range(3)]
    await press.until(9, 30)
    assert [await press.story(it) for it in (*first, *second)] == ["published"] * 6
    assert [made.at for made in press.made(other)] == [press.at(9, minute) for minute in range(3)]


async def test_a_poison_publication_holds_its_account_no_longer_than_its_own_time(press: Press) -> None:
    """Whoever takes it dies over it; the next of its account goes out after the lease."""
    account = await press.connect("mastodon")
    poison, after = [await press.publish(account, at=press.at(9, minute)) for minute in (0, 1)]
    await press.world.write(
        """update app.publications
           set claim_id = 'dead', status = 'publishing', fence = 1, attempt = 1, lease_until = $2 where id = $1""",
        poison,
        press.at(9, 5),
    )
    await press.until(9, 4)
    assert await press.story(after) == "waiting"
    await press.until(9, 6)
    assert await press.story(after) == "published"
    await press.until(9, 30)
    assert await press.story(poison) == "published"
