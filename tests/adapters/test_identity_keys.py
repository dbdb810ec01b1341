"""The project's public keys: fetched rarely, kept through outages, never on an attacker's order."""

import asyncio
from datetime import timedelta

import pytest

from lib.errors import Unauthenticated, Unavailable
from tests.adapters.auth_project import NOW, SECRET, Project, good_claims, rsa_key

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def test_keys_are_fetched_once_in_ten_minutes() -> None:
    project = Project()
    identity, token = project.identity(), project.token()
    for at in (NOW, NOW + MINUTE, NOW + 9 * MINUTE):
        await identity.verify(token, at)
    assert project.fetches == 1
    await identity.verify(token, NOW + 10 * MINUTE)
    assert project.fetches == 2


async def test_a_crowd_at_the_first_moment_fetches_once() -> None:
    project = Project()
    identity, token = project.identity(), project.token()
    await asyncio.gather(*(identity.verify(token, NOW) for _ in range(50)))
    assert project.fetches == 1


async def test_unknown_key_ids_force_at_most_one_fetch_in_half_a_minute() -> None:
    project = Project()
    identity = project.identity()
    await identity.verify(project.token(), NOW)
    for number in range(100):
        with pytest.raises(Unauthenticated):
            await identity.verify(project.token(kid=f"invented-{number}"), NOW + number * SECOND / 4)
    assert project.fetches == 1
    with pytest.raises(Unauthenticated):
        await identity.verify(project.token(kid="invented"), NOW + 31 * SECOND)
    assert project.fetches == 2


async def test_a_rotated_key_is_found_within_half_a_minute() -> None:
    project = Project()
    identity, before = project.identity(), project.token()
    await identity.verify(before, NOW)
    project.rotate("ec-2")
    await identity.verify(project.token(), NOW + 31 * SECOND)
    with pytest.raises(Unauthenticated):  # the old key is not published any more
        await identity.verify(before, NOW + 32 * SECOND)


@pytest.mark.parametrize("status", [500, 503, 301, 403])
async def test_known_keys_serve_while_the_project_does_not_answer(status: int) -> None:
    project = Project()
    identity = project.identity()
    await identity.verify(project.token(), NOW)
    project.answers = status
    later = NOW + timedelta(hours=23)
    await identity.verify(project.token(exp=int((later + MINUTE).timestamp())), later)
    too_late = NOW + timedelta(hours=25)
    with pytest.raises(Unavailable):
        await identity.verify(project.token(exp=int((too_late + MINUTE).timestamp())), too_late)


async def test_without_keys_nobody_is_let_in_and_the_fetch_is_tried_again_soon() -> None:
    project = Project(answers=503)
    identity = project.identity(SECRET)
    for _ in range(10):
        with pytest.raises(Unavailable):
            await identity.verify(project.token(), NOW)
    assert project.fetches == 1
    project.answers = 200
    assert await identity.verify(project.token(), NOW + 5 * SECOND)


async def test_a_project_from_before_signing_keys_has_none() -> None:
    import jwt

    project = Project(answers=404)
    identity = project.identity(SECRET)
    assert await identity.verify(jwt.encode(good_claims(), SECRET, algorithm="HS256"), NOW)
    with pytest.raises(Unauthenticated):
        await identity.verify(project.token(), NOW)


async def test_keys_that_are_not_for_signing_us_are_left_out() -> None:
    project = Project()
    _, encryption = rsa_key("ec-1b")
    project.more_keys += [
        {**encryption, "use": "enc"},
        {"kty": "oct", "kid": "oct-1", "k": "c2VjcmV0"},
        {"kty": "EC", "crv": "P-384", "kid": "p384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": "half", "n": "AQAB"},
    ]
    identity = project.identity()
    assert await identity.verify(project.token(), NOW)
    for kid in ("ec-1b", "oct-1", "p384", "broken", "half"):
        with pytest.raises(Unauthenticated):
            await identity.verify(project.token(kid=kid), NOW)
