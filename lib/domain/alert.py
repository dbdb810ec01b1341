"""What somebody should know of, and may have to mend."""

from enum import StrEnum


class AlertKind(StrEnum):
    """What an alert is about."""

    BUDGET_TRIPPED = "budget_tripped"  # a cap on money kept something from running; it runs again when the period turns
    MODEL_MISCONFIGURED = "model_misconfigured"  # a model's key, credit or name is wrong; an operator must mend it
    PUBLICATION_FAILED = "publication_failed"  # a publication was given up; the dead letter says why
    PUBLICATION_UNKNOWN = "publication_unknown"  # it may be out or not, and nothing can tell; a person must look
    ACCOUNT_LOST = "account_lost"  # an account's credentials or webhook do not work any more; connect it again
    APPROVAL_WANTED = "approval_wanted"  # a content waits for somebody's yes
    HANDED_OFF = "handed_off"  # a content is due on a platform that only people can post to
