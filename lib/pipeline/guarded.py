"""A mistake of ours in a publisher costs one publication its attempt, and nobody else anything."""

import traceback
from collections.abc import Awaitable

from lib import logs
from lib.errors import PublishFailed, PublishFault


async def guarded[T](work: Awaitable[T], fault: PublishFault) -> T:
    """Whatever else than PublishFailed goes wrong in a publisher is a mistake of ours: it counts as this fault.

    Logged without the exception's own words, which may quote what was to be published.
    """
    try:
        return await work
    except PublishFailed:
        raise
    except Exception as exc:  # noqa: BLE001  also our mistakes leave the other publications alone
        frame = traceback.extract_tb(exc.__traceback__)[-1]
        logs.error("publication.broken", error=type(exc).__name__, at=f"{frame.name}:{frame.lineno}")
        raise PublishFailed(fault, f"went wrong on our side ({type(exc).__name__})") from None
