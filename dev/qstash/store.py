"""Everything QStash remembers, in memory and, if asked, in a SQLite file that survives a restart.

Each change of an entry is written at once, so a killed process loses nothing but the calls that were open; those are
made again, as with the real service.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator, ValuesView
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dev.qstash.flow import FlowKey, QueueLine
from dev.qstash.message import DeadLetter, Message, MessageState, Schedule, UrlGroup
from dev.qstash.signing import SigningKeys

_SCHEMA = "create table if not exists entries (kind text, id text, json text not null, primary key (kind, id))"


class StateFile:
    """One table of JSON documents."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        # Against a killed process this is safe; a power cut may cost a development stack its last messages.
        with closing(self._connection.execute("pragma synchronous = off")):
            self._connection.execute(_SCHEMA)

    def read(self, kind: str) -> Iterator[tuple[str, bytes]]:
        rows = self._connection.execute("select id, json from entries where kind = ? order by rowid", (kind,))
        yield from ((key, document.encode()) for key, document in rows.fetchall())

    def write(self, kind: str, key: str, document: bytes) -> None:
        self._connection.execute(
            "insert into entries values (?, ?, ?) on conflict (kind, id) do update set json = excluded.json",
            (kind, key, document.decode()),
        )

    def remove(self, kind: str, key: str) -> None:
        self._connection.execute("delete from entries where kind = ? and id = ?", (kind, key))

    def close(self) -> None:
        self._connection.close()


class Table[T]:
    """Entries of one kind by id, in order of arrival. Change an entry, then `put` it again."""

    def __init__(self, kind: str, entry_type: Any, file: StateFile | None) -> None:
        self._kind = kind
        self._file = file
        self._adapter: TypeAdapter[T] = TypeAdapter(entry_type)
        self._entries: dict[str, T] = {}
        if file is not None:
            self._entries = {key: self._adapter.validate_json(document) for key, document in file.read(kind)}

    def put(self, key: str, entry: T) -> None:
        self._entries[key] = entry
        if self._file is not None:
            self._file.write(self._kind, key, self._adapter.dump_json(entry))

    def get(self, key: str) -> T | None:
        return self._entries.get(key)

    def pop(self, key: str) -> T | None:
        entry = self._entries.pop(key, None)
        if entry is not None and self._file is not None:
            self._file.remove(self._kind, key)
        return entry

    def values(self) -> ValuesView[T]:
        return self._entries.values()

    def oldest(self) -> tuple[str, T] | None:
        return next(iter(self._entries.items()), None)

    def __len__(self) -> int:
        return len(self._entries)


class Store:
    """The tables. `deduplication` maps a key to (message id, end of its window); `attempts` counts by UTC day."""

    def __init__(self, state_file: Path | None, keys: SigningKeys) -> None:
        self._file = StateFile(state_file) if state_file is not None else None
        self.messages: Table[Message] = Table("message", Message, self._file)
        self.schedules: Table[Schedule] = Table("schedule", Schedule, self._file)
        self.dead_letters: Table[DeadLetter] = Table("dead_letter", DeadLetter, self._file)
        self.flows: Table[FlowKey] = Table("flow", FlowKey, self._file)
        self.queues: Table[QueueLine] = Table("queue", QueueLine, self._file)
        self.url_groups: Table[UrlGroup] = Table("url_group", UrlGroup, self._file)
        self.deduplication: Table[tuple[str, datetime]] = Table("deduplication", tuple[str, datetime], self._file)
        self.attempts: Table[int] = Table("attempts", int, self._file)
        self._keys: Table[SigningKeys] = Table("keys", SigningKeys, self._file)
        self._first_keys = keys
        self._ended: deque[str] = deque(message.id for message in self.messages.values() if message.has_ended)
        self._start_over()

    def _start_over(self) -> None:
        """Nobody is being called any more: calls that were open are made again."""
        for message in self.messages.values():
            if message.state is MessageState.ACTIVE:
                message.state = MessageState.WAITING
        for flow in self.flows.values():
            flow.start_over()
        for queue in self.queues.values():
            queue.start_over()

    @property
    def keys(self) -> SigningKeys:
        return self._keys.get("keys") or self._first_keys

    @keys.setter
    def keys(self, keys: SigningKeys) -> None:
        self._keys.put("keys", keys)

    def end(self, message: Message, state: MessageState, now: datetime) -> None:
        """The message has come to its end; it stays readable until `forget`."""
        message.state, message.ended_at = state, now
        self.messages.put(message.id, message)
        self._ended.append(message.id)

    def forget(self, now: datetime, *, grace: timedelta, dead_letter_retention: timedelta) -> None:
        """Let go of ended messages, closed deduplication windows and old dead letters."""
        while self._ended:
            message = self.messages.get(self._ended[0])
            if message is not None and message.ended_at is not None and message.has_ended:
                if now < message.ended_at + grace:
                    break
                self.messages.pop(message.id)
            self._ended.popleft()
        while (window := self.deduplication.oldest()) is not None and window[1][1] <= now:
            self.deduplication.pop(window[0])
        while (letter := self.dead_letters.oldest()) is not None and letter[1].failed_at + dead_letter_retention <= now:
            self.dead_letters.pop(letter[0])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
