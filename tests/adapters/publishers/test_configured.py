"""Every platform has its publisher, and nobody pays for one that is not used."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from lib.domain.account import Platform
from lib.services import Services
from lib.settings import Settings

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("platform", Platform)
def test_every_platform_has_its_publisher(platform: Platform) -> None:
    publishers = Services(Settings.from_environment({}), lambda: NOW).publishers
    assert publishers[platform].platform is platform
    assert publishers[platform] is publishers[platform]


def test_the_publishers_load_no_http_client_before_a_call() -> None:
    program = """
import sys
from lib.domain.account import Platform
from lib.services import Services
from lib.settings import Settings
services = Services(Settings.from_environment({"X_CLIENT_ID": "id"}), lambda: None)
[services.publishers[platform] for platform in Platform]
services.oauth[Platform.X]
heavy = {"httpx", "httpcore", "anyio", "cryptography", "markdown_it", "standardwebhooks"}
print(sorted(heavy & sys.modules.keys()))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
