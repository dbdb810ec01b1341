"""`python -m tests.simulation DAYS SEED PUBLICATIONS`: live through a year, or publish so many, and tell how it was."""

import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from dev.database import migrate, prepare_database
from dev.postgres import Postgres
from tests.databases import Database
from tests.simulation.publishing import Outcome, publish_much
from tests.simulation.year import Year, live_through
from tests.stack import World, open_world

NAME = "drumbeat_simulation"


@asynccontextmanager
async def new_world(**how: bool) -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory(prefix="drumbeat-") as folder:
        async with Postgres(Path(folder), durable=False) as server:
            await prepare_database(server.superuser_dsn(), NAME)
            await migrate(server.owner_dsn(NAME))
            async with open_world(Database(server, NAME), **how) as world:
                yield world


async def simulate_year(days: int, seed: int) -> Year:
    async with new_world(with_crons=False) as world:
        return await live_through(world, days, seed)


async def simulate_publishing(publications: int, seed: int) -> Outcome:
    async with new_world(settles=False) as world:
        return await publish_much(world, publications, seed)


def tell_year(year: Year) -> list[str]:
    months = year.days / 30
    lines = {
        "lots": year.lots,
        "runs": year.runs,
        "contents": year.contents,
        "objections": year.gates,
        "written by": year.models,
    }
    return [
        f"{year.days} days",
        *(
            f"  {what}: {', '.join(f'{name} {count}' for name, count in it.most_common())}"
            for what, it in lines.items()
        ),
        f"  cost: {year.cost / 1e6:.2f} USD, {year.cost / 1e6 / months:.2f} a month",
        f"  most alike of what may be published: {year.most_like} %",
        *(f"SLIPPED {it}" for it in year.slipped),
    ]


def tell_publishing(outcome: Outcome) -> list[str]:
    return [
        f"{outcome.publications} publications, {outcome.made} things to be seen at the platforms",
        *(
            f"  {platform}: {', '.join(f'{what} {count}' for what, count in counts.most_common())}"
            for platform, counts in sorted(outcome.by_platform.items())
        ),
        f"  met: {', '.join(f'{what} {count}' for what, count in outcome.troubles.most_common())}",
        f"  processes that died: {outcome.deaths}; known by its key or text and not made again: {outcome.repeats}",
        f"  people: {', '.join(f'{what} {count}' for what, count in outcome.people.most_common())}",
        f"  calls of one account at once: {outcome.most_in_flight}",
        f"  late: p50 {at_percent(outcome.late, 50)}, p99 {at_percent(outcome.late, 99)}",
        f"  wrong: {len(outcome.wrong)}",
        *(f"WRONG {it}" for it in outcome.wrong[:50]),
    ]


def at_percent(times: Sequence[timedelta], percent: int) -> timedelta:
    ordered = sorted(times) or [timedelta(0)]
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def main(days: str, seed: str, publications: str) -> int:
    logging.disable(logging.ERROR)  # what the product tells as it works
    began, drawn = perf_counter(), int(seed or 1)
    if publications:
        outcome = asyncio.run(simulate_publishing(int(publications), drawn))
        told, is_well = tell_publishing(outcome), not outcome.wrong
    else:
        year = asyncio.run(simulate_year(int(days or 365), drawn))
        told, is_well = tell_year(year), not year.slipped
    print(*told, f"  in {perf_counter() - began:.0f} s, seed {drawn}", sep="\n")
    return 0 if is_well else 1


if __name__ == "__main__":
    raise SystemExit(main(*[*sys.argv[1:], "", "", ""][:3]))
