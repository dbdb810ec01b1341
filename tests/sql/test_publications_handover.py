"""What a run leaves behind for publishing, and what it is told of where that goes."""

import pytest

from tests.sql.callers import Row
from tests.sql.publishing import HORIZON, alerts, arm, claim, connect, content_status, publishing, settle, sweep
from tests.sql.world import HOUR, MINUTE, NOW, PASSED, World, at, contents, measured

OBJECTED = {"passed": False, "objections": [], "likeness": None}


async def finish(world: World, run: Row, handover: Row | None, rows: list[Row] | None = None) -> Row:
    return await world.service.call(
        "finish_run", run_id=run["id"], fence=run["fence"], contents=rows or contents(), measured=measured(), now=NOW,
        known=None, handover=handover,
    )  # fmt: skip


def handing_over(*accounts: str, items: int = 1, **changed: object) -> Row:
    targets = [
        {"item": item, "account_id": account, "publish_at": NOW + HOUR, "late_at": NOW + 2 * HOUR}
        for item in range(items) for account in accounts
    ]  # fmt: skip
    return {"status": "pending_publish", "approve_by": None, "on_deadline": None, "targets": targets, **changed}


async def test_a_claim_says_where_it_goes_and_what_else_goes_out_there(world: World) -> None:
    here = await publishing(world, accounts=2)
    await here.write(NOW + HOUR)
    await world.owner.execute(
        "update app.accounts set last_published_at = $2, spacing = '90 seconds' where id = $1", here.account, NOW - HOUR
    )
    targets = (await world.claim_new(here.schedule))["targets"]
    assert [it["account"]["id"] for it in targets] == here.accounts, "in the schedule's order"
    assert targets[0]["account"]["spacing"] == 90
    assert [at(it) for it in targets[0]["taken"]] == [NOW - HOUR, NOW + HOUR]
    assert [at(it) for it in targets[1]["taken"]] == [NOW + HOUR]


