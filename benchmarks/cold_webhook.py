"""How long a cold webhook takes from its process's start to the model's request, and when to load the model's package.

A fresh process each time: interpreter, imports, signature, claim, recall, breakers, prompt. Every round trip to the
database takes 5 ms longer than loopback. The package takes a second to import; ours does that in a thread, beside the
claim, so that what the claim waits for is not lost. The others load it when the claim has answered, and at the start,
as `import anthropic` on the first line would.
"""

import asyncio
import json
import sys
from statistics import median

import asyncpg

from benchmarks import Row
from benchmarks.cold_delivery import LOADS
from benchmarks.databases import migrated_database
from benchmarks.webhook import PATH, due_schedules, signed
from dev.clock import RealClock
from dev.stack import Stack, open_stack
from lib.clock import utc_now

ROUNDS = 7


def run() -> list[Row]:
    return asyncio.run(measure())


async def measure() -> list[Row]:
    seconds: dict[str, list[float]] = {loads: [] for loads in LOADS}
    async with migrated_database() as database:
        owner = await asyncpg.connect(database.owner)
        async with open_stack(clock=RealClock(), database=database, with_crons=False) as stack:
            environment = {**stack.settings_env(), "LOG_LEVEL": "ERROR", "ARMING_HORIZON": "P6D"}
            due = iter([*await due_schedules(owner), *await due_schedules(owner)])
            for round_ in range(ROUNDS + 1):
                for loads in LOADS:
                    body, headers = signed(*next(due), environment)
                    took = await deliver_cold(loads, body, headers, environment, stack)
                    if round_:  # the first one warms the disk's cache
                        seconds[loads].append(took)
        await owner.close()
    ours, *others = (median(seconds[loads]) * 1000 for loads in LOADS)
    return [
        Row("cold webhook to the model's request", f"{ours:.0f} ms", f"loaded {loads} {theirs:.0f} ms", ours / theirs)
        for loads, theirs in zip(LOADS[1:], others, strict=True)
    ]


async def deliver_cold(
    loads: str, body: bytes, headers: dict[str, str], environment: dict[str, str], stack: Stack
) -> float:
    """Seconds from the start of the process until the model was asked."""
    calls = stack.models.anthropic.script.calls
    before, began_at = len(calls), utc_now()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.cold_delivery", loads, env=environment, stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(json.dumps({"path": PATH, "body": body.decode(), "headers": headers}).encode())
    if process.returncode or len(calls) != before + 1:
        raise AssertionError(f"the delivery failed; the model was asked {len(calls) - before} times")
    return (calls[-1].at - began_at).total_seconds()
