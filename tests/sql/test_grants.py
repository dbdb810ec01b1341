"""Who may call and read what. Hosted Supabase grants nothing by itself, so the migration must, and not too much."""

import asyncpg
import pytest

from tests.sql.world import World

ROLES = ("anon", "authenticated", "service_role")
# Called with a person's token; everything else in `public` is for the service.
FOR_PEOPLE = {
    "approve_content", "begin_connection", "connect_account", "continue_publication",
    "create_approval_link", "create_schedule",
    "delete_schedule", "discard_dead_letter", "edit_content", "find_account", "get_account", "get_content",
    "get_publication", "get_run", "get_schedule", "list_accounts", "list_alerts", "list_contents",
    "list_dead_letters", "list_held", "list_publications", "list_runs", "list_schedules", "list_targets",
    "list_workspaces", "mark_published", "mark_replayed", "pause_schedule", "publish_content",
    "recall_contents", "reject_content", "remove_account", "replay_dead_letter", "resolve_alert",
    "restore_schedule", "resume_schedule", "resume_workspace", "retry_publication", "set_caps",
    "stop_workspace", "take_connection", "update_account", "update_schedule", "void_publication",
    "writing_figures",
}  # fmt: skip
FOR_THE_SERVICE = {
    "add_approval_link", "advance_schedule", "begin_attempt", "claim_publication", "claim_run", "fail_run",
    "finish_run", "list_credentials", "mark_account", "mark_armed", "mark_publications_armed", "queue_run",
    "raise_alert", "read_approval_link", "read_credentials", "record_attempt", "record_missed", "record_part",
    "redrive_dead_letters", "request_run", "reseal_credentials", "resume_run", "set_subscription",
    "settle_dead_letter", "settle_deadlines", "settle_notice", "settle_publication", "store_credentials",
    "sweep_publications", "sweep_work", "take_notices", "use_approval_link",
}  # fmt: skip
# Drafts on their way, and what proves us or lets somebody decide: only our functions read them.
FOR_NOBODY = {"answers", "approval_links", "credentials", "oauth_states"}


async def functions_of(world: World, schema: str, role: str) -> set[str]:
    rows = await world.owner.fetch(
        "select proname from pg_proc "
        "where pronamespace = $1::regnamespace and has_function_privilege($2, oid, 'execute')",
        schema, role,
    )  # fmt: skip
    return {row["proname"] for row in rows}


async def test_every_public_function_is_for_people_or_for_the_service_and_never_for_both(world: World) -> None:
    assert await functions_of(world, "public", "authenticated") == FOR_PEOPLE
    assert await functions_of(world, "public", "service_role") == FOR_THE_SERVICE
    assert await functions_of(world, "public", "anon") == set()
    everything = await functions_of(world, "public", "drumbeat_owner")
    assert everything == FOR_PEOPLE | FOR_THE_SERVICE


async def test_nobody_outside_may_call_an_inner_function(world: World) -> None:
    for role in ROLES:
        assert await functions_of(world, "app", role) == set(), role


async def test_neither_a_persons_token_nor_none_can_call_a_function_of_the_service(world: World) -> None:
    ada = await world.person()
    for function in FOR_THE_SERVICE:
        names = await world.owner.fetchval(
            "select proargnames from pg_proc where proname = $1 and pronamespace = 'public'::regnamespace", function
        )
        for caller in (ada, world.anon):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match=f"denied for function {function}"):
                await caller.call(function, **{name.removeprefix("p_"): None for name in names})


async def test_people_may_only_read_tables_and_the_others_not_even_that(world: World) -> None:
    grants = await world.owner.fetch(
        """
        select c.relname, r.role, p.privilege
        from pg_class c, unnest($1::text[]) as r (role),
          unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p (privilege)
        where c.relnamespace = 'app'::regnamespace and c.relkind = 'r'
          and has_table_privilege(r.role, c.oid, p.privilege)
        """,
        list(ROLES),
    )
    tables = {row["relname"] for row in await world.owner.fetch(
        "select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'"
    )}  # fmt: skip
    assert {(it["relname"], it["role"], it["privilege"]) for it in grants} == {
        (table, "authenticated", "select") for table in tables - FOR_NOBODY
    }


async def test_only_people_may_look_into_the_schema_of_the_tables(world: World) -> None:
    may = {role: await world.owner.fetchval("select has_schema_privilege($1, 'app', 'usage')", role) for role in ROLES}
    assert may == {"anon": False, "authenticated": True, "service_role": False}


async def test_every_function_that_callers_reach_runs_as_its_owner_with_an_empty_search_path(world: World) -> None:
    rows = await world.owner.fetch(
        "select proname, pronamespace::regnamespace::text as schema, prosecdef, proconfig, pg_get_userbyid(proowner) o "
        "from pg_proc where pronamespace in ('app'::regnamespace, 'public'::regnamespace)"
    )
    assert len(rows) > len(FOR_PEOPLE | FOR_THE_SERVICE)
    for row in rows:
        assert row["proconfig"] == ['search_path=""'], row["proname"]
        assert row["prosecdef"] == (row["schema"] == "public"), row["proname"]
        assert row["o"] == "drumbeat_owner"


async def test_the_owner_of_the_tables_is_no_superuser(world: World) -> None:
    owners = await world.owner.fetch(
        "select distinct r.rolname, r.rolsuper from pg_class c join pg_roles r on r.oid = c.relowner "
        "where c.relnamespace = 'app'::regnamespace"
    )
    assert [tuple(it.values()) for it in owners] == [("drumbeat_owner", False)]
