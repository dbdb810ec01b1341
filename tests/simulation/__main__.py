"""`python -m tests.simulation DAYS SEED`: live through a year, and tell how it was."""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from dev.database import migrate, prepare_database
from dev.postgres import Postgres
from tests.databases import Database
from tests.simulation.year import Year, live_through
from tests.stack import open_world

NAME = "drumbeat_simulation"


async def simulate(days: int, seed: int) -> Year:
    with tempfile.TemporaryDirectory(prefix="drumbeat-") as folder:
        async with Postgres(Path(folder), durable=False) as server:
            await prepare_database(server.superuser_dsn(), NAME)
            await migrate(server.owner_dsn(NAME))
            async with open_world(Database(server, NAME), with_crons=False) as world:
                return await live_through(world, days, seed)


def tell(year: Year, seed: int, seconds: float) -> str:
    months = year.days / 30
    lines = {
        "lots": year.lots,
        "runs": year.runs,
        "contents": year.contents,
        "objections": year.gates,
        "written by": year.models,
    }
    return "\n".join(
        [
            f"{year.days} days in {seconds:.0f} s, seed {seed}",
            *(
                f"  {what}: {', '.join(f'{name} {count}' for name, count in it.most_common())}"
                for what, it in lines.items()
            ),
            f"  cost: {year.cost / 1e6:.2f} USD, {year.cost / 1e6 / months:.2f} a month",
            f"  most alike of what may be published: {year.most_like} %",
            *(f"SLIPPED {it}" for it in year.slipped),
        ]
    )


def main(arguments: list[str]) -> int:
    days, seed = (int(given) if given else usual for given, usual in zip(arguments, (365, 1), strict=True))
    logging.disable(logging.ERROR)  # what the product tells as it works
    began = perf_counter()
    year = asyncio.run(simulate(days, seed))
    print(tell(year, seed, perf_counter() - began))
    return 1 if year.slipped else 0


if __name__ == "__main__":
    raise SystemExit(main([*sys.argv[1:], "", ""][:2]))
