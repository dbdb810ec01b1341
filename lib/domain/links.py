"""Whether the links of a text work and are the author's."""

from collections.abc import Iterator

from lib.domain.writing_settings import WritingSettings


def check_links(text: str, settings: WritingSettings) -> Iterator[str]:
    yield from ()
