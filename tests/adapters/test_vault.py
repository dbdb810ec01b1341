"""What proves us to a platform is sealed before the database sees it."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.adapters.vault import Box, Vault
from lib.clock import utc_now
from lib.errors import NotConfigured, PublishFailed, PublishFault
from lib.services import Services
from lib.settings import Settings

OLD, NEW = os.urandom(32), os.urandom(32)
ACCOUNT, OTHER = "6e9d3c52-0000-4000-8000-000000000001", "6e9d3c52-0000-4000-8000-000000000002"
SECRETS = {"username": "editor", "password": "abcd EFGH 1234", "note": "비밀"}


def failure_of(vault: Vault, owner: str, box: Box) -> PublishFailed:
    with pytest.raises(PublishFailed) as failed:
        vault.open(owner, *box)
    return failed.value


@given(st.text(min_size=1), st.dictionaries(st.text(), st.text()))
def test_what_is_sealed_opens_as_it_was(owner: str, secrets: dict[str, str]) -> None:
    vault = Vault({"k1": OLD})
    try:
        owner.encode()
        str(secrets).encode()
    except UnicodeEncodeError:
        return
    assert vault.open(owner, *vault.seal(owner, secrets)) == secrets


def test_nothing_of_it_can_be_seen_in_what_is_stored() -> None:
    box = Vault({"k1": OLD}).seal(ACCOUNT, SECRETS)
    stored = box.sealed.encode() + base64.b64decode(box.sealed.removeprefix("1."))
    for word in ("password", "editor", "abcd EFGH 1234", "비밀"):
        assert word.encode() not in stored


def test_the_same_secrets_never_look_the_same() -> None:
    vault = Vault({"k1": OLD})
    assert len({vault.seal(ACCOUNT, SECRETS).sealed for _ in range(50)}) == 50


def test_it_is_sealed_under_the_first_key_and_opened_under_any() -> None:
    before = Vault({"2025": OLD}).seal(ACCOUNT, SECRETS)
    both = Vault({"2026": NEW, "2025": OLD})
    assert both.open(ACCOUNT, *before) == SECRETS
    after = both.seal(ACCOUNT, SECRETS)
    assert (before.key_id, after.key_id) == ("2025", "2026")
    assert Vault({"2026": NEW}).open(ACCOUNT, *after) == SECRETS


def test_in_another_accounts_row_it_does_not_open() -> None:
    vault = Vault({"k1": OLD})
    assert failure_of(vault, OTHER, vault.seal(ACCOUNT, SECRETS)).fault is PublishFault.CONFIGURATION


def test_a_key_that_was_taken_away_is_named() -> None:
    failure = failure_of(Vault({"2026": NEW}), ACCOUNT, Vault({"2025": OLD}).seal(ACCOUNT, SECRETS))
    assert failure.fault is PublishFault.CONFIGURATION
    assert "'2025'" in failure.message
    assert "CREDENTIALS_KEYS" in failure.message


def test_other_bytes_under_a_known_id_do_not_open_it() -> None:
    box = Vault({"k1": OLD}).seal(ACCOUNT, SECRETS)
    assert failure_of(Vault({"k1": NEW}), ACCOUNT, box).fault is PublishFault.CONFIGURATION


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_anywhere_is_noticed(place: int, change: int) -> None:
    vault = Vault({"k1": OLD})
    box = vault.seal(ACCOUNT, SECRETS)
    raw = bytearray(base64.b64decode(box.sealed.removeprefix("1.")))
    raw[place % len(raw)] ^= change
    failure_of(vault, ACCOUNT, Box(box.key_id, "1." + base64.b64encode(raw).decode()))


@pytest.mark.parametrize("sealed", ["", "1.", "1.AAAA", "2.AAAA", "1.not base64", "1.비밀", '{"password": "plain"}'])
def test_what_was_never_sealed_is_refused_without_repeating_it(sealed: str) -> None:
    failure = failure_of(Vault({"k1": OLD}), ACCOUNT, Box("k1", sealed))
    assert not sealed.removeprefix("1.") or sealed.removeprefix("1.") not in str(failure)


@pytest.mark.parametrize("mark", ["", "2."])
def test_only_the_form_that_we_write_is_read(mark: str) -> None:
    vault = Vault({"k1": OLD})
    box = vault.seal(ACCOUNT, SECRETS)
    failure_of(vault, ACCOUNT, Box(box.key_id, mark + box.sealed.removeprefix("1.")))


def test_a_failure_tells_nothing_of_the_secrets_the_keys_or_the_sealed_text() -> None:
    sealing, opening = Vault({"k1": OLD}), Vault({"k1": NEW})
    box = sealing.seal(ACCOUNT, SECRETS)
    failure = failure_of(opening, ACCOUNT, box)
    told = f"{failure!r} {failure.reason} {failure.details} {failure.__cause__!r} {failure.__context__!r}"
    for hidden in (*SECRETS.values(), box.sealed, box.sealed[2:20], base64.b64encode(NEW).decode(), repr(NEW)):
        assert hidden not in told


def test_without_keys_the_door_stays_closed_and_says_which_variable_opens_it() -> None:
    services = Services(Settings.from_environment({}), utc_now)
    with pytest.raises(NotConfigured, match="CREDENTIALS_KEYS"):
        _ = services.vault


def test_the_keys_come_from_the_settings() -> None:
    keys = ", ".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in (("new", NEW), ("old", OLD)))
    vault = Services(Settings.from_environment({"CREDENTIALS_KEYS": keys}), utc_now).vault
    assert vault.key_id == "new"
    assert vault.open(ACCOUNT, *Vault({"old": OLD}).seal(ACCOUNT, SECRETS)) == SECRETS
