"""A cold process imports the vendor's package while the database is asked, not after."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lib.domain.writing_settings import Quality
from lib.pipeline.reserve import models_for
from lib.services import Services


@asynccontextmanager
async def model_loading(services: Services, quality: Quality = Quality.STANDARD) -> AsyncIterator[None]:
    """The import runs in a thread and goes on there after the block, if it is not done yet; nobody waits for it."""
    order = models_for(quality, services)
    loading = asyncio.create_task(services.models.prepare(order[0])) if order else None
    try:
        yield
    finally:
        if loading is not None:
            loading.cancel()
