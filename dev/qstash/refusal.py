"""How QStash says no: a status, `{"error": text}`, and sometimes headers."""

from collections.abc import Mapping


class Refused(Exception):
    """A request that QStash answers with an error. `text` is what stands in `error`."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers or {})
