"""What is out at an account is not sent there once more because the account was removed and connected anew."""

import pytest

from tests.sql.callers import Row
from tests.sql.publishing import NO_REPLY, OUT, connect, publishing, sending, settle
from tests.sql.world import NOW, World


@pytest.mark.parametrize(
    ("settlement", "is_sent"),
    [(OUT, False), (NO_REPLY, False), ({"status": "waiting"}, True)],
    ids=["out", "unknown", "not out"],
)
async def test_what_is_out_at_an_account_is_not_sent_there_again_when_it_is_connected_anew(
    world: World, settlement: Row, is_sent: bool
) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    await settle(world, await sending(world, publication), settlement, NOW)
    await here.person.call("remove_account", account_id=here.account, now=NOW)
    anew = await connect(world, here.person, external_id=here.account)
    other = await connect(world, here.person)
    answer = await here.person.call(
        "publish_content", content_id=publication["content_id"], account_ids=[anew, other], publish_at=None, now=NOW
    )
    made = {it["account_id"] for it in answer["publications"] if it["status"] == "waiting"}
    assert made == ({anew, other} if is_sent else {other})
