"""What exhausted its retries."""

from enum import StrEnum


class DeadLetterCause(StrEnum):
    """Why it is one."""

    DELIVERY = "delivery"  # QStash gave a message up
    POISON = "poison"  # a message that nobody can act on, and no retry would make readable
    PLATFORM = "platform"  # a platform refused a publication for good, or it does not fit
    ATTEMPTS = "attempts"  # a publication was tried too often; the causes were passing, so it is driven again by itself
    ACCOUNT = "account"  # a publication's account could not be used in time


class DeadLetterStatus(StrEnum):
    """What was done about it."""

    OPEN = "open"  # somebody, or the re-drive, may still do something
    SETTLED = "settled"  # what it was about has come to an end without help
    REPLAYED = "replayed"  # went through the pipeline again; what becomes of that is in the ledger
    DISCARDED = "discarded"  # by a person, with a note
