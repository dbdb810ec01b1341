"""What the database does about accounts and what proves us to their platforms."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from lib.adapters.supabase.calls import Row


class AccountCalls:
    """The service's part: credentials, which nobody else can read."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def read_credentials(self, account_id: str) -> Row:
        """{key_id, sealed, version, expires_at}; empty when the account has none."""
        return await self._call("read_credentials", account_id=account_id)

    async def store_credentials(
        self, *, account_id: str, version: int, key_id: str, sealed: str, expires_at: datetime | None, now: datetime
    ) -> Row:
        return await self._call(
            "store_credentials",
            account_id=account_id,
            version=version,
            key_id=key_id,
            sealed=sealed,
            expires_at=expires_at,
            now=now,
        )

    async def list_credentials(self, *, key_id: str, after: str | None, limit: int) -> Row:
        """Those that are not sealed under this key."""
        return await self._call("list_credentials", key_id=key_id, after=after, limit=limit)

    async def reseal_credentials(
        self, *, account_id: str, version: int, old_key_id: str, key_id: str, sealed: str, now: datetime
    ) -> Row:
        return await self._call(
            "reseal_credentials",
            account_id=account_id,
            version=version,
            old_key_id=old_key_id,
            key_id=key_id,
            sealed=sealed,
            now=now,
        )

    async def mark_account(
        self, *, account_id: str, version: int | None, status: str, reason: str | None, now: datetime
    ) -> Row:
        return await self._call(
            "mark_account", account_id=account_id, version=version, status=status, reason=reason, now=now
        )


class UserAccountCalls:
    """A person's part."""

    _call: Callable[..., Awaitable[dict[str, Any]]]

    async def list_accounts(self, workspace_id: str | None) -> Row:
        return await self._call("list_accounts", workspace_id=workspace_id)

    async def get_account(self, account_id: str) -> Row:
        return await self._call("get_account", account_id=account_id)

    async def find_account(self, workspace_id: str | None, platform: str, external_id: str) -> Row:
        return await self._call("find_account", workspace_id=workspace_id, platform=platform, external_id=external_id)

    async def connect_account(
        self,
        *,
        account_id: str,
        workspace_id: str | None,
        platform: str,
        name: str,
        external_id: str,
        settings: Row,
        credentials: Row | None,
        now: datetime,
    ) -> Row:
        """`credentials`: {key_id, sealed, expires_at}, sealed for `account_id`."""
        return await self._call(
            "connect_account",
            account_id=account_id,
            workspace_id=workspace_id,
            platform=platform,
            name=name,
            external_id=external_id,
            settings=settings,
            credentials=credentials,
            now=now,
        )

    async def update_account(self, account_id: str, changes: Row, now: datetime) -> Row:
        return await self._call("update_account", account_id=account_id, changes=changes, now=now)

    async def remove_account(self, account_id: str, now: datetime) -> Row:
        return await self._call("remove_account", account_id=account_id, now=now)

    async def begin_connection(
        self,
        *,
        state_hash: str,
        workspace_id: str | None,
        platform: str,
        key_id: str,
        sealed: str,
        expires_at: datetime,
        now: datetime,
    ) -> Row:
        return await self._call(
            "begin_connection",
            state_hash=state_hash,
            workspace_id=workspace_id,
            platform=platform,
            key_id=key_id,
            sealed=sealed,
            expires_at=expires_at,
            now=now,
        )

    async def take_connection(self, state_hash: str, now: datetime) -> Row:
        return await self._call("take_connection", state_hash=state_hash, now=now)
