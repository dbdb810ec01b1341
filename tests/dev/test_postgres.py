"""The server of `make dev` and of these tests: started as whoever we are, and never left behind."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from dev.database import migrate, prepare_database
from dev.postgres import Postgres, all_binaries, find_binaries
from dev.postgres.binaries import NoPostgres
from dev.postgres.server import PostgresFailed
from dev.postgres.user import settle_as_nobody

ROOT = Path(__file__).parent.parent.parent
# Who is started in the background ignores Ctrl-C, and so do its children.
CHILD = """
import signal, sys, time
from pathlib import Path
from dev.postgres import Postgres
signal.signal(signal.SIGINT, signal.default_int_handler)
with Postgres(Path(sys.argv[1]), durable=False):
    print((Path(sys.argv[1]) / "data" / "postmaster.pid").read_text().split()[0], flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket's path, and for us alone, as a home folder may be."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-") as path:
        yield Path(path) / "postgres"


async def ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_data_survives_a_restart(folder: Path) -> None:
    async with Postgres(folder) as server:
        await prepare_database(server.superuser_dsn(), "drumbeat")
        assert await migrate(server.owner_dsn("drumbeat")) != []
        first_port = server.port
    async with Postgres(folder, port=first_port) as server:
        assert server.port == first_port
        await prepare_database(server.superuser_dsn(), "drumbeat")
        assert await migrate(server.owner_dsn("drumbeat")) == []
        assert await ask(server.owner_dsn("drumbeat"), "select count(*) from app.plans") == 3
        assert await ask(server.superuser_dsn(), "show fsync") == "on"
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700


async def test_it_answers_on_loopback_and_by_socket_and_to_nobody_without_the_password(folder: Path) -> None:
    async with Postgres(folder, durable=False) as server:
        assert await ask(server.superuser_dsn(), "show listen_addresses") == "127.0.0.1"
        by_socket = f"postgresql://supabase_admin@/postgres?host={server.folder}&port={server.port}"
        assert await ask(by_socket, "select current_user") == "supabase_admin"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://supabase_admin:guess@127.0.0.1:{server.port}/postgres")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_no_process_is_left_when_we_are_killed_or_interrupted(folder: Path, end: signal.Signals) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    with child.stdout as output:
        postmaster = int(output.readline())
    os.killpg(child.pid, end)
    child.wait(30)
    deadline = time.monotonic() + 20
    while is_running(postmaster) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(postmaster)
    assert not (folder / "data" / "postmaster.pid").exists(), "it was shut down, not killed"


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_two_servers_on_one_folder_are_one_too_many(folder: Path) -> None:
    async with Postgres(folder, durable=False) as server:
        with pytest.raises(PostgresFailed, match="lock file"):
            await asyncio.to_thread(Postgres(folder).start)
        assert await ask(server.superuser_dsn(), "select 1") == 1


async def test_an_initdb_that_was_cut_short_is_done_again(folder: Path) -> None:
    (folder / "data.1234").mkdir(parents=True)
    (folder / "password").write_text("half")
    async with Postgres(folder, durable=False) as server:
        assert await ask(server.superuser_dsn(), "select 1") == 1


def test_a_failing_initdb_says_why(folder: Path) -> None:
    broken = replace(find_binaries(), folder=folder / "bin")
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "initdb").write_text("#!/bin/sh\necho no room left >&2; exit 1\n")
    (folder / "bin" / "initdb").chmod(0o755)
    with pytest.raises(PostgresFailed, match="no room left"):
        Postgres(folder, binaries=broken).start()


async def test_data_is_opened_by_the_version_that_wrote_it(folder: Path) -> None:
    versions = {found.major: found for found in all_binaries()}
    if len(versions) < 2:
        pytest.skip("only one version of Postgres is on this machine")
    other = next(found for major, found in versions.items() if major != find_binaries().major)
    async with Postgres(folder, durable=False, binaries=other):
        pass
    async with Postgres(folder, durable=False) as server:
        assert server.version == other.major


def test_a_version_that_is_not_there_is_named_with_what_was_tried() -> None:
    with pytest.raises(NoPostgres, match=r"Postgres 99 was not found: tried \$DRUMBEAT_POSTGRES_BIN, PATH"):
        find_binaries(99)


def test_the_variable_goes_before_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = all_binaries()[-1]
    monkeypatch.setenv("DRUMBEAT_POSTGRES_BIN", str(wanted.folder))
    all_binaries.cache_clear()
    try:
        assert find_binaries() == replace(wanted, source="$DRUMBEAT_POSTGRES_BIN")
    finally:
        all_binaries.cache_clear()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
async def test_root_without_user_namespaces_runs_it_as_nobody_and_says_where(folder: Path) -> None:
    said: list[str] = []
    folder.parent.chmod(0o700)
    server = Postgres(folder, durable=False, say=said.append, place=settle_as_nobody)
    try:
        async with server:
            assert await ask(server.superuser_dsn(), "select 1") == 1
            postmaster = (server.folder / "data" / "postmaster.pid").read_text().split()[0]
            assert os.stat(f"/proc/{postmaster}").st_uid == pwd.getpwnam("nobody").pw_uid
        assert any(str(server.folder) in line for line in said)
        async with Postgres(folder, durable=False, say=said.append, place=settle_as_nobody) as again:
            assert again.folder == server.folder
    finally:
        shutil.rmtree(server.folder.parent)
