"""Who only looks may read all of it, and decides, replays and stops nothing."""

from typing import Any

import pytest

from tests.web.client import Client
from tests.web.test_dead_letters_doors import poison
from tests.web.test_editing import edit, write
from tests.web.test_schedules_tenants import add_member

TEXT = "A cheap cup of tea is still a cup of tea, and it warms both hands."


@pytest.fixture
async def theirs(ada: Client) -> dict[str, str]:
    """Ada's ids."""
    letter = await poison(ada)
    content = (await edit(ada, await write(ada), body=TEXT))["content"]
    return {"letter": letter["id"], "content": content["id"], "workspace": (await ada.workspace())["id"]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/content/edit", {"contentId": "content", "version": 2, "body": "Another text."}),
        ("/api/content/approve", {"contentId": "content"}),
        ("/api/content/reject", {"contentId": "content"}),
        ("/api/content/approval-link", {"contentId": "content"}),
        ("/api/dead-letter/replay", {"deadLetterId": "letter"}),
        ("/api/dead-letter/discard", {"deadLetterId": "letter"}),
        ("/api/workspace/stop", {"workspaceId": "workspace"}),
        ("/api/workspace/resume", {"workspaceId": "workspace", "held": "skip"}),
    ],
)
async def test_a_viewer_changes_nothing(
    ada: Client, bob: Client, theirs: dict[str, str], path: str, body: dict[str, Any]
) -> None:
    await add_member(bob, theirs["workspace"], (await bob.get("/api/session"))["userId"], "viewer")
    before = await everything(bob, theirs)
    named = {name: theirs.get(value, value) for name, value in body.items()}
    assert (await bob.refused(403, path, named))["code"] == "role"
    assert await everything(bob, theirs) == await everything(ada, theirs) == before


async def test_an_editor_decides_replays_and_stops(ada: Client, bob: Client, theirs: dict[str, str]) -> None:
    await add_member(bob, theirs["workspace"], (await bob.get("/api/session"))["userId"], "editor")
    assert (await bob.post("/api/content/approval-link", {"contentId": theirs["content"]}))["url"]
    assert (await bob.post("/api/content/approve", {"contentId": theirs["content"]}))["outcome"] == "approved"
    assert (await bob.post("/api/dead-letter/discard", {"deadLetterId": theirs["letter"]}))["outcome"] == "discarded"
    named = {"workspaceId": theirs["workspace"]}
    assert (await bob.post("/api/workspace/stop", named))["outcome"] == "stopped"
    assert (await ada.workspace())["pausedAt"] is not None
    assert (await bob.post("/api/workspace/resume", {**named, "held": "skip"}))["outcome"] == "resumed"


async def everything(client: Client, theirs: dict[str, str]) -> list[Any]:
    """All that there is to see."""
    named = {"workspaceId": theirs["workspace"]}
    return [
        (await client.get(f"/api/contents/{theirs['content']}"))["content"],
        await client.get("/api/dead-letters", **named),
        await client.get("/api/workspace/held", **named),
    ]
