"""The judge of the wire: the test suite that Upstash wrote for its own Python SDK."""

import os
import sys
from pathlib import Path

import pytest

from tests.dev.qstash.sdk_suite import run_suite

CHECKOUT = os.environ.get("DRUMBEAT_QSTASH_PY")
PYTHON = os.environ.get("DRUMBEAT_QSTASH_PY_PYTHON")
# They sign with a float `jti`, which PyJWT refuses since 2.10; an interpreter with an older one runs it as well.
BEYOND_OUR_PYJWT = ("--deselect", "tests/test_receiver.py::test_receiver")


@pytest.mark.skipif(CHECKOUT is None, reason="DRUMBEAT_QSTASH_PY names no checkout of upstash/qstash-py")
@pytest.mark.timeout(300)
async def test_upstashs_own_suite_passes_against_the_stand_in() -> None:
    arguments = () if PYTHON else BEYOND_OUR_PYJWT
    assert await run_suite(Path(CHECKOUT or ""), PYTHON or sys.executable, arguments) == 0
