"""Signatures, proven by Upstash's own receiver and by ours."""

from datetime import UTC, datetime, timedelta

import pytest
from qstash import Receiver
from qstash.errors import SignatureError

from dev.qstash import DEV_KEYS, SigningKeys
from lib.domain.signature import SignatureRefused, verify_signature
from tests.dev.qstash.world import APP, Call, World, claims_of


def now_of_machine(world: World) -> None:
    """Upstash's receiver reads the machine's clock."""
    world.clock.advance(to=datetime.now(UTC).replace(microsecond=0))


def receiver(keys: SigningKeys = DEV_KEYS) -> Receiver:
    return Receiver(current_signing_key=keys.current, next_signing_key=keys.next)


def prove(call: Call, keys: SigningKeys = DEV_KEYS, *, url: str = f"{APP}/work", body: str | None = None) -> None:
    signature = call.headers["upstash-signature"]
    receiver(keys).verify(signature=signature, body=call.body.decode() if body is None else body, url=url)


async def delivered(world: World, path: str = "/work", body: str = '{"a": "글"}', **headers: str) -> Call:
    await world.publish(path, body=body, **headers)
    await world.qstash.run_due()
    return world.destination.calls[-1]


@pytest.mark.parametrize("body", ["", '{"a": "글"}', "x" * 100_000])
async def test_upstashs_receiver_accepts_every_delivery(world: World, body: str) -> None:
    now_of_machine(world)
    prove(await delivered(world, body=body))


async def test_upstashs_receiver_refuses_another_body_url_or_key(world: World) -> None:
    now_of_machine(world)
    call = await delivered(world)
    with pytest.raises(SignatureError):
        prove(call, body="other")
    with pytest.raises(SignatureError):
        prove(call, url=f"{APP}/elsewhere")
    with pytest.raises(SignatureError):
        prove(call, SigningKeys("sig_a", "sig_b"))


async def test_the_subject_is_the_destination_exactly_as_published(world: World) -> None:
    call = await delivered(world, "/a%2Fb//c?x=1&y=%20")
    assert claims_of(call)["sub"] == f"{APP}/a%2Fb//c?x=1&y=%20"


async def test_the_claims_are_those_of_the_documentation_on_the_stacks_clock(world: World) -> None:
    claims = claims_of(await delivered(world, body=""))
    issued_at = int(world.clock.now().timestamp())
    assert claims.pop("jti").startswith("jwt_")
    assert claims == {
        "iss": "Upstash",
        "sub": f"{APP}/work",
        "iat": issued_at,
        "nbf": 0,
        "exp": issued_at + 300,
        "body": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
    }


async def test_our_own_verifier_accepts_a_delivery_until_it_expires(world: World) -> None:
    call = await delivered(world)
    keys, signature = (DEV_KEYS.current, DEV_KEYS.next), call.headers["upstash-signature"]
    at = world.clock.now()
    verify_signature(signature, keys=keys, url=f"{APP}/work", body=call.body, now=at)
    with pytest.raises(SignatureRefused):
        verify_signature(signature, keys=keys, url=f"{APP}/work", body=call.body, now=at + timedelta(minutes=10))


async def test_callbacks_are_signed_for_their_own_url(world: World) -> None:
    now_of_machine(world)
    world.destination.will_answer("/work", 500)
    await world.publish(retries="0", callback=f"{APP}/told", failure_callback=f"{APP}/failed")
    await world.qstash.run_due()
    prove(world.destination.at("/told")[0], url=f"{APP}/told")
    prove(world.destination.at("/failed")[0], url=f"{APP}/failed")


async def test_an_app_with_both_keys_survives_one_rotation_and_not_two(world: World) -> None:
    now_of_machine(world)
    assert await world.get("/v2/keys") == {"current": DEV_KEYS.current, "next": DEV_KEYS.next}
    rotated = (await world.call("POST", "/v2/keys/rotate")).json()
    assert rotated["current"] == DEV_KEYS.next
    prove(await delivered(world))
    await world.call("POST", "/v2/keys/rotate")
    with pytest.raises(SignatureError):
        prove(await delivered(world))
    prove(await delivered(world), world.qstash.keys)
