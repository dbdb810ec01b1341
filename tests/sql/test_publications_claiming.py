"""What a message about a publication is told."""

from tests.sql.publishing import OUT, begin, claim, claimed, content_status, publishing, record, settle, stored
from tests.sql.world import MINUTE, NOW, World, at


async def test_what_is_due_is_claimed_sent_and_out(world: World) -> None:
    here = await publishing(world)
    (publication,) = await here.write()
    got = await claim(world, publication)
    assert got["outcome"] == "claimed"
    assert (got["publication"]["status"], got["publication"]["attempt"]) == ("publishing", 1)
    assert (got["account"]["id"], got["content"]["body"], got["language"]) == (here.account, "post 0", "ko")
    assert got["credentials"] == {"key_id": "k1", "sealed": "sealed", "version": 1, "expires_at": None}
    row = got["publication"]
    assert (await begin(world, row))["outcome"] == "begun"
    assert (await record(world, row, 0))["outcome"] == "recorded"
    assert (await begin(world, row, NOW + MINUTE))["outcome"] == "begun"
    parts = [{"external_id": "part-0"}, {"external_id": "part-1"}]
    settled = await settle(world, row, {**OUT, "parts": parts})
    assert settled["outcome"] == "settled"
    assert (settled["publication"]["status"], settled["publication"]["external_id"]) == ("published", "part-0")
    assert [it["external_id"] for it in settled["publication"]["parts"]] == ["part-0", "part-1"]
    assert settled["publication"]["cost"] == 10 + OUT["cost"]
    assert await content_status(world, publication) == "published"
    account = await world.owner.fetchrow("select * from app.accounts where id = $1", here.account)
    assert account["last_published_at"] == NOW + MINUTE
    assert at(settled["publication"]["published_at"]) == (await stored(world, publication))["finished_at"]
    assert (await claimed_outcome(world, publication)) == "done"


async def claimed_outcome(world: World, publication: dict) -> str:  # type: ignore[type-arg]
    outcome: str = (await claim(world, publication, NOW + MINUTE))["outcome"]
    return outcome
