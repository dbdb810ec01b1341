"""What somebody should know of, and may have to mend."""

from enum import StrEnum


class AlertKind(StrEnum):
    """What an alert is about."""

    BUDGET_TRIPPED = "budget_tripped"  # a cap on money kept something from running; it runs again when the period turns
    MODEL_MISCONFIGURED = "model_misconfigured"  # a model's key, credit or name is wrong; an operator must mend it
