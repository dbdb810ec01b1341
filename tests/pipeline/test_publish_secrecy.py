"""Nothing of what is published, and nothing that proves us, is in a log line, however publishing goes wrong."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from dev.platforms.script import Doing, Failing, Fault
from tests.pipeline.press import Press

WRONG = {
    "refused": Fault(Failing.STATUS, status=400, says='{"error": "secret-words of the platform"}'),
    "server": Fault(Failing.STATUS, status=500, says="secret-words"),
    "lost": Fault(Failing.DROP_AFTER),
    "throttled": Fault(Failing.THROTTLE, retry_after=timedelta(minutes=1)),
    "nonsense": Fault(Failing.STATUS, status=200, says="<secret-words>", is_made=True),
    "session": Fault(Failing.STATUS, on=Doing.SIGN_IN, status=400, says='{"error": "secret-words"}'),
    "revoked": Fault(Failing.REVOKED),
}
PLATFORMS = ("mastodon", "bluesky", "x", "discord", "slack", "webhook")


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All loggers, ours also when some test before has taken it away from the root."""
    logger = logging.getLogger("drumbeat")
    caplog.set_level("DEBUG", logger="drumbeat")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_log_line_of_publishing_has_ids_only(
    press: Press, logged: pytest.LogCaptureFixture, wrong: Fault
) -> None:
    text = await press.text()
    body = await press.world.ledger.fetchval("select body from app.contents where id = $1", text)
    accounts = [await press.connect(platform) for platform in PLATFORMS]
    for account in accounts:
        press.fail(account, wrong)
    publications = await press.publish_to(accounts, text=text, at=press.at(12))
    secrets = await all_secrets(press, accounts)
    await press.until(12, 30)
    secrets |= await all_secrets(press, accounts)  # renewed ones too
    lines = "\n".join(record.getMessage() + (record.exc_text or "") for record in logged.records)
    for publication in publications:
        assert publication in lines
    assert "publication.claim" in lines
    for word in (body, body[:30], "secret-words", *secrets):
        assert word not in lines


async def all_secrets(press: Press, accounts: list[str]) -> set[str]:
    """Everything that is sealed for these accounts, open."""
    found = await press.world.ledger.fetch(
        "select account_id, key_id, sealed from app.credentials where account_id = any ($1)", accounts
    )
    opened = [press.services.vault.open(str(row["account_id"]), row["key_id"], row["sealed"]) for row in found]
    return {value for secrets in opened for value in secrets.values() if len(value) > 6}
