"""Somebody's WordPress, at the wire."""

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import respx

from lib.adapters.publishers.wordpress import Wordpress
from lib.domain.publication import Sent
from lib.domain.schedule import ContentType
from lib.errors import PublishFailed, PublishFault
from tests.adapters.publishers.outgoing import ARTICLE, Outgoing, connect
from tests.adapters.publishers.samples import POST, everything_told, failure_of

SITE = "https://blog.example/tea"
POSTS = f"{SITE}/wp-json/wp/v2/posts"
ME = f"{SITE}/wp-json/wp/v2/users/me"
DRAFT = {"id": 7, "link": "https://blog.example/tea/?p=7", "slug": "x", "status": "draft"}
PUBLISHED = {**DRAFT, "link": "https://blog.example/tea/why-tea/", "status": "publish"}
FIREWALL = "<html><h1>Sorry, you have been blocked</h1></html>"


def outgoing(site: str = SITE) -> Outgoing:
    return Outgoing(Wordpress(connect), {"username": "editor", "password": "abcd EFGH 1234 ijkl"}, site=site)


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


async def test_an_article_is_first_a_draft_and_then_published(wire: respx.MockRouter) -> None:
    blog = outgoing()
    draft, publish = blog.parts()
    making = wire.post(POSTS).respond(201, json=DRAFT)
    showing = wire.post(f"{POSTS}/7").respond(json=PUBLISHED)
    made = await blog.send(draft)
    shown = await blog.send(publish, made)
    assert (made, shown) == (Sent("7"), Sent("7", "https://blog.example/tea/why-tea/"))
    first, second = (json.loads(route.calls.last.request.content) for route in (making, showing))
    assert (first["status"], first["title"]) == ("draft", "Tea & Rain: 3 Leaves")
    assert "<strong>warms</strong>" in first["content"]
    assert second == {"title": first["title"], "content": first["content"], "status": "publish"}


async def test_the_password_goes_along_as_basic(wire: respx.MockRouter) -> None:
    making = wire.post(POSTS).respond(201, json=DRAFT)
    await outgoing().send()
    kind, _, proof = making.calls.last.request.headers["authorization"].partition(" ")
    assert (kind, b64decode(proof)) == ("Basic", b"editor:abcd EFGH 1234 ijkl")


async def test_a_site_that_repeats_our_proof_is_not_repeated(wire: respx.MockRouter) -> None:
    making = wire.post(POSTS)
    making.side_effect = lambda request: httpx.Response(
        400, json={"code": "rest_invalid_param", "message": f"got {request.headers['authorization']}"}
    )
    failure = await outgoing().failure()
    proof = making.calls.last.request.headers["authorization"].partition(" ")[2]
    assert failure.reason == "got Basic … (rest_invalid_param)"
    assert proof not in everything_told(failure)


def test_the_slug_is_this_versions_own_whatever_the_title_is() -> None:
    blog = outgoing()
    slug = blog.parts()[0].payload["slug"]
    assert slug == f"tea-rain-3-leaves-{ARTICLE.publication_id}-2"
    assert blog.parts()[0].payload["slug"] == slug
    assert blog.parts(replace(ARTICLE, version=3))[0].payload["slug"] != slug
    for title in ("비 오는 날의 차", "", "x" * 200, "a-" * 100):
        named = blog.parts(replace(ARTICLE, title=title))[0].payload["slug"]
        assert named.endswith(f"{ARTICLE.publication_id}-2")
        assert len(named.encode()) <= 200
        assert named.isascii()
        assert "--" not in named


async def test_a_draft_is_found_by_its_slug_whatever_became_of_it(wire: respx.MockRouter) -> None:
    blog = outgoing()
    draft = blog.parts()[0]
    query = {"slug": draft.payload["slug"], "status": "any", "context": "edit"}
    looking = wire.get(POSTS, params__contains=query).respond(json=[{**PUBLISHED, "slug": draft.payload["slug"]}])
    assert await blog.find(draft) == Sent("7", "https://blog.example/tea/why-tea/")
    looking.respond(json=[])
    assert await blog.find(draft) is None


async def test_it_is_published_only_if_the_site_says_so(wire: respx.MockRouter) -> None:
    blog = outgoing()
    publish, made = blog.parts()[1], Sent("7")
    looking = wire.get(f"{POSTS}/7", params__contains={"context": "edit"}).respond(json=DRAFT)
    assert await blog.find(publish, made) is None
    looking.respond(json=PUBLISHED)
    assert await blog.find(publish, made) == Sent("7", "https://blog.example/tea/why-tea/")


@pytest.mark.parametrize("said", ["<html>maintenance</html>", '{"code": "x"}', '"[]"', ""])
async def test_a_page_that_is_no_answer_is_never_taken_for_missing(wire: respx.MockRouter, said: str) -> None:
    blog = outgoing()
    wire.get(url__startswith=POSTS).respond(200, text=said)
    draft, publish = blog.parts()
    assert (await failure_of(blog.find(draft))).fault is PublishFault.UNSENT
    assert (await failure_of(blog.find(publish, Sent("7")))).fault is PublishFault.UNSENT


