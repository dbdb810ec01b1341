"""Platforms that show nothing of what they were given."""

from datetime import datetime, timedelta

from lib.adapters.publishers import Part, Target
from lib.domain.account import Platform
from lib.domain.publication import Sent
from lib.errors import PublishFailed, PublishFault


class Unreadable:
    """`Publisher.find` for them."""

    platform: Platform

    async def find(self, part: Part, target: Target, since: datetime, within: timedelta) -> Sent | None:
        """Never asked for: `platforms.py` says that nothing can be read there. Answering "not there" would be a lie."""
        raise PublishFailed(PublishFault.CONFIGURATION, f"{self.platform}: nothing can be read back there")
