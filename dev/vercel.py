"""`python -m dev.vercel hobby|pro`: writes vercel.json for one of Vercel's plans.

Vercel reads no other file, and its Hobby plan refuses a whole deployment for one cron that runs more than once a day,
from Git often without a visible word (vercel/vercel#10894). The product stays on time either way: the sweep that counts
is the QStash schedule of `make crons`; Vercel's cron is the second net.
"""

import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "vercel.json"
# Path → schedule in UTC. Hobby starts a cron at any minute of its hour, so only the hour is ours to choose.
CRONS = {
    "pro": {"/api/cron/check-schedules": "0 * * * *"},
    "hobby": {"/api/cron/check-schedules": "0 3 * * *"},
}


def main(arguments: list[str]) -> str:
    match arguments:
        case [plan] if plan in CRONS:
            FILE.write_text(written_for(plan, json.loads(FILE.read_text())))
            return (
                f"vercel.json is now for Vercel's {plan.title()} plan: {crons_in_words(plan)}. Commit it to deploy it."
            )
        case _:
            return f"usage: python -m dev.vercel {'|'.join(CRONS)}"


def written_for(plan: str, config: dict[str, Any]) -> str:
    """The text of vercel.json with that plan's crons and everything else as it is."""
    crons = [{"path": path, "schedule": schedule} for path, schedule in CRONS[plan].items()]
    return json.dumps({**config, "crons": crons}, indent=2, ensure_ascii=False) + "\n"


def crons_in_words(plan: str) -> str:
    return ", ".join(f"{path} at '{schedule}' UTC" for path, schedule in CRONS[plan].items())


if __name__ == "__main__":
    print(main(sys.argv[1:]))
