"""The webhook as the founding documents sketch it, written straightforwardly in Python: one step after the other.

Look the schedule up, check the subscription, check that this run was not done before, write, save, update the
statistics, publish the next message, remember it. With Upstash's SDK and supabase's client, as one would. No ledger, no
lease, no quota: what it leaves out only makes it faster.
"""

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from postgrest import AsyncPostgrestClient
from qstash import AsyncQStash, Receiver
from qstash.errors import SignatureError

from lib.adapters.models import Turn, Writer, WritingRequest
from lib.clock import Clock
from lib.domain.content import SHAPES

# The statements that the JavaScript of the documents runs through supabase-js, one round trip each.
STATEMENTS = """
create function public.seed_get_schedule(p_id uuid) returns jsonb language sql security definer
  as $$ select to_jsonb(s) from app.schedules s where s.id = p_id $$;
create function public.seed_get_subscription(p_id uuid) returns jsonb language sql security definer
  as $$ select to_jsonb(w) from app.workspaces w where w.id = p_id $$;
create table public.seed_contents (schedule_id uuid, due_at timestamptz, body text);
create index on public.seed_contents (schedule_id, due_at);
create function public.seed_was_run(p_id uuid, p_due_at timestamptz) returns jsonb language sql security definer
  as $$ select to_jsonb(exists (
          select from public.seed_contents c where c.schedule_id = p_id and c.due_at = p_due_at)) $$;
create function public.seed_save_content(p_id uuid, p_due_at timestamptz, p_body text) returns jsonb
  language sql security definer
  as $$ insert into public.seed_contents values (p_id, p_due_at, p_body) returning to_jsonb(true) $$;
create function public.seed_count(p_id uuid, p_now timestamptz) returns jsonb language sql security definer
  as $$ update app.schedules set total_generated = total_generated + 1, last_run_at = p_now where id = p_id
        returning to_jsonb(true) $$;
create function public.seed_reschedule(p_id uuid, p_next timestamptz, p_message_id text) returns jsonb
  language sql security definer
  as $$ update app.schedules set next_run_at = p_next, late_at = p_next, armed_message_id = p_message_id,
        following_run_at = null, following_late_at = null where id = p_id
        returning to_jsonb(true) $$;
grant execute on all functions in schema public to service_role;
notify pgrst, 'reload schema';
"""


def create_seed_app(environment: dict[str, str], http: httpx.AsyncClient, writer: Writer, clock: Clock) -> FastAPI:
    app = FastAPI()
    receiver = Receiver(environment["QSTASH_CURRENT_SIGNING_KEY"], environment["QSTASH_NEXT_SIGNING_KEY"])
    qstash = AsyncQStash(environment["QSTASH_TOKEN"], base_url=environment["QSTASH_URL"])
    qstash.http._client = http  # the same distance to QStash as ours has
    database = AsyncPostgrestClient(
        f"{environment['SUPABASE_URL']}/rest/v1",
        headers={"apikey": environment["SUPABASE_SECRET_KEY"]},
        http_client=http,
    )

    async def call(function: str, **arguments: Any) -> Any:
        parameters = {f"p_{name}": value for name, value in arguments.items()}
        return (await database.rpc(f"seed_{function}", parameters).execute()).data

    @app.post("/api/content/generate-scheduled")
    async def generate_scheduled(request: Request) -> dict[str, bool]:
        body = (await request.body()).decode()
        try:
            receiver.verify(
                signature=request.headers["upstash-signature"],
                body=body,
                url=f"{environment['PUBLIC_URL']}/api/content/generate-scheduled",
            )
        except SignatureError as exc:
            raise HTTPException(401) from exc
        asked = json.loads(body)
        schedule = await call("get_schedule", id=asked["scheduleId"])
        workspace = await call("get_subscription", id=schedule["workspace_id"])
        if workspace["subscription_status"] != "active":
            return {"done": False}
        if await call("was_run", id=schedule["id"], due_at=asked["timestamp"]):
            return {"done": False}
        answer = await writer.write(prompt(clock()), within=timedelta(minutes=4))
        await call("save_content", id=schedule["id"], due_at=asked["timestamp"], body=answer.text)
        await call("count", id=schedule["id"], now=clock().isoformat())
        next_run_at = datetime.fromisoformat(asked["timestamp"]) + timedelta(days=1)
        sent = await qstash.message.publish_json(
            url=f"{environment['PUBLIC_URL']}/api/content/generate-scheduled",
            body={"scheduleId": schedule["id"], "timestamp": next_run_at.isoformat()},
            not_before=int(next_run_at.timestamp()),
        )
        assert not isinstance(sent, list)  # one address, not a URL group
        await call("reschedule", id=schedule["id"], next=next_run_at.isoformat(), message_id=sent.message_id)
        return {"done": True}

    return app


def prompt(now: datetime) -> WritingRequest:
    shape = next(iter(SHAPES.values()))
    return WritingRequest(
        "", (Turn("user", "Write about coffee."),), shape.schema, shape.most_tokens, shape.effort, now
    )
