"""How a person connects an account at a stand-in, through the product's own doors."""

from typing import Any

import httpx

from dev.person import Person
from dev.stack import Stack


async def connect(stack: Stack, person: Person, platform: str, name: str) -> dict[str, Any]:
    """The account, as the product tells of it; connected anew if it was before. Raises Refused."""
    if platform == stack.platforms.x.platform:
        return await connect_x(stack, person, name)
    wish = stack.platforms.new_account(platform, name)
    account: dict[str, Any] = (await person.post("/api/account/connect", **wish))["account"]
    return account


async def connect_x(stack: Stack, person: Person, name: str) -> dict[str, Any]:
    """By OAuth: begin here → X's page, where `name` is signed in and agrees → back here. Raises Refused."""
    user = stack.platforms.x.holder(name)
    begun = await person.post("/api/account/begin", platform="x")
    async with httpx.AsyncClient(cookies={"user": name}, timeout=30) as at_x:
        agreed = await at_x.get(begun["url"])
    back = await person.visit(agreed.headers["location"])
    found = [
        account
        for account in (await person.get("/api/accounts"))["accounts"]
        if account["platform"] == "x" and account["externalId"] == user.id and account["status"] == "active"
    ]
    if not found:
        raise RuntimeError(f"{name} was not connected: {back}")
    account: dict[str, Any] = found[-1]
    return account
