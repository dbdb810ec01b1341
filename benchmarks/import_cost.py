"""How much longer a cold start imports than an empty FastAPI app would.

CPU time in fresh processes, the two taking turns, medians: an import waits for nothing, and what else the machine does
should not count. In a developer's environment httpx also imports its command
line (click, rich, pygments); a deployment has none of these, and httpx is not imported at the start in either.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import Row

ROOT = Path(__file__).parents[1]
OURS, BARE = "import api.index", "import fastapi"
GOAL = 1.5
# Each is loaded by the call that needs it; together they cost more than everything else.
NOT_AT_START = (
    "anthropic",
    "cryptography",
    "dateutil",
    "httpx",
    "httpx2",
    "jwt",
    "postgrest",
    "supabase",
    "upstash_redis",
)


def run() -> list[Row]:
    loaded = heavy_modules_loaded()
    if loaded:
        raise AssertionError(f"loaded before they are needed: {', '.join(loaded)}")
    with tempfile.TemporaryDirectory() as empty:
        # Vercel deploys no byte code and allows none to be written: every cold start compiles what it imports.
        uncompiled = {"PYTHONPYCACHEPREFIX": empty, "PYTHONDONTWRITEBYTECODE": "1"}
        return [
            compared("cold import of api.index", {}, times=15, goal=GOAL),
            compared("  without byte code, as on Vercel", uncompiled, times=5),
        ]


def compared(what: str, environment: dict[str, str], times: int, goal: float | None = None) -> Row:
    seconds(OURS, environment), seconds(BARE, environment)  # warms the disk's cache
    pairs = [(seconds(OURS, environment), seconds(BARE, environment)) for _ in range(times)]
    ours, bare = (median(column) * 1000 for column in zip(*pairs, strict=True))
    row = Row(what, f"{ours:.0f} ms", f"bare import fastapi {bare:.0f} ms", ours / bare)
    return row if goal is None else Row(row.what, row.ours, row.theirs, row.ratio, f"≤ {goal}", row.ratio <= goal)


def seconds(statement: str, environment: dict[str, str]) -> float:
    program = f"import time; began = time.process_time(); {statement}; print(time.process_time() - began)"
    return float(fresh(program, environment))


def heavy_modules_loaded() -> list[str]:
    """Which of NOT_AT_START are there after `import api.index`."""
    program = f"{OURS}; import sys; print(*sorted(set({NOT_AT_START!r}) & set(sys.modules)))"
    return fresh(program, {}).split()


def fresh(program: str, environment: dict[str, str]) -> str:
    """What a new interpreter prints, in the project's root and with none of this process's variables."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
