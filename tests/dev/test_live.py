"""`make dev`: an address, a first occurrence within seconds, and nothing left behind."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from dev.live import PORTS, choose_port
from dev.serving import listen

ROOT = Path(__file__).parents[2]
FREE = {variable: "0" for variable, _ in PORTS.values()}
# From the address on; the machine that runs the tests may be busy.
PATIENCE_SECONDS = 60


class Live:
    """A running `python -m dev`, and what it has said."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.said = ""

    async def until(self, pattern: str) -> re.Match[str]:
        """The first match in what is said from now on or was said before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (found := re.search(pattern, self.said)) is None:
                assert self.process.stdout is not None
                line = await self.process.stdout.readline()
                assert line, f"it ended: {self.said}"
                self.said += line.decode()
        return found

    async def stop(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        assert self.process.stdout is not None
        self.said += (await self.process.stdout.read()).decode()
        return await self.process.wait()


@asynccontextmanager
async def live(data: Path, **variables: str) -> AsyncIterator[Live]:
    environment = {**os.environ, **FREE, "DRUMBEAT_DATA": str(data), "DRUMBEAT_ENV": os.devnull, **variables}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "dev", cwd=ROOT, env=environment, stdout=PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield Live(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def processes_using(folder: Path) -> list[str]:
    """Command lines that mention the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


@pytest.mark.timeout(180)
async def test_a_first_occurrence_comes_within_seconds_and_everything_survives_a_restart(tmp_path: Path) -> None:
    async with live(tmp_path) as first:
        address = (await first.until(r"Drumbeat is at (\S+)"))[1]
        email, password = (await first.until(r"sign in +(\S+@\S+) +(\S+)")).groups()
        async with httpx.AsyncClient(base_url=address, timeout=30) as http:
            assert (await http.get("/api/openapi.json")).is_success
        await first.until(r"Hourly note +succeeded .* words, \$0\.\d+ .*next")
        await first.until(r"Hourly note +published +mastodon @demo\S+ +http\S+/@demo/\d+")
        await first.until(r"Hourly note +published +webhook")
        assert await first.stop(signal.SIGINT) == 0
    assert processes_using(tmp_path) == []
    async with live(tmp_path) as second:
        again = (await second.until(r"sign in +(\S+@\S+) +(\S+)")).groups()
        assert again == (email, password)
        gateway, wall = [(await second.until(rf"{it} +(\S+)"))[1] for it in ("Supabase", "platforms")]
        async with httpx.AsyncClient(timeout=30) as http:
            accounts = (await http.get(f"{wall}/_dev/accounts", params={"name": "demo"})).text
        assert "<td>server" in accounts
        assert gateway.startswith("http://127.0.0.1:")
        assert await second.stop(signal.SIGTERM) == 0
    assert processes_using(tmp_path) == []
    assert "Traceback" not in first.said + second.said


@pytest.mark.timeout(180)
async def test_ctrl_c_while_it_starts_leaves_nothing_running(tmp_path: Path) -> None:
    async with live(tmp_path) as starting:
        while not (tmp_path / "postgres").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert await starting.stop(signal.SIGINT) in (0, 130)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while processes_using(tmp_path):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert "Traceback" not in starting.said


async def test_a_port_that_was_asked_for_and_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with listen() as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        async with live(tmp_path, PORT=port) as refused:
            assert await refused.process.wait() == 1
            assert refused.process.stdout is not None
            said = (await refused.process.stdout.read()).decode()
    assert port in said
    assert "Traceback" not in said
    assert processes_using(tmp_path) == []


def test_a_usual_port_in_use_gives_way_to_a_free_one_and_a_wanted_one_never() -> None:
    with listen() as taken:
        taken.listen()
        port = taken.getsockname()[1]
        assert choose_port(None, usual=port) == 0
        assert choose_port(str(port), usual=8000) == port
    assert choose_port(None, usual=port) == port
