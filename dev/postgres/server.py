"""One Postgres server, started and stopped with us."""

import asyncio
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

from dev.database import OWNER, create_database, drop_database
from dev.postgres.binaries import Binaries, find_binaries
from dev.postgres.user import Place, settle

SUPERUSER = "supabase_admin"  # as hosted
STARTING_SECONDS = 60
STOPPING_SECONDS = 30
LONGEST_SOCKET_PATH = 107 - len("/.s.PGSQL.65535")

# Runs the server and a watcher that asks it to stop (fast shutdown: SIGINT) as soon as our end of the pipe is closed,
# by us or by our death, whatever killed us.
WATCHED = """
exec 3<&0
"$@" </dev/null 3<&- & server=$!
(read -r _ <&3; kill -INT $server) 2>/dev/null & watcher=$!
exec 3<&-
wait $server; code=$?
kill $watcher 2>/dev/null
exit $code
"""


class PostgresFailed(RuntimeError):
    """The server or initdb did not do what was asked; the message ends with what it said."""


class Postgres:
    """A server with its data in `folder`, on a loopback port and a socket in that folder. Survives restarts.

    `port` 0: a free one. `durable` False trades safety in a crash for speed, for tests. Stops when we stop, also when
    we are killed.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        *,
        durable: bool = True,
        binaries: Binaries | None = None,
        say: Callable[[str], None] = print,
        place: Callable[[Path, Binaries, Callable[[str], None]], Place] = settle,
    ) -> None:
        self.port = port
        self._folder = folder
        self._durable = durable
        self._binaries = binaries
        self._say = say
        self._settle = place
        self._place: Place | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._password = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    def start(self) -> None:
        """Create the data if there is none, and return when connections are accepted. Raises PostgresFailed."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._place = self._settle(self._folder, self._binaries or self._binaries_for_data(), self._say)
        self._create_data()
        self._password = (self.folder / "password").read_text().strip()
        self.port = self.port or _free_port()
        self._launch()

    def stop(self) -> None:
        """Returns when no process is left."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            if state := self._state():
                subprocess.run(["kill", "-QUIT", state[0]], check=False)
            process.wait(STOPPING_SECONDS)

    @property
    def folder(self) -> Path:
        """Where the data really is."""
        return self._placed.folder

    @property
    def version(self) -> int:
        return self._placed.binaries.major

    def dsn(self, database: str, role: str = SUPERUSER) -> str:
        """For the superuser, `drumbeat_owner`, `authenticator` or `supabase_auth_admin`."""
        return f"postgresql://{role}:{quote(self._password)}@127.0.0.1:{self.port}/{database}"

    def superuser_dsn(self, database: str = "postgres") -> str:
        return self.dsn(database)

    def owner_dsn(self, database: str) -> str:
        """Who migrations run as."""
        return self.dsn(database, OWNER)

    def authenticator_dsn(self, database: str) -> str:
        """Who the gateway connects as."""
        return self.dsn(database, "authenticator")

    def auth_dsn(self, database: str) -> str:
        """Who owns schema `auth`."""
        return self.dsn(database, "supabase_auth_admin")

    async def create_database(self, name: str, template: str | None = None) -> None:
        await create_database(self.superuser_dsn(), name, template)

    async def drop_database(self, name: str) -> None:
        await drop_database(self.superuser_dsn(), name)

    @property
    def _placed(self) -> Place:
        if self._place is None:
            raise PostgresFailed("Postgres has not been started")
        return self._place

    def _binaries_for_data(self) -> Binaries:
        """Data is only readable by the version that wrote it."""
        with suppress(FileNotFoundError):
            return find_binaries(int((self._folder / "data" / "PG_VERSION").read_text()))
        return find_binaries()

    def _create_data(self) -> None:
        data = self.folder / "data"
        if data.exists():
            return
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        self._placed.own(password)
        # Made under another name first: an initdb that was cut short is not mistaken for data.
        half = self.folder / f"data.{secrets.token_hex(4)}"
        self._run(
            "initdb", "--no-sync", f"--pgdata={half}", f"--username={SUPERUSER}", f"--pwfile={password}",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C",
        )  # fmt: skip
        half.rename(data)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            self._placed.command(program, *arguments),
            capture_output=True,
            text=True,
            user=self._placed.user,
            cwd=self.folder,
        )
        if done.returncode:
            raise PostgresFailed(f"{program} failed: {done.stderr.strip()[-2000:]}")

    def _launch(self) -> None:
        before = self._state()
        log = self.folder / "log"
        log.touch(mode=0o600)
        self._placed.own(log)
        settings = {**self._settings(), **({} if self._durable else FORGETFUL)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = self._placed.command("postgres", "-D", str(self.folder / "data"), *options)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", WATCHED, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                user=self._placed.user,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for us: we stop it after those who use it
            )
        self._wait_until_ready(before, log)

    def _wait_until_ready(self, before: list[str] | None, log: Path) -> None:
        assert self._process is not None  # noqa: S101
        deadline = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < deadline:
            state = self._state()
            if state != before and state and len(state) > 7 and state[7].strip() == "ready":
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise PostgresFailed(f"Postgres did not start: {log.read_text(errors='replace').strip()[-2000:]}")

    def _state(self) -> list[str] | None:
        """The lines of postmaster.pid: the process, …, eighth the status."""
        try:
            return (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None

    def _settings(self) -> dict[str, str]:
        sockets = str(self.folder) if len(str(self.folder)) <= LONGEST_SOCKET_PATH else ""
        return {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": sockets,
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "shared_buffers": "32MB",
            "max_connections": "100",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "jit": "off",
        }


FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
