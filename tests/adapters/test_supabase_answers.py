"""An answer that cannot be read is a database that is not available: never an exception of another kind."""

import httpx
import pytest

from lib.adapters.supabase.calls import Calls
from lib.errors import Unavailable

UNREADABLE = {
    "a number of more digits than Python reads": '{"settings": 1' + "0" * 5000 + "}",
    "nested deeper than Python reads": '{"settings": ' * 100_000,
    "half an object": '{"outcome": "clai',
    "a proxy's page": "<html>Sign in</html>",
    "a list": "[]",
    "nothing": "",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_an_answer_that_cannot_be_read_is_unavailable(body: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=body, headers={"Content-Type": "application/json"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(Unavailable):
            await Calls("http://database.test", {}, lambda: http).call("sweep_work", patience=())
