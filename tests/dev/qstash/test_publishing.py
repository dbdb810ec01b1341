"""What can be published, and when it arrives."""

from datetime import timedelta

import pytest

from dev.qstash import FREE, PAY_AS_YOU_GO
from tests.dev.qstash.world import APP, START, World


async def test_a_message_arrives_once_with_method_body_and_forwarded_headers(world: World) -> None:
    headers = {"Content-Type": "text/csv", "Upstash-Method": "PUT", "Upstash-Forward-X-Team": "편집부".encode()}
    answer = await world.call("POST", f"/v2/publish/{APP}/work", content="a,b", headers=headers)
    assert answer.status_code == 200
    await world.pass_time()
    (call,) = world.destination.calls
    assert (call.method, call.body, call.headers["content-type"]) == ("PUT", b"a,b", "text/csv")
    assert call.headers["x-team"].encode("latin-1").decode() == "편집부"
    assert call.headers["upstash-message-id"] == answer.json()["messageId"]
    assert call.headers["upstash-retried"] == "0"
    assert call.headers["user-agent"] == "Upstash-QStash"


async def test_the_destination_is_taken_raw_with_its_own_query_and_without_ours(world: World) -> None:
    await world.call("POST", f"/v2/publish/{APP}//a%2Fb/c%20d?x=1&upstash-delay=10s&y=%26&qstash_token=t")
    await world.pass_time()
    assert [call.target for call in world.destination.calls] == ["//a%2Fb/c%20d?x=1&y=%26"]
    assert world.destination.calls[0].at == START + timedelta(seconds=10)


async def test_the_content_type_is_the_messages_own_and_not_a_forwarded_one(world: World) -> None:
    await world.publish(Forward_Content_Type="application/pdf")
    await world.pass_time()
    assert "content-type" not in world.destination.calls[0].headers


async def test_header_forward_passes_every_plain_header_on_but_never_the_token(world: World) -> None:
    headers = {"Upstash-Header-Forward": "true", "X-GitHub-Event": "push"}
    await world.call("POST", f"/v2/publish/{APP}/work", headers=headers)
    await world.pass_time()
    assert world.destination.calls[0].headers["x-github-event"] == "push"
    assert "authorization" not in world.destination.calls[0].headers


@pytest.mark.parametrize(("delay", "seconds"), [("90s", 90), ("1d10h30m", 124_200), ("45", 45)])
async def test_a_delayed_message_arrives_exactly_then(world: World, delay: str, seconds: int) -> None:
    await world.publish(delay=delay)
    await world.pass_time()
    assert world.since_start() == [seconds]


async def test_not_before_is_exact_to_the_second_and_wins_over_a_delay(world: World) -> None:
    due_at = START + timedelta(hours=3, seconds=17)
    await world.publish(not_before=str(int(due_at.timestamp())), delay="1s")
    world.clock.advance(to=due_at - timedelta(microseconds=1))
    assert await world.qstash.run_due() == []
    world.clock.advance(to=due_at)
    assert [delivery.started_at for delivery in await world.qstash.run_due()] == [due_at]


async def test_not_before_in_the_past_means_now(world: World) -> None:
    await world.publish(not_before="1000")
    assert world.qstash.next_due_at() == START


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"delay": "soon"}, "Upstash-Delay"),
        ({"delay": "99999999999999999d"}, "Upstash-Delay"),
        ({"not_before": "2026-03-02"}, "Upstash-Not-Before"),
        ({"retries": "-1"}, "Upstash-Retries"),
        ({"retry_delay": "__import__('os')"}, "Upstash-Retry-Delay"),
        ({"retry_delay": "(" * 200}, "Upstash-Retry-Delay"),
        ({"method": "BREW"}, "invalid method"),
        ({"timeout": "1w"}, "Upstash-Timeout"),
        ({"deduplication_id": "a:b"}, "DeduplicationId cannot contain ':'"),
        ({"flow_control_key": "k", "flow_control_value": "parallelism=0"}, "Upstash-Flow-Control-Value"),
        ({"flow_control_key": "k", "flow_control_value": "speed=9"}, "Upstash-Flow-Control-Value"),
        ({"flow_control_key": "k", "flow_control_value": "rate=1, period=8d"}, "at most a week"),
        ({"callback": "app.example/done"}, "invalid scheme"),
        ({"failure_callback": f"{APP}/failed", "failure_callback_delay": "x"}, "Upstash-Delay"),
    ],
)
async def test_a_header_that_does_not_read_is_refused_with_400(
    world: World, headers: dict[str, str], text: str
) -> None:
    answer = await world.publish(**headers)
    assert answer.status_code == 400
    assert text in answer.json()["error"]
    assert world.qstash.pending() == []


@pytest.mark.parametrize("destination", ["app.example/x", "ftp://app.example", "https://", "https:/app.example/x", ""])
async def test_a_destination_that_is_no_absolute_http_url_is_refused(world: World, destination: str) -> None:
    answer = await world.call("POST", f"/v2/publish/{destination}")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("invalid destination url: ")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:3000"])
async def test_loopback_is_allowed_here_and_refused_when_production_is_imitated(world: World, host: str) -> None:
    assert (await world.call("POST", f"/v2/publish/http://{host}/x")).status_code == 200
    world.use(refuse_loopback=True)
    answer = await world.call("POST", f"/v2/publish/http://{host}/x")
    assert answer.status_code == 400
    assert "resolves to a loopback address" in answer.json()["error"]


async def test_the_plan_limits_how_far_ahead_a_message_may_lie(world: World) -> None:
    world.use(plan=FREE)
    week = int((START + timedelta(days=7)).timestamp())
    assert (await world.publish(not_before=str(week))).status_code == 200
    answer = await world.publish(not_before=str(week + 1))
    assert (answer.status_code, answer.json()) == (412, {"error": "quota maxDelay exceeded, current limit: 604800"})
    world.use(plan=PAY_AS_YOU_GO)
    assert (await world.publish(not_before=str(week + 1))).status_code == 200
    assert (await world.publish(delay="366d")).status_code == 412


async def test_the_plan_limits_the_size_of_a_message(world: World) -> None:
    world.use(plan=FREE)
    assert (await world.publish(body="x" * FREE.message_size)).status_code == 200
    assert (await world.publish(body="x" * (FREE.message_size + 1))).status_code == 412


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v2/nothing", 404), ("PUT", "/v2/keys", 405)])
async def test_every_error_has_the_same_shape(world: World, method: str, path: str, status: int) -> None:
    answer = await world.call(method, path)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


async def test_without_the_token_nobody_gets_in(world: World) -> None:
    for token in ("wrong", ""):
        answer = await world.call("POST", f"/v2/publish/{APP}/work", token=token)
        assert (answer.status_code, answer.json()) == (401, {"error": "unable to authenticate: invalid token"})
