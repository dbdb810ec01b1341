"""raise_alert, list_alerts, resolve_alert: one open row for each matter, shown to whom it concerns."""

import asyncio

import asyncpg
import pytest

from tests.sql.callers import Person, Row
from tests.sql.world import HOUR, MINUTE, NOW, World, at


async def raised(world: World, workspace_id: str | None, subject: str = "own/writer", **changed: object) -> Row:
    arguments = {
        "workspace_id": workspace_id, "schedule_id": None, "kind": "model_misconfigured", "subject": subject,
        "details": {"status": 401}, "now": NOW,
    }  # fmt: skip
    return await world.service.call("raise_alert", **{**arguments, **changed})


async def shown(person: Person, after: Row | None = None, limit: int = 99) -> Row:
    return await person.call("list_alerts", workspace_id=None, after=after, limit=limit)


@pytest.mark.parametrize("whose", ["a workspace's", "the operator's"])
async def test_a_matter_that_goes_on_is_one_alert(world: World, whose: str) -> None:
    ada = await world.person()
    workspace_id = ada.id if whose == "a workspace's" else None
    first = await raised(world, workspace_id)
    again = await raised(world, workspace_id, now=NOW + HOUR, details={"status": 403})
    assert (first["outcome"], again["outcome"]) == ("raised", "counted")
    alert = again["alert"]
    assert (alert["id"], alert["count"], alert["details"]) == (first["alert"]["id"], 2, {"status": 403})
    assert (at(alert["first_at"]), at(alert["last_at"])) == (NOW, NOW + HOUR)


async def test_fifty_at_once_make_one(world: World) -> None:
    await asyncio.gather(*(raised(world, None) for _ in range(50)))
    rows = await world.owner.fetch("select count from app.alerts")
    assert [it["count"] for it in rows] == [50]


async def test_another_subject_kind_or_workspace_is_another_alert(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    for workspace_id in (ada.id, bob.id, None):
        await raised(world, workspace_id)
    await raised(world, ada.id, subject="own/other")
    await raised(world, ada.id, kind="budget_tripped")
    assert await world.owner.fetchval("select count(*) from app.alerts") == 5
    assert len((await shown(ada))["alerts"]) == 3
    assert len((await shown(bob))["alerts"]) == 1, "the operator's is nobody's here"


async def test_what_is_resolved_and_comes_up_again_is_a_new_alert(world: World) -> None:
    ada = await world.person()
    first = (await raised(world, ada.id))["alert"]
    for now in (NOW + MINUTE, NOW + HOUR):
        answer = await ada.call("resolve_alert", alert_id=first["id"], now=now)
        assert (answer["outcome"], at(answer["alert"]["resolved_at"])) == ("resolved", NOW + MINUTE)
    assert (await raised(world, ada.id, now=NOW + 2 * HOUR))["alert"]["id"] != first["id"]
    assert [it["resolved_at"] is None for it in (await shown(ada))["alerts"]] == [True, False]
    noted = await world.owner.fetch("select target from app.audit_log where action = 'alert.resolve'")
    assert [str(it["target"]) for it in noted] == [first["id"]]


async def test_nobody_resolves_the_operators(world: World) -> None:
    ada = await world.person()
    alert = (await raised(world, None))["alert"]
    with pytest.raises(asyncpg.PostgresError, match="alert_not_found"):
        await ada.call("resolve_alert", alert_id=alert["id"], now=NOW)


async def test_a_long_list_comes_in_pages(world: World) -> None:
    ada = await world.person()
    for n in range(5):
        await raised(world, ada.id, subject=str(n), now=NOW + MINUTE * (n // 2))
    seen: list[str] = []
    after = None
    while True:
        page = await shown(ada, after, 2)
        seen += [it["id"] for it in page["alerts"]]
        if not page["more"]:
            break
        after = {"first_at": page["alerts"][-1]["first_at"], "id": page["alerts"][-1]["id"]}
    assert len(set(seen)) == len(seen) == 5


async def test_an_unknown_kind_is_refused_and_a_long_subject_cut(world: World) -> None:
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await raised(world, None, kind="weather")
    assert len((await raised(world, None, subject="m" * 999))["alert"]["subject"]) == 200
