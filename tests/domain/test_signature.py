"""The proof that a request is QStash's: vectors for everything that must not pass."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib.domain.signature import CLOCK_SKEW, SignatureRefused, verify_signature

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
URL = "https://app.example/api/content/generate-scheduled"
BODY = b'{"scheduleId":"1"}'
CURRENT, NEXT = "sig_current", "sig_next"
KEYS = (CURRENT, NEXT)


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def body_hash(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()


def claims(**changes: Any) -> dict[str, Any]:
    iat = int(NOW.timestamp())
    valid = {
        "iss": "Upstash",
        "sub": URL,
        "iat": iat,
        "nbf": 0,
        "exp": iat + 300,
        "jti": "jwt_1",
        "body": body_hash(BODY),
    }
    return {name: value for name, value in {**valid, **changes}.items() if value is not ...}


def sign(payload: object, key: str = CURRENT, header: object = None) -> str:
    head = encode(json.dumps(header or {"alg": "HS256", "typ": "JWT"}).encode())
    signed = f"{head}.{encode(json.dumps(payload).encode())}"
    return f"{signed}.{encode(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


def reason_of(token: str, *, keys: tuple[str, ...] = KEYS, url: str = URL, body: bytes = BODY) -> str:
    with pytest.raises(SignatureRefused) as refused:
        verify_signature(token, keys=keys, url=url, body=body, now=NOW)
    return refused.value.reason


@pytest.mark.parametrize("key", KEYS)
def test_the_current_and_the_next_key_prove_a_message(key: str) -> None:
    assert verify_signature(sign(claims(), key), keys=KEYS, url=URL, body=BODY, now=NOW)["jti"] == "jwt_1"


def test_padding_of_the_body_hash_does_not_matter() -> None:
    token = sign(claims(body=body_hash(BODY).rstrip("=")))
    assert verify_signature(token, keys=KEYS, url=URL, body=BODY, now=NOW)


def test_a_body_that_is_not_utf_8_can_be_proven() -> None:
    body = b"\xff\xfe\x00"
    token = sign(claims(body=body_hash(body)))
    assert verify_signature(token, keys=KEYS, url=URL, body=body, now=NOW)


def test_an_empty_body_is_proven_by_the_hash_of_nothing() -> None:
    assert verify_signature(sign(claims(body=body_hash(b""))), keys=KEYS, url=URL, body=b"", now=NOW)


@pytest.mark.parametrize("ahead", [-CLOCK_SKEW, CLOCK_SKEW])
def test_a_minute_of_clock_skew_is_forgiven(ahead: timedelta) -> None:
    iat = int((NOW + ahead).timestamp())
    token = sign(claims(iat=iat, nbf=iat, exp=iat + 300))
    assert verify_signature(token, keys=KEYS, url=URL, body=BODY, now=NOW)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (sign(claims(), "sig_other"), "key"),
        (sign(claims(), ""), "key"),
        (sign(claims(sub=URL + "/")), "url"),
        (sign(claims(sub=URL.replace("https", "http"))), "url"),
        (sign(claims(sub=...)), "url"),
        (sign(claims(iss="upstash")), "issuer"),
        (sign(claims(iss=...)), "issuer"),
        (sign(claims(exp=int((NOW - CLOCK_SKEW).timestamp()))), "expired"),
        (sign(claims(nbf=int((NOW + CLOCK_SKEW).timestamp()) + 1)), "not yet valid"),
        (sign(claims(iat=int((NOW + CLOCK_SKEW).timestamp()) + 1)), "not yet valid"),
        (sign(claims(exp=...)), "no exp claim"),
        (sign(claims(exp="9999999999")), "no exp claim"),
        (sign(claims(exp=True)), "no exp claim"),
        (sign(claims(exp=1e300)), "exp out of range"),
        (sign(claims(nbf=...)), "no nbf claim"),
        (sign(claims(body=...)), "no body claim"),
        (sign(claims(body=7)), "no body claim"),
        (sign(claims(body=body_hash(b"another"))), "body"),
        (sign(claims(body="\ud800")), "body"),
        (sign(claims(), header={"alg": "none"}), "algorithm"),
        (sign(claims(), header={"alg": "HS512"}), "algorithm"),
        (sign(claims(), header={"typ": "JWT"}), "algorithm"),
        (sign([1, 2]), "malformed"),
        (sign(claims()) + "x", "key"),
        ("", "malformed"),
        ("a.b", "malformed"),
        ("한국어.b.c", "malformed"),
        ("!!!.???.***", "malformed"),
    ],
)
def test_what_is_not_exactly_right_is_refused(token: str, reason: str) -> None:
    assert reason_of(token) == reason


def test_the_reason_is_the_real_one_though_two_keys_were_tried() -> None:
    assert reason_of(sign(claims(exp=int(NOW.timestamp()) - 3600), NEXT)) == "expired"


def test_a_token_without_signature_is_refused_even_with_none_as_algorithm() -> None:
    head = encode(b'{"alg":"none"}')
    assert reason_of(f"{head}.{encode(json.dumps(claims()).encode())}.") == "algorithm"


def test_without_keys_nothing_is_proven() -> None:
    assert reason_of(sign(claims(), ""), keys=("", "")) == "key"


def test_deeply_nested_json_is_refused_not_a_crash() -> None:
    head = encode(b'{"alg":"HS256"}')
    assert reason_of(f"{head}.{encode(b'[' * 200_000)}.{encode(b'x')}") == "malformed"
