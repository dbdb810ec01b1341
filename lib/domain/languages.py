"""Whether a text is plainly in another language than the one wanted; in doubt it is not."""


def foreign_language(text: str, wanted: str) -> tuple[str, str] | None:
    """The English names of the language found and of the one wanted, when they surely differ."""
    return None
