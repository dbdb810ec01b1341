"""WordPress's stand-in: drafts are nobody's to see, slugs are numbered when they are taken, and only then."""

from typing import Any

import httpx
import pytest

from tests.dev.platform_desk import PlatformDesk


class Site:
    """A site of one's own, used by hand."""

    def __init__(self, desk: PlatformDesk, opened: dict[str, Any]) -> None:
        self.desk = desk
        self.url = f"{opened['site']}/wp-json"
        self.auth = (opened["username"], opened["password"])

    async def post(self, path: str = "", auth: tuple[str, str] | None = None, **fields: Any) -> httpx.Response:
        return await self.desk.http.post(f"{self.url}/wp/v2/posts{path}", json=fields, auth=auth or self.auth)

    async def get(self, path: str = "", **query: Any) -> httpx.Response:
        return await self.desk.http.get(f"{self.url}/wp/v2/posts{path}", params=query, auth=self.auth)


@pytest.fixture
async def site(desk: PlatformDesk) -> Site:
    return Site(desk, await desk.open("wordpress"))


async def test_a_draft_is_seen_by_its_author_only_and_published_once(site: Site) -> None:
    draft = (await site.post(title="Tea", content="<p>hot</p>", slug="tea-1")).json()
    assert (draft["status"], draft["slug"]) == ("draft", "tea-1")
    assert site.desk.platforms.wordpress.made == []
    assert (await site.get(slug="tea-1")).json() == []
    (found,) = (await site.get(slug="tea-1", status="any", context="edit")).json()
    for _ in range(2):
        published = (await site.post(f"/{found['id']}", status="publish")).json()
    assert published["link"].endswith("/wordpress/ada/tea-1/")
    (made,) = site.desk.platforms.wordpress.made
    assert (made.external_id, made.url) == (str(found["id"]), published["link"])
    assert (await site.get(slug="tea-1")).headers["x-wp-total"] == "1"


async def test_a_slug_that_is_taken_is_numbered_and_the_double_is_seen(site: Site) -> None:
    slugs = [
        (await site.post(title=f"Tea {n}", content="c", slug="tea", status="publish")).json()["slug"] for n in (1, 2)
    ]
    assert slugs == ["tea", "tea-2"]
    assert len(site.desk.platforms.doubles()) == 1


async def test_drafts_may_share_a_slug_until_one_is_published(site: Site) -> None:
    first, second = [(await site.post(title=f"Tea {n}", content="c", slug="tea")).json() for n in (1, 2)]
    assert first["slug"] == second["slug"] == "tea"
    assert len((await site.get(slug="tea", status="any")).json()) == 2
    await site.post(f"/{first['id']}", status="publish")
    assert (await site.post(f"/{second['id']}", status="publish")).json()["slug"] == "tea-2"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "empty_content"),
        ({"title": "Tea", "status": "out"}, "rest_invalid_param"),
        ({"title": "Tea", "categories": ["tea"]}, "rest_invalid_param"),
        ({"title": ["Tea"]}, "rest_invalid_param"),
        ({"title": "Tea", "slug": 7}, "rest_invalid_param"),
    ],
)
async def test_a_post_that_does_not_fit_is_refused(site: Site, fields: dict[str, Any], code: str) -> None:
    answer = await site.post(**fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_nobody_writes_without_the_application_password(site: Site) -> None:
    user, password = site.auth
    assert (await site.post(title="Tea", auth=(user, password.replace(" ", "")))).is_success
    wrong = await site.post(title="Tea", auth=(user, "wrong"))
    assert (wrong.status_code, wrong.json()["code"]) == (401, "incorrect_password")
    assert (await site.post(title="Tea", auth=("admin", password))).json()["code"] == "invalid_username"
    unproven = await site.desk.http.post(f"{site.url}/wp/v2/posts", json={"title": "Tea"})
    assert (unproven.status_code, unproven.json()["code"]) == (401, "rest_cannot_create")
    other = await site.desk.open("wordpress", "ben")
    assert (await site.post(title="Tea", auth=(user, other["password"]))).status_code == 401


async def test_a_site_says_who_it_is_and_who_one_is(site: Site) -> None:
    index = (await site.desk.http.get(f"{site.url}/")).json()
    assert "application-passwords" in index["authentication"]
    me = await site.desk.http.get(f"{site.url}/wp/v2/users/me", params={"context": "edit"}, auth=site.auth)
    assert me.json()["capabilities"]["publish_posts"]
    assert (await site.get("/7")).json()["code"] == "rest_post_invalid_id"
    nobody = site.url.replace("/ada/", "/nobody/")
    assert (await site.desk.http.get(f"{nobody}/wp/v2/posts", auth=site.auth)).status_code == 404


async def test_what_is_not_json_is_refused(site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await site.desk.http.post(f"{site.url}/wp/v2/posts", content="{", headers=headers, auth=site.auth)
    assert answer.json()["code"] == "rest_invalid_json"
