"""A real service takes its stand-in's place when `.env` names it, one by one."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from dev.real_services import Misconfigured, System, read_real_services

ROOT = Path(__file__).parents[2]
CLAUDE = {"ANTHROPIC_API_KEY": "sk-ant-x"}
REDIS = {"KV_REST_API_URL": "https://r.example", "KV_REST_API_TOKEN": "t"}
SUPABASE = {
    "NEXT_PUBLIC_SUPABASE_URL": "https://p.supabase.co",
    "SUPABASE_ANON_KEY": "anon",
    "SUPABASE_SERVICE_ROLE_KEY": "service",
}
QSTASH = {"QSTASH_TOKEN": "t", "QSTASH_CURRENT_SIGNING_KEY": "sig_a", "QSTASH_NEXT_SIGNING_KEY": "sig_b"}
TUNNEL = {"PUBLIC_URL": "https://tunnel.example"}


def test_the_example_file_names_no_real_service() -> None:
    assert read_real_services(dotenv_values(ROOT / ".env.example")).systems == frozenset()


@pytest.mark.parametrize(
    ("given", "system"),
    [
        (CLAUDE, System.ANTHROPIC),
        ({"OPENAI_API_KEY": "sk-x"}, System.OPENAI),
        ({"GOOGLE_API_KEY": "x"}, System.GEMINI),
        ({"OWN_MODEL_BASE_URL": "http://127.0.0.1:11434/v1"}, System.OWN_MODEL),
        (REDIS, System.REDIS),
        (SUPABASE, System.SUPABASE),
        ({**QSTASH, **TUNNEL}, System.QSTASH),
        ({"X_CLIENT_ID": "i", "X_CLIENT_SECRET": "s"}, System.X),
        ({"RESEND_API_KEY": "re_x", "NOTICES_FROM": "Tea <tea@example.com>"}, System.RESEND),
    ],
)
def test_each_system_becomes_real_alone(given: dict[str, str], system: System) -> None:
    assert read_real_services(given).systems == {system}


def test_any_accepted_name_is_passed_on_under_the_first() -> None:
    assert read_real_services(SUPABASE).variables == {
        "SUPABASE_URL": "https://p.supabase.co",
        "SUPABASE_PUBLISHABLE_KEY": "anon",
        "SUPABASE_SECRET_KEY": "service",
    }


def test_addresses_without_secrets_stay_out() -> None:
    """They are in the example file: a copy of it must not send the stand-in's key to the real address."""
    given = {"ANTHROPIC_BASE_URL": "https://api.anthropic.com", "QSTASH_URL": "https://qstash.upstash.io", **TUNNEL}
    assert read_real_services(given).variables == {}


def test_nothing_of_a_stand_in_stays_beside_the_real_service() -> None:
    """Or a real key would be sent to the stand-in's address."""
    local = {"ANTHROPIC_API_KEY": "local", "ANTHROPIC_BASE_URL": "http://127.0.0.1:8090", "QSTASH_TOKEN": "local"}
    assert read_real_services(CLAUDE).instead_of(local) == {**CLAUDE, "QSTASH_TOKEN": "local"}


def test_no_stand_in_writes_beside_a_real_model() -> None:
    local = {"GEMINI_API_KEY": "local", "GEMINI_BASE_URL": "http://127.0.0.1:8092", "OWN_MODEL_BASE_URL": "http://x/v1"}
    assert read_real_services(CLAUDE).instead_of(local) == CLAUDE
    assert read_real_services(REDIS).instead_of(local).items() >= local.items()


def test_platforms_without_a_secret_of_ours_are_real_when_somebody_says_so() -> None:
    local = {"BLUESKY_URL": "http://127.0.0.1:8094/bluesky", "X_URL": "http://127.0.0.1:8094/x"}
    given = {"BLUESKY_URL": "https://bsky.social"}
    assert read_real_services(given).instead_of(local) == local
    assert read_real_services(given, with_platforms=True).instead_of(local) == {
        "BLUESKY_URL": "https://bsky.social",
        "X_URL": local["X_URL"],
    }


def test_private_targets_of_ones_own_stand_beside_the_stand_ins() -> None:
    local = {"PRIVATE_TARGETS": "http://127.0.0.1:8094"}
    given = {"PRIVATE_TARGETS": "http://10.0.0.5:8080"}
    assert read_real_services(given).instead_of(local) == {
        "PRIVATE_TARGETS": "http://127.0.0.1:8094,http://10.0.0.5:8080"
    }


def test_our_own_variables_count_in_any_case() -> None:
    assert read_real_services({"ARMING_HORIZON": "0", "LOG_LEVEL": ""}).variables == {"ARMING_HORIZON": "0"}


@pytest.mark.parametrize("missing", list(SUPABASE))
def test_a_half_named_service_is_refused_with_the_names_that_would_do(missing: str) -> None:
    given = {name: value for name, value in SUPABASE.items() if name != missing}
    with pytest.raises(Misconfigured, match=f"Supabase is only half set up.*{missing}"):
        read_real_services(given)


@pytest.mark.parametrize("public_url", ["", "http://127.0.0.1:8000", "http://localhost:8000"])
def test_a_real_qstash_needs_a_way_to_this_machine(public_url: str) -> None:
    with pytest.raises(Misconfigured, match="PUBLIC_URL"):
        read_real_services({**QSTASH, "PUBLIC_URL": public_url})
