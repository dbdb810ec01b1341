"""Nobody sees or touches another workspace's accounts and publications, and a viewer only looks."""

from typing import Any

import pytest

from tests.web.client import Client
from tests.web.test_schedules_tenants import NOBODYS, add_member

CONNECT = "/api/account/connect"


@pytest.fixture
async def theirs(ada: Client) -> dict[str, str]:
    """Ada's ids, which bob knows but may not use."""
    account = (await ada.post(CONNECT, ada.stack.platforms["mastodon"].new_account(ada.email)))["account"]
    schedule = await ada.create(settings={"topic": "tea", "targets": [account["id"]]})
    ran = await ada.post("/api/schedule/run", {"scheduleId": schedule["id"], "publish": True})
    (content,) = ran["run"]["contents"]
    (publication,) = (await ada.get(f"/api/contents/{content['id']}"))["publications"]
    return {
        "workspace": account["workspaceId"],
        "account": account["id"],
        "content": content["id"],
        "publication": publication["id"],
    }


@pytest.mark.parametrize(
    "path",
    [
        "/api/accounts/{account}",
        "/api/accounts?workspaceId={workspace}",
        "/api/publications/{publication}",
        "/api/publications/{publication}/package",
        "/api/publications?workspaceId={workspace}",
    ],
)
async def test_anothers_things_look_like_ones_that_are_not_there(
    ada: Client, bob: Client, theirs: dict[str, str], path: str
) -> None:
    await ada.get(path.format(**theirs))
    real = await bob.refused(404, path.format(**theirs))
    assert real == await bob.refused(404, path.format(**dict.fromkeys(theirs, NOBODYS)))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/account/test", {"accountId": "account"}),
        ("/api/account/update", {"accountId": "account", "name": "!mine now"}),
        ("/api/account/remove", {"accountId": "account"}),
        ("/api/account/begin", {"platform": "!x", "workspaceId": "workspace"}),
        ("/api/publication/create", {"contentId": "content"}),
        ("/api/publication/retry", {"publicationId": "publication"}),
        ("/api/publication/void", {"publicationId": "publication"}),
        ("/api/publication/mark-published", {"publicationId": "publication"}),
    ],
)
async def test_anothers_things_cannot_be_changed_by_strangers_and_viewers(
    ada: Client, bob: Client, theirs: dict[str, str], path: str, body: dict[str, str]
) -> None:
    before = await everything(ada, theirs)

    def filled(ids: dict[str, str]) -> dict[str, str]:
        return {name: value[1:] if value[0] == "!" else ids[value] for name, value in body.items()}

    real = await bob.refused(404, path, filled(theirs))
    assert real == await bob.refused(404, path, filled(dict.fromkeys(theirs, NOBODYS)))
    await add_member(bob, theirs["workspace"], (await bob.get("/api/session"))["userId"], "viewer")
    assert (await bob.refused(403, path, filled(theirs)))["code"] == "role"
    assert await everything(ada, theirs) == before
    assert await everything(bob, theirs) == {**before, "role": "viewer"}, "a viewer sees all of it"


async def everything(client: Client, theirs: dict[str, str]) -> dict[str, Any]:
    """All that there is to see, and the role in which it is seen."""
    accounts = await client.get("/api/accounts", workspaceId=theirs["workspace"])
    publications = await client.get("/api/publications", workspaceId=theirs["workspace"])
    account = await client.get(f"/api/accounts/{theirs['account']}")
    publication = await client.get(f"/api/publications/{theirs['publication']}")
    content = await client.get(f"/api/contents/{theirs['content']}")
    (role,) = {account["role"], publication["role"], content["role"]}
    return {
        "accounts": accounts,
        "publications": publications,
        "account": account["account"],
        "publication": publication["publication"],
        "content": content["publications"],
        "role": role,
    }


