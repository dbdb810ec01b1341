"""A person's word on a content, and a deadline's, as the tests of the SQL functions say them."""

from datetime import datetime

from tests.sql.callers import Person, Row
from tests.sql.publishing import Publishing, publishing
from tests.sql.world import HOUR, MINUTE, NOW, PASSED, World

OBJECTED = {"passed": False, "objections": [{"gate": "limits", "where": "text", "message": "is too long"}]}
WANTED = {"status": "pending_approval"}
EDIT = {"body": "another post", "word_count": 2, "memory": "another post", "verdict": PASSED, "score": 70}


def until(on_deadline: str, approve_by: datetime = NOW + HOUR) -> Row:
    return {"status": "pending_approval", "approve_by": approve_by, "on_deadline": on_deadline}


async def approve(person: Person, row: Row, version: int | None = 1, now: datetime = NOW + MINUTE) -> Row:
    return await person.call("approve_content", content_id=row["content_id"], version=version, note=None, now=now)


async def reject(person: Person, row: Row, note: str | None = None, now: datetime = NOW + MINUTE) -> Row:
    return await person.call("reject_content", content_id=row["content_id"], note=note, now=now)


async def edit(person: Person, row: Row, version: int = 1, now: datetime = NOW + MINUTE, **changes: object) -> Row:
    return await person.call(
        "edit_content", content_id=row["content_id"], version=version, changes={**EDIT, **changes}, now=now
    )


async def content_of(world: World, row: Row) -> Row:
    return dict(await world.owner.fetchrow("select * from app.contents where id = $1", row["content_id"]))


async def audited(world: World, action: str) -> list[Row]:
    rows = await world.owner.fetch("select user_id, detail from app.audit_log where action = $1 order by at", action)
    return [dict(row) for row in rows]


async def asked(world: World, **handover: object) -> tuple[Publishing, Row]:
    """A content that waits for a yes, and its publication."""
    press = await publishing(world)
    (row,) = await press.write(NOW + 2 * HOUR, **{**WANTED, **handover})
    return press, row


async def settled(world: World, now: datetime, limit: int = 50) -> Row:
    return await world.service.call("settle_deadlines", now=now, limit=limit)
