"""WordPress's REST API (developer.wordpress.org/rest-api/reference/posts) with application passwords.

Each account is a site of its own, at /<name>. Only published posts are to be seen; a draft's slug may be another's too,
and becomes its own (`-2`, `-3` …) when it is published, as in `wp_unique_post_slug`.
"""

import base64
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.platforms.script import Doing
from dev.platforms.stand_in import Holder, StandIn
from dev.platforms.wire import Refusal, fingerprint, form_of, media_type

STATUSES = ("publish", "future", "draft", "pending", "private")
UNIQUE = ("publish", "future", "private")
EDITOR = "editor"


@dataclass
class Article:
    id: int
    status: str
    slug: str
    title: str
    content: str
    excerpt: str
    at: datetime
    fields: dict[str, Any] = field(default_factory=dict)


class WordPress(StandIn):
    """`articles` of each site by id, drafts among them."""

    name = "wordpress"

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.articles: dict[str, dict[int, Article]] = defaultdict(dict)

    def routes(self) -> list[Route]:
        posts = "/{site}/wp-json/wp/v2/posts"
        return [
            Route("/{site}/wp-json", self._index, methods=["GET"]),
            Route("/{site}/wp-json/", self._index, methods=["GET"]),
            Route("/{site}/wp-json/wp/v2/users/me", self._me, methods=["GET"]),
            Route(posts, self._list, methods=["GET"]),
            Route(posts, self._create, methods=["POST"]),
            Route(posts + "/{id:int}", self._one, methods=["GET"]),
            Route(posts + "/{id:int}", self._change, methods=["POST", "PUT", "PATCH"]),
        ]

    def connecting(self, holder: Holder) -> Mapping[str, Mapping[str, str]]:
        secret = self.new_secret(holder.name)[:24]
        holder.keys.add(secret)
        shown = " ".join(secret[at : at + 4] for at in range(0, 24, 4))  # as WordPress shows them
        return {"credentials": {"username": EDITOR, "password": shown}, "settings": {"site": self._site(holder)}}

    async def _create(self, request: Request) -> Response:
        holder = self._author(request, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user.")
        fields = await _fields(request)
        return await self.answer(request, holder, Doing.MAKE, lambda: self._make(holder, fields))

    def _make(self, holder: Holder, fields: Mapping[str, Any]) -> Response:
        _check(fields)
        title, content, excerpt = (_raw(fields.get(name)) for name in ("title", "content", "excerpt"))
        if not (title or content or excerpt):
            raise Refusal(400, "Content, title, and excerpt are empty.", "empty_content")
        article = Article(
            id=int(self.new_id()) % 10**9,
            status="draft",
            slug=_slug(fields.get("slug") or ""),
            title=title,
            content=content,
            excerpt=excerpt,
            at=self.clock.now(),
        )
        self.articles[holder.name][article.id] = article
        self._update(holder, article, fields)
        return JSONResponse(self._shown(holder, article), 201)

    async def _change(self, request: Request) -> Response:
        holder = self._author(request, "rest_cannot_edit", "Sorry, you are not allowed to edit this post.")
        fields = await _fields(request)

        def change() -> Response:
            article = self._find(holder, request.path_params["id"])
            _check(fields)
            self._update(holder, article, fields)
            return JSONResponse(self._shown(holder, article))

        return await self.answer(request, holder, Doing.MAKE, change)

    def _update(self, holder: Holder, article: Article, fields: Mapping[str, Any]) -> None:
        was = article.status
        article.status = fields.get("status", article.status)
        for name in ("title", "content", "excerpt"):
            if name in fields:
                setattr(article, name, _raw(fields[name]))
        wanted = _slug(fields.get("slug") or article.slug)
        article.fields |= {name: fields[name] for name in ("date_gmt", "categories", "tags", "meta") if name in fields}
        if article.status in UNIQUE:
            wanted = wanted or _slug(article.title) or str(article.id)
            article.slug = self._free_slug(holder, article, wanted)
        else:
            article.slug = wanted
        if article.status == "publish" and was != "publish":
            same = {fingerprint("slug", wanted), fingerprint(article.title, article.content)}
            url = f"{self._site(holder)}/{article.slug}/"
            said = f"{article.title}\n{article.content}"
            self.keep(holder, said, *same, external_id=str(article.id), url=url)

    def _free_slug(self, holder: Holder, article: Article, wanted: str) -> str:
        others = self.articles[holder.name].values()
        taken = {it.slug for it in others if it.id != article.id and it.status in UNIQUE}
        free, number = wanted, 2
        while free in taken:
            free, number = f"{wanted}-{number}", number + 1
        return free

    async def _one(self, request: Request) -> Response:
        holder = self._author(request, "rest_forbidden", "Sorry, you are not allowed to do that.")
        return await self.answer(
            request,
            holder,
            Doing.READ,
            lambda: JSONResponse(self._shown(holder, self._find(holder, request.path_params["id"]))),
        )

    async def _list(self, request: Request) -> Response:
        holder = self._author(request, "rest_forbidden_context", "Sorry, you are not allowed to edit posts.")
        query = request.query_params
        wanted = query.get("status", "publish").split(",")
        if unknown := set(wanted) - {*STATUSES, "any"}:
            raise _invalid("status", f"status[0] is not one of {', '.join(STATUSES)}, any: {unknown}")
        slugs = query["slug"].split(",") if "slug" in query else None

        def tell() -> Response:
            found = [
                it
                for it in self.articles[holder.name].values()
                if ("any" in wanted or it.status in wanted) and (slugs is None or it.slug in slugs)
            ]
            shown = [self._shown(holder, it) for it in reversed(found)][: int(query.get("per_page", 10))]
            return JSONResponse(shown, headers={"X-WP-Total": str(len(found)), "X-WP-TotalPages": "1"})

        return await self.answer(request, holder, Doing.READ, tell)

    async def _me(self, request: Request) -> Response:
        holder = self._author(request, "rest_not_logged_in", "You are not currently logged in.")
        me = {"id": 1, "name": EDITOR, "slug": EDITOR, "url": self._site(holder), "link": self._site(holder)}
        if request.query_params.get("context") == "edit":
            me |= {"roles": ["editor"], "capabilities": {"edit_posts": True, "publish_posts": True}}
        return await self.answer(request, holder, Doing.READ, lambda: JSONResponse(me))

    async def _index(self, request: Request) -> Response:
        holder = self._site_holder(request)
        passwords = {"authorization": f"{self._site(holder)}/wp-admin/authorize-application.php"}
        return JSONResponse(
            {
                "name": holder.name.title(),
                "url": self._site(holder),
                "home": self._site(holder),
                "namespaces": ["wp/v2"],
                "authentication": {"application-passwords": {"endpoints": passwords}},
            }
        )

    def _site(self, holder: Holder) -> str:
        return f"{self.url}/{holder.name}"

    def _site_holder(self, request: Request) -> Holder:
        holder = self.holders.get(request.path_params["site"])
        if holder is None:
            raise Refusal(404, "There is no such site here.", "")
        return self.present(holder)

    def _author(self, request: Request, code: str, message: str) -> Holder:
        """Who the application password is of; spaces in it do not count. Raises Refusal."""
        holder = self._site_holder(request)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise Refusal(401, message, code)
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError as exc:
            raise Refusal(401, message, code) from exc
        if user != EDITOR:
            raise Refusal(401, "Unknown username. Check again or try your email address.", "invalid_username")
        if re.sub(r"[^a-zA-Z0-9]", "", password) not in holder.keys:
            raise self.unauthorized()
        return holder

    def _find(self, holder: Holder, article_id: int) -> Article:
        if article_id not in self.articles[holder.name]:
            raise Refusal(404, "Invalid post ID.", "rest_post_invalid_id")
        return self.articles[holder.name][article_id]

    def _shown(self, holder: Holder, article: Article) -> dict[str, Any]:
        is_out = article.status in UNIQUE
        site = self._site(holder)
        return {
            "id": article.id,
            "date_gmt": article.at.strftime("%Y-%m-%dT%H:%M:%S"),
            "slug": article.slug,
            "status": article.status,
            "type": "post",
            "link": f"{site}/{article.slug}/" if is_out else f"{site}/?p={article.id}",
            "title": {"raw": article.title, "rendered": article.title},
            "content": {"raw": article.content, "rendered": article.content, "protected": False},
            "excerpt": {"raw": article.excerpt, "rendered": article.excerpt, "protected": False},
            **article.fields,
        }

    def complain(self, refusal: Refusal) -> Response:
        code = refusal.code or ("rest_no_route" if refusal.status == 404 else "internal_server_error")
        data = {"status": refusal.status, **refusal.more}
        return JSONResponse({"code": code, "message": refusal.message, "data": data}, refusal.status)

    def unauthorized(self) -> Refusal:
        return Refusal(401, "The provided password is an invalid application password.", "incorrect_password")

    def gone(self) -> Refusal:
        return Refusal(404, "There is no such site here.", "")

    def throttled(self, retry_after: timedelta) -> Refusal:
        """Core has no limits; what stands before it has."""
        headers = {"Retry-After": str(-(-retry_after // timedelta(seconds=1)))}
        return Refusal(429, "Too many requests.", "rest_too_many_requests", headers=headers)


async def _fields(request: Request) -> Mapping[str, Any]:
    if media_type(request) == "application/json":
        try:
            given = json.loads(await request.body())
        except ValueError as exc:
            raise Refusal(400, "Invalid JSON body passed.", "rest_invalid_json") from exc
        return given if isinstance(given, dict) else {}
    if media_type(request) == "application/x-www-form-urlencoded":
        return await form_of(request)
    return {}


def _check(fields: Mapping[str, Any]) -> None:
    status = fields.get("status")
    if status is not None and status not in STATUSES:
        raise _invalid("status", f"status is not one of {', '.join(STATUSES)}.")
    for name in ("categories", "tags"):
        if name in fields and not all(isinstance(it, int) for it in fields[name]):
            raise _invalid(name, f"{name}[0] is not of type integer.")
    for name in ("title", "content", "excerpt"):
        if name in fields and not isinstance(fields[name], str | dict):
            raise _invalid(name, f"{name} is not of type object.")
    if "slug" in fields and not isinstance(fields["slug"], str):
        raise _invalid("slug", "slug is not of type string.")


def _raw(value: Any) -> str:
    return str(value.get("raw", "")) if isinstance(value, dict) else str(value or "")


def _slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.lower(), flags=re.UNICODE).strip("-")[:200]


def _invalid(name: str, message: str) -> Refusal:
    return Refusal(400, f"Invalid parameter(s): {name}", "rest_invalid_param", params={name: message})
