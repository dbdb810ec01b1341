"""Anthropic's package takes more than a second to import: nobody pays for it who does not write, and nobody waits."""

import subprocess
import sys


def run_alone(program: str) -> str:
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.strip()


def test_the_package_is_not_loaded_before_it_is_used() -> None:
    program = """
import sys
from lib.adapters.models.configured import Models
from lib.services import Services
from lib.settings import Settings
import lib.pipeline.generate
keys = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k", "GEMINI_API_KEY": "k"}
models = Services(Settings.from_environment(keys), lambda: None).models
[models[model] for model in models.known()]
print(sorted({"anthropic", "httpx2", "httpx"} & sys.modules.keys()))
"""
    assert run_alone(program) == "[]"


def test_the_event_loop_goes_on_while_the_first_call_loads_the_package() -> None:
    program = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from lib.adapters.models import Turn, WritingRequest
from lib.adapters.models.anthropic import Claude
from lib.errors import ModelFailed

async def main():
    writer = Claude(api_key="k", base_url="http://127.0.0.1:1", name="m")
    schema = {"type": "object", "properties": {}}
    at = datetime(2026, 11, 21, tzinfo=UTC)
    request = WritingRequest("s", (Turn("user", "u"),), schema, 10, "low", at)
    writing = asyncio.create_task(writer.write(request, within=timedelta(seconds=50)))
    while "anthropic" not in sys.modules and not writing.done():
        await asyncio.sleep(0)
    ticks = 0
    while not writing.done():
        await asyncio.sleep(0.005)
        ticks += 1
    try:
        await writing
    except ModelFailed as failed:
        print(ticks if failed.fault == "transient" else failed)
    await writer.close()

asyncio.run(main())
"""
    assert int(run_alone(program)) > 5


def test_preparing_loads_the_package_before_it_is_needed() -> None:
    program = """
import asyncio, sys
from lib.adapters.models.anthropic import Claude
writer = Claude(api_key="k", base_url="http://127.0.0.1:1", name="m")
asyncio.run(writer.prepare())
print("anthropic" in sys.modules)
"""
    assert run_alone(program) == "True"


def test_a_call_whose_time_is_up_before_the_package_is_there_costs_nothing() -> None:
    program = """
import asyncio
from datetime import UTC, datetime, timedelta
from lib.adapters.models import Turn, WritingRequest
from lib.adapters.models.anthropic import Claude
from lib.errors import ModelFailed
request = WritingRequest("s", (Turn("user", "u"),), {"type": "object"}, 10, "low", datetime(2026, 11, 21, tzinfo=UTC))
writer = Claude(api_key="k", base_url="http://127.0.0.1:1", name="m")
try:
    asyncio.run(writer.write(request, within=timedelta(milliseconds=10)))
except ModelFailed as failed:
    print(failed.fault, failed.cost, dict(failed.details))
"""
    assert run_alone(program) == "transient 0 {'unsent': True}"
