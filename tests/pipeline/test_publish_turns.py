"""Where the sweep publishes what is due itself, nobody waits for all that somebody else has."""

from collections import deque
from datetime import UTC, datetime, timedelta

from lib.domain.account import Platform
from lib.domain.publication import Publication, PublicationStatus
from lib.pipeline.arm_publications import Waiting
from lib.pipeline.rescue_publications import Turns

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_workspaces_take_turns_and_in_each_its_accounts() -> None:
    big = [waiting("big", account, minute) for account in ("b1", "b2") for minute in range(3)]
    small = [waiting("small", "s1", 5)]
    assert taken(Turns.of([*big, *small])) == ["b1 0", "s1 5", "b2 0", "b1 1", "b2 1", "b1 2", "b2 2"]


def test_of_an_account_the_earliest_goes_first_and_one_at_a_time() -> None:
    turns = Turns.of([waiting("w", "a", 2), waiting("w", "a", 1), waiting("w", "b", 3)])
    first, second = turns.take(), turns.take()
    assert first is not None
    assert second is not None
    assert (named(first), named(second)) == ("a 1", "b 3")
    assert turns.take() is None, "both accounts are being worked on"
    first.popleft()
    turns.give_back(first)
    again = turns.take()
    assert again is not None
    assert named(again) == "a 2"


def test_what_nobody_has_begun_is_left() -> None:
    turns = Turns.of([waiting("w", "a", minute) for minute in range(3)])
    line = turns.take()
    assert line is not None
    line.popleft()
    turns.give_back(line)
    assert turns.left == 2


def taken(turns: Turns) -> list[str]:
    """In the order in which one worker takes them."""
    order = []
    while (line := turns.take()) is not None:
        order.append(named(line))
        line.popleft()
        turns.give_back(line)
    return order


def named(line: deque[Waiting]) -> str:
    return f"{line[0].publication.account_id} {line[0].at.minute}"


def waiting(workspace: str, account: str, minute: int) -> Waiting:
    at = NINE + timedelta(minutes=minute)
    publication = Publication(
        id=f"{account}-{minute}",
        workspace_id=workspace,
        schedule_id="schedule",
        content_id="content",
        account_id=account,
        status=PublicationStatus.WAITING,
        reason=None,
        publish_at=at,
        late_at=None,
        retry_at=None,
        attempt=0,
        fence=None,
        lease_until=None,
        attempted_at=None,
        parts=(),
        read_at=None,
        reads=(),
        arm_count=0,
        row={},
    )
    return Waiting(publication, Platform.X, at)
