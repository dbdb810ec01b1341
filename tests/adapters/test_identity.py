"""An access token proves a person, and nothing less does."""

from base64 import urlsafe_b64decode
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lib.errors import Unauthenticated
from tests.adapters.auth_project import NOW, SECRET, URL, USER, Project, good_claims, raw_token, rsa_key


async def test_a_good_token_proves_its_person() -> None:
    project = Project()
    person = await project.identity().verify(project.token(), NOW)
    assert (person.user_id, person.email) == (USER, "ada@example.com")
    assert person.expires_at == NOW.replace(microsecond=0) + timedelta(hours=1)


async def test_a_token_never_shows_in_a_repr() -> None:
    project = Project()
    person = await project.identity().verify(project.token(), NOW)
    assert person.token not in repr(person)


async def test_rs256_keys_count_too() -> None:
    project = Project()
    key, public = rsa_key("rsa-1")
    project.more_keys.append(public)
    token = jwt.encode(good_claims(), key, algorithm="RS256", headers={"kid": "rsa-1"})
    assert (await project.identity().verify(token, NOW)).user_id == USER


async def test_times_are_those_of_our_clock_with_ten_seconds_of_leeway() -> None:
    project = Project()
    identity, token = project.identity(), project.token()
    end = NOW + timedelta(hours=1)
    await identity.verify(token, end + timedelta(seconds=9))
    with pytest.raises(Unauthenticated) as refused:
        await identity.verify(token, end + timedelta(seconds=10))
    assert refused.value.code == "token_expired"
    await identity.verify(token, NOW - timedelta(seconds=10))
    with pytest.raises(Unauthenticated):
        await identity.verify(token, NOW - timedelta(seconds=11))


@pytest.mark.parametrize("missing", ["exp", "sub", "aud", "iss", "role"])
async def test_a_token_without_a_claim_that_we_need_is_refused(missing: str) -> None:
    project = Project()
    with pytest.raises(Unauthenticated):
        await project.identity().verify(project.token(without=missing), NOW)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://other.example/auth/v1"),
        ("iss", URL),
        ("aud", "anon"),
        ("aud", ["other", "more"]),
        ("aud", 5),
        ("role", "service_role"),
        ("role", "anon"),
        ("sub", "not-a-uuid"),
        ("sub", ""),
        ("nbf", int((NOW + timedelta(minutes=1)).timestamp())),
        ("iat", int((NOW + timedelta(minutes=1)).timestamp())),
        ("exp", True),
        ("exp", "9999999999"),
        ("exp", 1e300),
        ("nbf", "soon"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(claim: str, value: object) -> None:
    project = Project()
    token = jwt.encode({**good_claims(), claim: value}, project.ec_key, "ES256", {"kid": project.kid})
    with pytest.raises(Unauthenticated):
        await project.identity().verify(token, NOW)


async def test_the_audience_may_be_one_of_several() -> None:
    project = Project()
    assert await project.identity().verify(project.token(aud=["other", "authenticated"]), NOW)


async def test_a_token_of_another_key_under_a_known_key_id_is_refused() -> None:
    project, stranger = Project(), Project()
    with pytest.raises(Unauthenticated):
        await project.identity().verify(stranger.token(), NOW)


async def test_a_changed_token_is_refused() -> None:
    project = Project()
    head, body, signature = project.token().split(".")
    _, other_body, _ = project.token(sub="00000000-0000-0000-0000-000000000001").split(".")
    for forged in (f"{head}.{other_body}.{signature}", f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}"):
        with pytest.raises(Unauthenticated):
            await project.identity().verify(forged, NOW)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "HS512", "RS256", "PS256", "ES384", "EdDSA"])
async def test_the_algorithm_is_the_keys_whatever_the_token_says(algorithm: str) -> None:
    project = Project()
    signature = urlsafe_b64decode(project.token().split(".")[2] + "==")
    token = raw_token({"alg": algorithm, "kid": project.kid}, good_claims(), signature)
    for secret in (None, SECRET):
        with pytest.raises(Unauthenticated):
            await project.identity(secret).verify(token, NOW)


async def test_a_public_key_is_never_taken_for_a_secret() -> None:
    project = Project()
    pem = project.ec_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signer = jwt.get_algorithm_by_name("HS256")
    head = {"alg": "HS256", "kid": project.kid}
    unsigned = raw_token(head, good_claims()).rstrip(".")
    signature = signer.sign(unsigned.encode(), pem)
    with pytest.raises(Unauthenticated):
        await project.identity(SECRET).verify(raw_token(head, good_claims(), signature), NOW)


async def test_hs256_is_refused_unless_the_project_still_signs_with_it() -> None:
    project = Project()
    token = jwt.encode(good_claims(), SECRET, algorithm="HS256")
    with pytest.raises(Unauthenticated):
        await project.identity().verify(token, NOW)
    assert (await project.identity(SECRET).verify(token, NOW)).user_id == USER


async def test_hs256_is_never_accepted_for_a_key_that_is_published() -> None:
    project = Project()
    token = jwt.encode(good_claims(), SECRET, algorithm="HS256", headers={"kid": project.kid})
    with pytest.raises(Unauthenticated):
        await project.identity(SECRET).verify(token, NOW)


async def test_es256_is_not_accepted_where_the_secret_is_meant() -> None:
    project = Project()
    with pytest.raises(Unauthenticated):
        await project.identity(SECRET).verify(project.token(kid="unknown"), NOW)


@pytest.mark.parametrize(
    "token", ["", "x", "a.b", "a.b.c", "....", "é.è.ê", "x" * 20_000, "e30.e30.e30", "bnVsbA.bnVsbA.", "\ud800"]
)
async def test_what_is_not_a_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await Project().identity(SECRET).verify(token, NOW)


async def test_a_critical_header_that_we_do_not_know_is_refused() -> None:
    project = Project()
    token = jwt.encode(good_claims(), project.ec_key, "ES256", {"kid": project.kid, "crit": ["exotic"], "exotic": True})
    with pytest.raises(Unauthenticated):
        await project.identity().verify(token, NOW)
