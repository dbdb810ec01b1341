"""After the key to seal with was changed: what is sealed under other keys is opened and sealed under the first.

Safe to stop and to repeat at any time: each is put in the place of itself only if nobody has changed it meanwhile. The
old key may be dropped when nothing is left that is sealed under it.
"""

from dataclasses import dataclass
from datetime import datetime

from lib import logs
from lib.errors import PublishFailed
from lib.services import Services

PAGE = 100


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many accounts' credentials. `unopened` are sealed under a key that is not there, or are broken."""

    done: int = 0
    changed: int = 0  # by somebody else while we were at it
    unopened: int = 0

    @property
    def is_complete(self) -> bool:
        return not self.changed and not self.unopened


async def reseal(services: Services, now: datetime) -> Resealed:
    """Raises NotConfigured without a key, Unavailable when the database cannot be reached; then some are done."""
    done = changed = unopened = 0
    after: str | None = None
    while True:
        page = await services.store.list_credentials(key_id=services.vault.key_id, after=after, limit=PAGE)
        for row in page["credentials"]:
            after = row["account_id"]
            try:
                is_done = await reseal_one(
                    row["account_id"], row["version"], row["key_id"], row["sealed"], services, now
                )
            except PublishFailed:
                logs.error("credentials.unopened", account_id=row["account_id"], key_id=row["key_id"])
                unopened += 1
            else:
                done, changed = done + is_done, changed + (not is_done)
        if not page["more"]:
            return Resealed(done, changed, unopened)


async def reseal_one(
    account_id: str, version: int, key_id: str, sealed: str, services: Services, now: datetime
) -> bool:
    """Whether it is sealed under the first key now. Raises PublishFailed when it cannot be opened."""
    box = services.vault.seal(account_id, services.vault.open(account_id, key_id, sealed))
    answer = await services.store.reseal_credentials(
        account_id=account_id,
        version=version,
        old_key_id=key_id,
        key_id=box.key_id,
        sealed=box.sealed,
        now=now,
    )
    return bool(answer["outcome"] == "resealed")
