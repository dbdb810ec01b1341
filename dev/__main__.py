"""`python -m dev` (make dev) and `python -m dev demo` (make demo)."""

import asyncio
import signal
import sys
from collections.abc import Coroutine

from dev.postgres.binaries import NoPostgres
from dev.postgres.server import PostgresFailed
from dev.real_services import Misconfigured
from dev.serving import PortInUse

INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """The process's exit code."""
    match arguments:
        case []:
            from dev.live import run_live

            work = run_live()
        case ["demo"]:
            from dev.demo import run_demo

            work = run_demo()
        case _:
            print("usage: python -m dev [demo]", file=sys.stderr)
            return 2
    try:
        return asyncio.run(until_stopped(work))
    except (Misconfigured, NoPostgres, PostgresFailed, OSError) as exc:
        ports = "; PORT=3000 and the like choose others" if isinstance(exc, PortInUse) else ""
        print(f"Drumbeat could not start: {exc}{ports}", file=sys.stderr)
        return 1


async def until_stopped(work: Coroutine[None, None, int]) -> int:
    """Ctrl-C and SIGTERM cancel the work, which then puts everything away."""
    task = asyncio.ensure_future(work)
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
