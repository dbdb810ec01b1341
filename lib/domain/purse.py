"""The money that one attempt of a run may still spend, shared by the contents it writes at the same time."""


class Purse:
    """Micro-USD. What a call can cost at most is held back before it is made, and settled to what it did cost.

    Nothing in here awaits, so tasks of one event loop may share a purse without a lock.
    """

    def __init__(self, limit: int) -> None:
        self._left = max(limit, 0)

    @property
    def left(self) -> int:
        """What nobody holds; never below zero, although a call may have cost more than was held for it."""
        return max(self._left, 0)

    def fits(self, ceiling: int) -> bool:
        return ceiling <= self._left

    def hold(self, ceiling: int) -> bool:
        """Take this much out for a call, unless so much is not left."""
        if not self.fits(ceiling):
            return False
        self._left -= ceiling
        return True

    def settle(self, held: int, cost: int) -> None:
        """The call is over and has cost this; what was held beyond it is free again."""
        self._left += held - cost