async def test_nobody_connects_into_a_workspace_that_is_not_theirs(ada: Client, bob: Client) -> None:
    workspace_id = (await ada.workspace())["id"]
    wish = {**bob.stack.platforms["mastodon"].new_account("stranger"), "workspaceId": workspace_id}
    real = await bob.refused(404, CONNECT, wish)
    assert real == await bob.refused(404, CONNECT, {**wish, "workspaceId": NOBODYS})
    await add_member(bob, workspace_id, (await bob.get("/api/session"))["userId"], "viewer")
    assert (await bob.refused(403, CONNECT, wish))["code"] == "role"
    assert (await ada.get("/api/accounts"))["accounts"] == []


async def test_an_editor_connects_changes_and_publishes(ada: Client, bob: Client, theirs: dict[str, str]) -> None:
    await add_member(bob, theirs["workspace"], (await bob.get("/api/session"))["userId"], "editor")
    wish = {**bob.stack.platforms["discord"].new_account("editor"), "workspaceId": theirs["workspace"]}
    account = (await bob.post(CONNECT, wish))["account"]
    assert account["workspaceId"] == theirs["workspace"]
    assert account in (await ada.get("/api/accounts"))["accounts"]
    named = {"publicationId": theirs["publication"]}
    assert (await bob.post("/api/publication/void", named))["outcome"] == "voided"
    assert (await bob.post("/api/publication/retry", named))["outcome"] == "retried"
    body = {"contentId": theirs["content"], "accountIds": [account["id"]]}
    assert len((await bob.post("/api/publication/create", body))["publications"]) == 2
    assert (await bob.post("/api/account/remove", {"accountId": account["id"]}))["outcome"] == "removed"


async def test_anothers_account_is_no_target(bob: Client, theirs: dict[str, str]) -> None:
    settings = {"topic": "tea", "targets": [theirs["account"]]}
    wish = {"name": "Tea", "contentType": "x_post", "frequency": "3hours", "settings": settings}
    error = await bob.refused(422, "/api/schedule/create", wish)
    assert error["details"]["field"] == "settings.targets[0]"
    mine = await bob.create()
    (content,) = (await bob.post("/api/schedule/run", {"scheduleId": mine["id"]}))["run"]["contents"]
    body = {"contentId": content["id"], "accountIds": [theirs["account"]]}
    real = await bob.refused(404, "/api/publication/create", body)
    assert real == await bob.refused(404, "/api/publication/create", {**body, "accountIds": [NOBODYS]})
    for query in ("accountId={account}", "contentId={content}"):
        assert (await bob.get(f"/api/publications?{query.format(**theirs)}"))["publications"] == []


async def test_the_same_account_in_two_workspaces_is_two_which_do_not_know_each_other(ada: Client, bob: Client) -> None:
    stand_in = ada.stack.platforms["mastodon"]
    ours = (await ada.post(CONNECT, stand_in.new_account("shared")))["account"]
    other = (await bob.post(CONNECT, stand_in.new_account("shared")))["account"]
    assert ours["id"] != other["id"]
    assert ours["externalId"] == other["externalId"]
    await bob.post("/api/account/remove", {"accountId": other["id"]})
    assert (await ada.post("/api/account/test", {"accountId": ours["id"]}))["outcome"] == "works"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/accounts"),
        ("GET", f"/api/accounts/{NOBODYS}"),
        ("GET", "/api/platforms"),
        ("GET", "/api/publications"),
        ("GET", f"/api/publications/{NOBODYS}"),
        *(("POST", f"/api/account/{verb}") for verb in ("connect", "begin", "test", "update", "remove")),
        *(("POST", f"/api/publication/{verb}") for verb in ("create", "retry", "void", "mark-published")),
    ],
)
async def test_nobody_gets_in_without_proof(anybody: Client, method: str, path: str) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer nonsense"}):
        reply = await anybody.http.request(method, path, json={} if method == "POST" else None, headers=headers)
        assert reply.status_code == 401
