"""How late an account's posts are while another account hangs: beside the same posts when nobody does.

All are due at the same instant; lateness is real time, which the stack's virtual time does not count. With one queue
for all accounts, the ratio would be that of a platform's timeout to a post.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import quantiles
from time import perf_counter

from benchmarks import Row
from benchmarks.databases import NOW, migrated_database
from dev.clock import VirtualClock
from dev.person import Person, signed_in
from dev.platforms.connecting import connect
from dev.platforms.script import Failing, Fault
from dev.stack import Stack, open_stack
from lib.services import Services

ACCOUNTS, POSTS = 20, 5  # of each account
ROUNDS = 3
GOAL = 1.25
HANGING = "hanging"


def run() -> list[Row]:
    logging.disable(logging.ERROR)
    return asyncio.run(measure())


async def measure() -> list[Row]:
    quiet, disturbed = list[float](), list[float]()
    async with (
        migrated_database() as database,
        open_stack(clock=VirtualClock(NOW), database=database, with_crons=False) as stack,
        signed_in(stack, "bench@example.com", "a long password") as person,
    ):
        accounts = [str((await connect(stack, person, "mastodon", f"bench{it}"))["id"]) for it in range(ACCOUNTS)]
        hanging = str((await connect(stack, person, "discord", HANGING))["id"])
        await subscribe(stack, person)
        schedule = await make_schedule(person)
        for round_ in range(2 * ROUNDS):
            contents, at = await write(person, schedule), stack.clock.now() + timedelta(hours=1)
            hangs = round_ % 2 == 1
            if hangs:
                stack.platforms.discord.script.fail(*[Fault(Failing.HANG)] * POSTS, account=HANGING)
                await publish(person, contents, [hanging], at)
            await publish(person, contents, accounts, at)
            late = await lateness(stack, at)
            (disturbed if hangs else quiet).extend(late)
            await stack.advance(timedelta(hours=1))
    ours, alone = p99(disturbed), p99(quiet)
    return [
        Row(
            what=f"lateness of {ACCOUNTS * POSTS} posts while another account hangs, p99",
            ours=f"{ours:.2f} s",
            theirs=f"nobody hangs {alone:.2f} s",
            ratio=ours / alone,
            goal=f"<= {GOAL}",
            met=ours / alone <= GOAL,
        )
    ]


async def subscribe(stack: Stack, person: Person) -> None:
    """To a plan that does not get in the way."""
    (workspace,) = (await person.get("/api/workspaces"))["workspaces"]
    services: Services = stack.app.state.services
    await services.store.set_subscription(
        workspace_id=workspace["id"], plan="team", status="active", period_end=None, now=stack.clock.now()
    )


async def make_schedule(person: Person) -> str:
    """A schedule that never fires by itself; what a person asks of it goes out all the same."""
    wish = {"name": "Tea", "contentType": "x_post", "frequency": "daily", "timeOfDay": "09:00", "timezone": "UTC"}
    made = (await person.post("/api/schedule/create", **wish))["schedule"]["id"]
    await person.post("/api/schedule/pause", scheduleId=made)
    return str(made)


async def write(person: Person, schedule: str) -> list[str]:
    ran = await person.post("/api/schedule/run", scheduleId=schedule, count=POSTS)
    return [content["id"] for content in ran["run"]["contents"]]


async def publish(person: Person, contents: Sequence[str], accounts: Sequence[str], at: datetime) -> None:
    for content in contents:
        await person.post(
            "/api/publication/create", contentId=content, accountIds=list(accounts), publishAt=at.isoformat()
        )


async def lateness(stack: Stack, at: datetime) -> list[float]:
    """Of each in seconds; when all are out, nobody hangs any more."""
    made = stack.platforms.mastodon.made
    known, late = len(made), list[float]()
    await stack.advance(at - stack.clock.now() - timedelta(microseconds=1))
    began = perf_counter()
    delivering = asyncio.create_task(stack.advance(timedelta(minutes=1)))
    while len(late) < ACCOUNTS * POSTS:
        await asyncio.sleep(0.002)
        late += [perf_counter() - began] * (len(made) - known - len(late))
    stack.platforms.discord.release()
    await delivering
    return late


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]