async def test_a_warning_before_the_answer_leaves_open_what_became_of_it(wire: respx.MockRouter) -> None:
    wire.post(POSTS).respond(200, text=f"<br /><b>Warning</b>: something\n{json.dumps(DRAFT)}")
    assert (await outgoing().failure()).fault is PublishFault.UNKNOWN


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (401, "rest_cannot_create", PublishFault.UNAUTHORIZED),
        (401, "incorrect_password", PublishFault.UNAUTHORIZED),
        (403, "rest_cannot_publish", PublishFault.UNAUTHORIZED),
        (400, "rest_invalid_param", PublishFault.REFUSED),
        (404, "rest_no_route", PublishFault.GONE),
        (500, "internal_server_error", PublishFault.UNKNOWN),
        (429, "too_many", PublishFault.THROTTLED),
    ],
)
async def test_what_wordpress_errors_mean(wire: respx.MockRouter, status: int, code: str, fault: PublishFault) -> None:
    body = {"code": code, "message": "Sorry, you aren&#8217;t allowed.", "data": {"status": status}}
    wire.post(POSTS).respond(status, json=body)
    failure = await outgoing().failure()
    assert failure.fault is fault
    if fault is not PublishFault.GONE:
        assert failure.reason == f"Sorry, you aren’t allowed. ({code})"


async def test_a_firewall_in_front_is_not_the_owners_fault(wire: respx.MockRouter) -> None:
    wire.post(POSTS).respond(403, text=FIREWALL)
    failure = await outgoing().failure()
    assert failure.fault is PublishFault.UNSENT
    assert "firewall" in failure.reason


async def test_a_site_that_has_no_api_any_more_is_gone(wire: respx.MockRouter) -> None:
    wire.post(POSTS).respond(404, text="<html>This domain is for sale</html>")
    assert (await outgoing().failure()).fault is PublishFault.GONE


async def test_a_draft_that_somebody_deleted_is_told(wire: respx.MockRouter) -> None:
    blog = outgoing()
    wire.post(f"{POSTS}/7").respond(404, json={"code": "rest_post_invalid_id", "message": "Invalid post ID."})
    failure = await blog.failure(blog.parts()[1], Sent("7"))
    assert failure.fault is PublishFault.REFUSED
    assert "deleted" in failure.reason


async def test_a_post_that_only_waits_for_review_is_not_called_published(wire: respx.MockRouter) -> None:
    blog = outgoing()
    wire.post(f"{POSTS}/7").respond(json={**DRAFT, "status": "pending"})
    failure = await blog.failure(blog.parts()[1], Sent("7"))
    assert failure.fault is PublishFault.UNAUTHORIZED
    assert "may not publish" in failure.reason


async def test_a_wait_is_told(wire: respx.MockRouter) -> None:
    wire.post(POSTS).respond(429, headers={"retry-after": "60"}, text="slow down")
    assert (await outgoing().failure()).retry_after == timedelta(minutes=1)


@pytest.mark.parametrize(
    "typed",
    [
        SITE,
        f" {SITE}/ ",
        "blog.example/tea",
        "https://BLOG.example/tea/",
        f"{SITE}/wp-admin/",
        f"{SITE}/wp-admin/edit.php?post_type=post",
        f"{SITE}/wp-json/wp/v2/posts",
        f"{SITE}/wp-login.php",
        f"{SITE}/#top",
    ],
)
async def test_a_site_is_taken_as_people_copy_it(wire: respx.MockRouter, typed: str) -> None:
    me = {"id": 3, "name": "Ann", "capabilities": {"publish_posts": True}}
    wire.get(ME, params__contains={"context": "edit"}).respond(json=me)
    found = await outgoing(typed).identify()
    assert found.settings == {"site": SITE}
    assert (found.name, found.external_id) == ("Ann · blog.example/tea", "blog.example/tea#3")


@pytest.mark.parametrize(
    "site", ["", "https://", "ftp://blog.example", "https://ann:pw@blog.example", "ann@blog.example", "http://["]
)
async def test_a_site_that_is_none_is_told_by_its_field(site: str) -> None:
    failure = await failure_of(outgoing(site).identify())
    assert failure.fault is PublishFault.UNFIT
    assert failure.details["field"] == "settings.site"


async def test_who_may_not_publish_cannot_be_connected(wire: respx.MockRouter) -> None:
    wire.get(ME).respond(json={"id": 3, "name": "Ann", "capabilities": {"edit_posts": True}})
    failure = await outgoing().refusal()
    assert failure.fault is PublishFault.UNAUTHORIZED
    assert "may not publish" in failure.reason


@pytest.mark.parametrize(("status", "body"), [(404, FIREWALL), (200, "<html>Welcome</html>"), (200, "[]")])
async def test_a_site_without_the_api_says_what_to_do(wire: respx.MockRouter, status: int, body: str) -> None:
    wire.get(ME).respond(status, text=body)
    failure = await outgoing().refusal()
    assert failure.fault is PublishFault.GONE
    assert "permalinks" in failure.reason


async def test_a_redirect_says_what_to_do(wire: respx.MockRouter) -> None:
    wire.get(ME).respond(301, headers={"location": "https://www.blog.example/"})
    failure = await outgoing().refusal()
    assert failure.fault is PublishFault.REFUSED
    assert "final address" in failure.reason


async def test_a_wrong_password_is_told_in_the_sites_words(wire: respx.MockRouter) -> None:
    wire.get(ME).respond(401, json={"code": "incorrect_password", "message": "The password is incorrect."})
    failure = await outgoing().refusal()
    assert (failure.fault, failure.reason) == (
        PublishFault.UNAUTHORIZED,
        "The password is incorrect. (incorrect_password)",
    )


@pytest.mark.parametrize("post", [POST, replace(POST, kind=ContentType.LINKEDIN_POST)])
def test_short_posts_do_not_fit(post: object) -> None:
    with pytest.raises(PublishFailed) as failed:
        outgoing().parts(post)  # type: ignore[arg-type]
    assert failed.value.fault is PublishFault.UNFIT
