"""`python -m benchmarks [name …]`: runs the measurements one after the other and prints one table."""

import logging
import sys
from importlib import import_module

from benchmarks import Row

ORDER = ("import_cost", "cold_webhook", "recurrence", "claims", "webhook", "sweep", "router", "similarity", "isolation")
COLUMNS = ("", "ours", "against", "ratio", "goal")


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(ORDER))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(ORDER)}")
        return 2
    logging.disable(logging.INFO)  # what the product tells as it works
    rows: list[Row] = []
    for name in names or ORDER:
        print(f"{name} …", file=sys.stderr)
        rows += import_module(f"benchmarks.{name}").run()
    print(table([COLUMNS, *(cells(row) for row in rows)]))
    return 0


def cells(row: Row) -> tuple[str, ...]:
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return row.what, row.ours, row.theirs, f"{row.ratio:.2f}", f"{row.goal} {verdict}".strip()


def table(lines: list[tuple[str, ...]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
