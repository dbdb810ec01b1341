"""What a call without a good answer means is the same everywhere: what may be out is never called not out."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest
import respx

from lib.adapters.publishers.discord import Discord
from lib.adapters.publishers.newsletter import Newsletter
from lib.adapters.publishers.slack import Slack
from lib.adapters.publishers.webhook import Webhook
from lib.adapters.publishers.wordpress import Wordpress
from lib.errors import PublishFault
from tests.adapters.publishers.outgoing import Outgoing, connect
from tests.adapters.publishers.samples import NOW

WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
HOOK_TOKEN = "hooktoken-ABCDEFGHIJKLMNOPQRST"


@dataclass(frozen=True)
class Case:
    make: Callable[[], Outgoing]
    accepted: httpx.Response


CASES: Mapping[str, Case] = {
    "discord": Case(
        lambda: Outgoing(
            Discord(connect, "https://discord.test"), {"url": f"https://discord.test/api/webhooks/1234/{HOOK_TOKEN}"}
        ),
        httpx.Response(200, json={"id": "99"}),
    ),
    "slack": Case(
        lambda: Outgoing(
            Slack(connect, "https://slack.test"), {"url": "https://slack.test/services/T012/B345/abcdefghijklmnop"}
        ),
        httpx.Response(200, text="ok"),
    ),
    "newsletter": Case(
        lambda: Outgoing(
            Newsletter(connect, "https://resend.test"),
            {"api_key": "re_abcdef_0123456789"},
            **{"from": "Tea <tea@tea.example>", "to": "ann@mail.example"},
        ),
        httpx.Response(200, json={"data": [{"id": "mail-1"}]}),
    ),
    "webhook": Case(
        lambda: Outgoing(
            Webhook(connect, lambda: NOW), {"url": "https://hooks.test/in?token=abcdefgh12345678", "secret": WHSEC}
        ),
        httpx.Response(204),
    ),
    "wordpress": Case(
        lambda: Outgoing(
            Wordpress(connect), {"username": "editor", "password": "abcd EFGH 1234 ijkl"}, site="https://blog.test"
        ),
        httpx.Response(201, json={"id": 7, "link": "https://blog.test/?p=7", "status": "draft"}),
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def wire() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        yield router.post()


async def test_what_is_accepted_has_an_id(case: Case, wire: respx.Route) -> None:
    wire.return_value = case.accepted
    assert (await case.make().send()).external_id


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError])
async def test_a_lost_reply_is_unknown(case: Case, wire: respx.Route, error: type[httpx.TransportError]) -> None:
    wire.side_effect = error("https://user:secret@host/?token=abcdefgh12345678")
    assert (await case.make().failure()).fault is PublishFault.UNKNOWN


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
async def test_without_a_connection_nothing_was_sent(
    case: Case, wire: respx.Route, error: type[httpx.TransportError]
) -> None:
    wire.side_effect = error("nobody at https://host")
    assert (await case.make().failure()).fault is PublishFault.UNSENT


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_servers_own_trouble_says_nothing_of_what_it_did(case: Case, wire: respx.Route, status: int) -> None:
    wire.return_value = httpx.Response(status, text="<html>trouble</html>")
    assert (await case.make().failure()).fault is PublishFault.UNKNOWN


async def test_too_many_wait_as_long_as_they_are_told(case: Case, wire: respx.Route) -> None:
    wire.return_value = httpx.Response(429, headers={"retry-after": "37"}, text="slow down")
    failure = await case.make().failure()
    assert failure.fault is PublishFault.THROTTLED
    assert failure.retry_after is not None
    assert failure.retry_after.total_seconds() == 37


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_refused_and_not_followed(case: Case, wire: respx.Route, status: int) -> None:
    wire.return_value = httpx.Response(status, headers={"location": "https://elsewhere.test/"})
    assert (await case.make().failure()).fault is PublishFault.REFUSED
    assert wire.call_count == 1


async def test_a_proof_that_is_refused_is_for_the_owner(case: Case, wire: respx.Route) -> None:
    # With a code: without one WordPress is not who says it.
    wire.return_value = httpx.Response(401, json={"code": "invalid_username", "message": "no", "name": "x"})
    assert (await case.make().failure()).fault is PublishFault.UNAUTHORIZED


async def test_one_call_is_made_and_never_repeated(case: Case, wire: respx.Route) -> None:
    wire.return_value = httpx.Response(500)
    await case.make().failure()
    assert wire.call_count == 1


async def test_what_echoes_our_secrets_is_not_repeated(case: Case, wire: respx.Route) -> None:
    outgoing = case.make()
    echo = " ".join(outgoing.secrets.values())
    shown = {"message": echo, "error": echo, "code": "rest_cannot_create", "name": "validation_error"}
    wire.side_effect = [
        httpx.Response(400, json=shown),
        httpx.Response(403, json=shown),
        httpx.Response(422, text=echo),
    ]
    for _ in range(3):
        await outgoing.failure()
