"""The second host: AWS Lambda, with `lib.aws_lambda.handler` as its handler.

Meant for a function URL with a time limit of 300 s. An HTTP API in front works too, but gives up after 30 s, when a
long text may still be in the making (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html).
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from mangum import Mangum

from lib.app import create_app
from lib.settings import Settings


class LambdaApp:
    """The app, started once for the life of the execution environment and kept on one event loop.

    Mangum by itself opens and closes the app around each invocation, which would throw every connection away, and takes
    whatever event loop is current, to which yesterday's connections need not belong. Nothing is ever closed: Lambda
    freezes the environment and later drops it without a word.
    """

    def __init__(self, settings: Settings) -> None:
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        app = create_app(settings)
        self._lifespan = app.router.lifespan_context(app)
        self._loop.run_until_complete(self._lifespan.__aenter__())
        # A stage of an HTTP API stands in front of the path ("/prod/api/…") exactly as it does in the public URL.
        stage = urlsplit(settings.callback_url or "").path
        self._mangum = Mangum(app, lifespan="off", api_gateway_base_path=stage)

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """One invocation: an event of a function URL or of an HTTP API, payload format 2.0."""
        asyncio.set_event_loop(self._loop)
        return self._mangum(event, context)  # type: ignore[arg-type]  # Mangum reads nothing of the context


handler = LambdaApp(Settings.from_environment())
