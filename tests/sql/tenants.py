"""What Bob has, and what Ada passes to each function for people to get at it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.sql.callers import Person, Row
from tests.sql.publishing import connect
from tests.sql.world import FIELDS, HOUR, NOW, World


@dataclass(frozen=True, slots=True)
class Belongings:
    """What Bob has."""

    workspace_id: str
    schedule: Row
    deleted: Row
    run: Row
    content: Row
    alert: Row
    account_id: str
    publication: Row
    letter: Row
    state_hash: str

    @classmethod
    def nobodys(cls) -> "Belongings":
        """Ids that nobody has."""
        unknown = {"id": str(uuid.uuid4())}
        return cls(unknown["id"], *[unknown] * 5, unknown["id"], unknown, unknown, "unknown")


async def settle_in(world: World, bob: Person) -> Belongings:
    schedule, deleted = await world.schedule(bob), await world.schedule(bob)
    await bob.call("delete_schedule", schedule_id=deleted["id"], now=NOW)
    done = await world.finish((await world.claim(schedule))["run"])
    raised = await world.service.call(
        "raise_alert", workspace_id=bob.id, schedule_id=schedule["id"], kind="budget_tripped", subject="plan_day",
        details={"cap": "plan_day"}, now=NOW,
    )  # fmt: skip
    account_id = await connect(world, bob)
    published = await bob.call(
        "publish_content", content_id=done["contents"][0]["id"], account_ids=[account_id], publish_at=None, now=NOW
    )
    await world.service.call(
        "settle_dead_letter", dlq_id=bob.id, message_id=None, url=None, status=489, body="", due_at=NOW,
        schedule_id=schedule["id"], run_id=None, publication_id=None, now=NOW,
    )  # fmt: skip
    letters = await bob.call("list_dead_letters", workspace_id=None, status=None, after=None, limit=9)
    await bob.call("begin_connection", **connecting(None, bob.id))
    return Belongings(
        bob.id, schedule, deleted, done["run"], published["content"], raised["alert"], account_id,
        published["publications"][0], letters["dead_letters"][0], bob.id,
    )  # fmt: skip


NEXT = {"next_run_at": NOW + HOUR, "late_at": NOW + 2 * HOUR, "now": NOW}
CREATE = {"fields": FIELDS, **NEXT, "request_hash": "h"}
PAGE = {"after": None, "limit": 9}
IN_WORKSPACE = {"platform": "x", "now": NOW}


def connecting(workspace_id: str | None, state_hash: str) -> Row:
    return {
        **IN_WORKSPACE, "workspace_id": workspace_id, "state_hash": state_hash, "key_id": "k1", "sealed": "s",
        "expires_at": NOW + HOUR,
    }  # fmt: skip


def account_of(workspace_id: str | None, account_id: str) -> Row:
    return {
        **IN_WORKSPACE, "workspace_id": workspace_id, "account_id": account_id, "name": "@mine", "external_id": "mine",
        "settings": {}, "credentials": None,
    }  # fmt: skip


# Function: what Ada passes, and the code of the refusal. Two entries of one function are two attempts.
ATTEMPTS: dict[str, list[tuple[Callable[[Belongings], Row], str]]] = {
    "create_schedule": [
        (
            lambda bob: {**CREATE, "schedule_id": str(uuid.uuid4()), "workspace_id": bob.workspace_id, "key": "k"},
            "workspace_not_found",
        ),
        (
            lambda bob: {**CREATE, "schedule_id": bob.schedule["id"], "workspace_id": None, "key": None},
            "idempotency_mismatch",
        ),
    ],
    "update_schedule": [
        (
            lambda bob: {**NEXT, "schedule_id": bob.schedule["id"], "revision": 1, "changes": {"name": "mine"}},
            "schedule_not_found",
        ),
    ],
    "pause_schedule": [(lambda bob: {"schedule_id": bob.schedule["id"], "now": NOW}, "schedule_not_found")],
    "resume_schedule": [(lambda bob: {**NEXT, "schedule_id": bob.schedule["id"]}, "schedule_not_found")],
    "delete_schedule": [(lambda bob: {"schedule_id": bob.schedule["id"], "now": NOW}, "schedule_not_found")],
    "restore_schedule": [(lambda bob: {**NEXT, "schedule_id": bob.deleted["id"]}, "schedule_not_found")],
    "get_schedule": [(lambda bob: {"schedule_id": bob.schedule["id"]}, "schedule_not_found")],
    "list_schedules": [
        (lambda bob: {**PAGE, "workspace_id": bob.workspace_id, "include_deleted": True}, "workspace_not_found"),
    ],
    "list_runs": [(lambda bob: {**PAGE, "schedule_id": bob.schedule["id"]}, "schedule_not_found")],
    "get_run": [(lambda bob: {"run_id": bob.run["id"]}, "run_not_found")],
    "list_contents": [
        (
            lambda bob: {**PAGE, "workspace_id": bob.workspace_id, "schedule_id": None, "status": None},
            "workspace_not_found",
        ),
        (
            lambda bob: {**PAGE, "workspace_id": None, "schedule_id": bob.schedule["id"], "status": None},
            "schedule_not_found",
        ),
    ],
    "get_content": [(lambda bob: {"content_id": bob.content["id"]}, "content_not_found")],
    "recall_contents": [(lambda bob: {"content_id": bob.content["id"]}, "content_not_found")],
    "edit_content": [
        (
            lambda bob: {"content_id": bob.content["id"], "version": 1, "changes": {"body": "mine"}, "now": NOW},
            "content_not_found",
        ),
    ],
    "approve_content": [
        (lambda bob: {"content_id": bob.content["id"], "version": 1, "note": None, "now": NOW}, "content_not_found"),
    ],
    "reject_content": [
        (lambda bob: {"content_id": bob.content["id"], "note": None, "now": NOW}, "content_not_found"),
    ],
    "create_approval_link": [
        (
            lambda bob: {
                "link_id": str(uuid.uuid4()), "content_id": bob.content["id"], "expires_at": NOW + HOUR, "now": NOW,
            },
            "content_not_found",
        ),
    ],
    "publish_content": [
        (
            lambda bob: {"content_id": bob.content["id"], "account_ids": None, "publish_at": None, "now": NOW},
            "content_not_found",
        ),
    ],
    "list_publications": [
        (
            lambda bob: {
                **PAGE, "workspace_id": bob.workspace_id, "schedule_id": None, "content_id": None, "account_id": None,
                "status": None,
            },
            "workspace_not_found",
        ),
    ],
    "get_publication": [(lambda bob: {"publication_id": bob.publication["id"]}, "publication_not_found")],
    "retry_publication": [
        (
            lambda bob: {"publication_id": bob.publication["id"], "confirm": True, "now": NOW},
            "publication_not_found",
        ),
    ],
    "void_publication": [
        (lambda bob: {"publication_id": bob.publication["id"], "now": NOW}, "publication_not_found"),
    ],
    "continue_publication": [
        (
            lambda bob: {"publication_id": bob.publication["id"], "number": 0, "part": {}, "now": NOW},
            "publication_not_found",
        ),
    ],
    "mark_published": [
        (lambda bob: {"publication_id": bob.publication["id"], "url": None, "now": NOW}, "publication_not_found"),
    ],
    "list_accounts": [(lambda bob: {"workspace_id": bob.workspace_id}, "workspace_not_found")],
    "list_targets": [
        (
            lambda bob: {"workspace_id": bob.workspace_id, "account_ids": [bob.account_id], "schedule_id": None},
            "workspace_not_found",
        ),
    ],
    "get_account": [(lambda bob: {"account_id": bob.account_id}, "account_not_found")],
    "find_account": [
        (
            lambda bob: {"workspace_id": bob.workspace_id, "platform": "x", "external_id": bob.account_id},
            "workspace_not_found",
        ),
    ],
    "connect_account": [
        (lambda bob: account_of(bob.workspace_id, str(uuid.uuid4())), "workspace_not_found"),
        (lambda bob: account_of(None, bob.account_id), "account_mismatch"),
    ],
    "update_account": [
        (
            lambda bob: {"account_id": bob.account_id, "changes": {"name": "mine"}, "now": NOW},
            "account_not_found",
        ),
    ],
    "remove_account": [(lambda bob: {"account_id": bob.account_id, "now": NOW}, "account_not_found")],
    "begin_connection": [(lambda bob: connecting(bob.workspace_id, "other"), "workspace_not_found")],
    "take_connection": [(lambda bob: {"state_hash": bob.state_hash, "now": NOW}, "connection_not_found")],
    "list_dead_letters": [
        (lambda bob: {**PAGE, "workspace_id": bob.workspace_id, "status": None}, "workspace_not_found"),
    ],
    "replay_dead_letter": [(lambda bob: {"letter_id": bob.letter["id"], "now": NOW}, "dead_letter_not_found")],
    "mark_replayed": [
        (
            lambda bob: {"letter_id": bob.letter["id"], "run_id": bob.run["id"], "now": NOW},
            "dead_letter_not_found",
        ),
    ],
    "discard_dead_letter": [
        (lambda bob: {"letter_id": bob.letter["id"], "note": None, "now": NOW}, "dead_letter_not_found"),
    ],
    "stop_workspace": [(lambda bob: {"workspace_id": bob.workspace_id, "now": NOW}, "workspace_not_found")],
    "list_held": [(lambda bob: {"workspace_id": bob.workspace_id, "now": NOW}, "workspace_not_found")],
    "resume_workspace": [
        (
            lambda bob: {
                "workspace_id": bob.workspace_id, "how": "skip", "schedules": [], "spread": timedelta(minutes=1),
                "now": NOW,
            },
            "workspace_not_found",
        ),
    ],
    "list_alerts": [(lambda bob: {**PAGE, "workspace_id": bob.workspace_id}, "workspace_not_found")],
    "resolve_alert": [(lambda bob: {"alert_id": bob.alert["id"], "now": NOW}, "alert_not_found")],
    "set_caps": [
        (
            lambda bob: {"workspace_id": bob.workspace_id, "daily": 1, "monthly": 1, "now": NOW},
            "workspace_not_found",
        ),
    ],
    "writing_figures": [
        (
            lambda bob: {
                "workspace_id": bob.workspace_id, "content_type": "x_post", "quality": "standard", "now": NOW,
            },
            "workspace_not_found",
        ),
    ],
}  # fmt: skip
# Takes no id: what it shows is looked at by itself.
WITHOUT_IDS = {"list_workspaces"}
# Takes no role: only whoever began a connection ends it.
OWN = {"take_connection"}
# Makes something new of an id that nobody has.
MAKES = {"create_schedule", "connect_account"}
WRITES = [
    "update_schedule", "pause_schedule", "resume_schedule", "delete_schedule", "restore_schedule", "create_schedule",
    "edit_content", "approve_content", "reject_content", "create_approval_link", "publish_content",
    "retry_publication", "continue_publication",
    "void_publication", "mark_published", "connect_account", "update_account", "remove_account",
    "begin_connection", "replay_dead_letter", "mark_replayed", "discard_dead_letter", "stop_workspace",
    "resume_workspace", "resolve_alert", "set_caps",
]  # fmt: skip
