"""An answer that cannot be read is a database that is not available: never an exception of another kind."""

from datetime import UTC, datetime

import httpx
import pytest

from lib.adapters.supabase import Store
from lib.adapters.supabase.calls import Calls
from lib.errors import LostClaim, Unavailable

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


@pytest.mark.parametrize("outcome", ["recorded", "lost"])
async def test_who_has_lost_the_claim_learns_it_after_the_call_was_booked(outcome: str) -> None:
    told: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        told.append(request)
        return httpx.Response(200, json={"outcome": outcome, "cost": 5, "reserved_cost": 9})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        record = Store("http://database.test", "sb_secret_x", None, lambda: http).record_attempt(
            run_id="r", fence=1, attempt={"id": "a"}, answer=None, now=datetime(2026, 11, 21, tzinfo=UTC)
        )
        if outcome == "lost":
            with pytest.raises(LostClaim):
                await record
        else:
            await record
    assert len(told) == 1, "it is a final answer, and not asked again"