async def test_accounts_of_others_removed_ones_and_nonsense_are_no_targets(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    mine, gone, lost = [await connect(world, ada) for _ in range(3)]
    await ada.call("remove_account", account_id=gone, now=NOW)
    await world.owner.execute("update app.accounts set status = 'needs_reauth' where id = $1", lost)
    wanted = [await connect(world, bob), gone, "x", lost, mine, mine, 7, None]
    for targets, expected in ((wanted, [lost, mine]), ("x", []), ({"a": 1}, []), (None, [])):
        schedule = await world.schedule(ada, settings={"targets": targets})
        claim = await world.claim_new(schedule)
        assert [it["account"]["id"] for it in claim["targets"]] == expected


async def test_each_content_has_a_publication_at_each_target(world: World) -> None:
    here = await publishing(world, accounts=2)
    run = (await world.claim_new(here.schedule))["run"]
    saved = await finish(world, run, handing_over(*here.accounts, items=2), contents(2))
    assert [it["status"] for it in saved["contents"]] == ["pending_publish"] * 2
    rows = saved["publications"]
    assert {(it["content_id"], it["account_id"]) for it in rows} == {
        (content["id"], account) for content in saved["contents"] for account in here.accounts
    }
    assert {(it["status"], it["requested_by"], at(it["publish_at"]), at(it["late_at"])) for it in rows} == {
        ("waiting", None, NOW + HOUR, NOW + 2 * HOUR)
    }
    assert {(it["platform"], it["account_name"], at(it["ready_at"])) for it in rows} == {("x", "@ada", NOW + HOUR)}


async def test_a_save_that_is_repeated_answers_what_still_wants_a_message(world: World) -> None:
    here = await publishing(world, accounts=2)
    run = (await world.claim_new(here.schedule))["run"]
    handover = handing_over(*here.accounts)
    first = await finish(world, run, handover)
    assert await finish(world, run, handover) == first
    armed, unarmed = first["publications"]
    assert await arm(world, armed, NOW + HOUR, "msg") == 1
    again = await finish(world, run, handover)
    assert [it["id"] for it in again["publications"]] == [unarmed["id"]]
    repeated = await world.service.call(
        "claim_run", schedule_id=run["schedule_id"], due_at=at(run["due_at"]), claim_id="redelivery", message_id=None,
        lease=HOUR, worst_costs={}, now=NOW,
    )  # fmt: skip
    assert repeated["outcome"] == "duplicate"
    assert repeated["publications"] == again["publications"], "a redelivery arms what a crash left"


async def test_without_targets_it_stays_a_draft(world: World) -> None:
    here = await publishing(world)
    for handover in (None, handing_over()):
        saved = await finish(world, (await world.claim_new(here.schedule))["run"], handover)
        assert (saved["contents"][0]["status"], saved["publications"]) == ("draft", [])


async def test_a_run_now_stays_a_draft_unless_it_was_to_be_published(world: World) -> None:
    here = await publishing(world)
    for publish, status in ((False, "draft"), (True, "pending_publish")):
        claim = await world.run_now(here.schedule, key=str(publish), claim_id=str(publish), publish=publish)
        assert len(claim["targets"]) == publish
        assert claim["run"]["publishes"] == publish
        saved = await finish(world, claim["run"], handing_over(here.account))
        assert saved["contents"][0]["status"] == status
    (publication,) = saved["publications"]
    assert publication["requested_by"] == here.person.id, "a pause of the schedule leaves it alone"
    await here.person.call("pause_schedule", schedule_id=here.schedule["id"], now=NOW)
    assert (await claim_of(world, publication))["outcome"] == "claimed"


async def claim_of(world: World, publication: Row) -> Row:
    return await claim(world, publication, NOW + HOUR)


async def test_a_queued_run_keeps_what_was_wanted_of_it(world: World) -> None:
    here = await publishing(world)
    for publish in (False, True):
        queued = await world.queue(here.schedule, key=str(publish), publish=publish)
        claim = await world.resume(queued["run"], NOW)
        assert (claim["run"]["publishes"], len(claim["targets"])) == (publish, publish)


async def test_what_the_gates_objected_to_waits_for_a_person_with_its_publications(world: World) -> None:
    here = await publishing(world)
    run = (await world.claim_new(here.schedule))["run"]
    good, bad = ({**row, "verdict": verdict} for row, verdict in zip(contents(2), (PASSED, OBJECTED), strict=True))
    saved = await finish(world, run, handing_over(here.account, items=2), [good, bad])
    assert [it["status"] for it in saved["contents"]] == ["pending_publish", "needs_review"]
    assert [it["content_id"] for it in saved["publications"]] == [saved["contents"][0]["id"]], (
        "the other wants none yet"
    )
    assert await alerts(world) == [("approval_wanted", saved["contents"][1]["id"])]
    approved = await here.person.call(
        "approve_content", content_id=saved["contents"][1]["id"], version=None, note=None, now=NOW
    )
    assert approved["content"]["status"] == "pending_publish"
    assert [it["status"] for it in approved["publications"]] == ["waiting"]


async def test_what_wants_a_yes_asks_for_it_once(world: World) -> None:
    here = await publishing(world)
    run = (await world.claim_new(here.schedule))["run"]
    handover = handing_over(here.account, status="pending_approval")
    saved = await finish(world, run, handover)
    assert (saved["contents"][0]["status"], saved["publications"]) == ("pending_approval", [])
    assert await finish(world, run, handover) == saved
    assert await alerts(world) == [("approval_wanted", saved["contents"][0]["id"])]


@pytest.mark.parametrize(("on_deadline", "armed"), [("publish", 1), ("skip", 0)])
async def test_what_goes_out_unless_somebody_objects_has_its_message_from_the_start(
    world: World, on_deadline: str, armed: int
) -> None:
    here = await publishing(world)
    run = (await world.claim_new(here.schedule))["run"]
    handover = handing_over(
        here.account, status="pending_approval", approve_by=NOW + 50 * MINUTE, on_deadline=on_deadline
    )
    saved = await finish(world, run, handover)
    content = saved["contents"][0]
    assert (at(content["approve_by"]), content["on_deadline"]) == (NOW + 50 * MINUTE, on_deadline)
    assert len(saved["publications"]) == armed
    assert len((await sweep(world, NOW, HORIZON))["publications"]) == armed


@pytest.mark.parametrize(("function", "reason"), [("pause_schedule", "paused"), ("delete_schedule", "deleted")])
async def test_what_was_written_while_the_schedule_was_taken_away_stays_a_draft_and_says_why(
    world: World, function: str, reason: str
) -> None:
    here = await publishing(world)
    run = (await world.claim_new(here.schedule))["run"]
    await here.person.call(function, schedule_id=here.schedule["id"], now=NOW)
    saved = await finish(world, run, handing_over(here.account))
    assert (saved["contents"][0]["status"], saved["publications"]) == ("draft", [])
    (publication,) = await here.of_run(run["id"])
    assert (publication["status"], publication["reason"]) == ("cancelled", reason)


async def test_an_account_of_another_workspace_gets_nothing(world: World) -> None:
    here, bob = await publishing(world), await world.person()
    run = (await world.claim_new(here.schedule))["run"]
    saved = await finish(world, run, handing_over(await connect(world, bob)))
    assert (saved["contents"][0]["status"], await here.of_run(run["id"])) == ("draft", [])


async def test_a_content_is_out_as_soon_as_one_account_has_it_and_a_draft_again_when_none_can(world: World) -> None:
    here = await publishing(world, accounts=2)
    one, other = await here.write()
    for publication, settlement in (
        (one, {"status": "failed", "reason": "invalid", "cause": "platform"}),
        (other, {"status": "published"}),
    ):
        assert await content_status(world, one) == "pending_publish"
        got = await claim(world, publication)
        await settle(world, got["publication"], settlement)
    assert await content_status(world, one) == "published"
