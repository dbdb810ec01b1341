-- Functions of every shape and temper, for comparing the gateway with PostgREST. Loaded into a scratch database only.
set check_function_bodies = off;
create schema probe;
grant usage on schema probe to anon, authenticated, service_role;
create type probe.mood as enum ('calm', 'keen');
create domain probe.score as int check (value between 0 and 10);
create type probe.pair as (a int, b text);
create table probe.things (id int primary key, name text not null unique, parent int references probe.things);
insert into probe.things values (1, 'one', null), (2, 'two', 1);
grant select, insert, update on probe.things to anon, authenticated, service_role;

create function public.echo_types(p_int int, p_big bigint, p_num numeric, p_text text, p_flag boolean, p_id uuid,
    p_at timestamptz, p_day date, p_time time, p_span interval, p_mood probe.mood, p_score probe.score,
    p_ids uuid[], p_times timestamptz[], p_json json, p_jsonb jsonb, p_pair probe.pair, p_short varchar(3))
  returns jsonb language sql stable as $$
  select jsonb_build_object('int', p_int, 'big', p_big, 'num', p_num, 'text', p_text, 'flag', p_flag, 'id', p_id,
    'at', p_at, 'day', p_day, 'time', p_time, 'span', p_span, 'seconds', extract(epoch from p_span), 'mood', p_mood,
    'score', p_score, 'ids', to_jsonb(p_ids), 'times', to_jsonb(p_times), 'json', p_json, 'jsonb', p_jsonb,
    'kind', jsonb_typeof(p_jsonb), 'pair', to_jsonb(p_pair), 'short', p_short) $$;
create function public.with_defaults(p_a int, p_b int default 10, p_c text default 'c')
  returns jsonb language sql immutable as $$ select jsonb_build_array(p_a, p_b, p_c) $$;
create function public.take_int(p_n int) returns int language sql immutable as $$ select p_n $$;
create function public.take_interval(p_span interval) returns double precision language sql stable as $$ select extract(epoch from p_span)::float8 $$;
create function public.take_jsonb(p_value jsonb) returns jsonb language sql immutable as $$ select p_value $$;
create function public.take_text(p_text text) returns text language sql immutable as $$ select p_text $$;
create function public.take_times(p_times timestamptz[]) returns jsonb language sql stable as $$ select to_jsonb(p_times) $$;
create function public.take_pairs(p_pairs probe.pair[]) returns int language sql stable as $$ select cardinality(p_pairs) $$;
create function public.no_arguments() returns text language sql immutable as $$ select 'none' $$;
create function public.odd_name("odd name" int, "q""uote" int) returns int language sql immutable as $$ select $1 + $2 $$;
create function public.overloaded(p_a int) returns text language sql immutable as $$ select 'a' $$;
create function public.overloaded(p_b int, p_c int) returns text language sql immutable as $$ select 'bc' $$;
create function public.twins(p_a int) returns text language sql immutable as $$ select 'int' $$;
create function public.twins(p_a text) returns text language sql immutable as $$ select 'text' $$;

create function public.give_null() returns jsonb language sql stable as $$ select null::jsonb $$;
create function public.give_bigint() returns bigint language sql stable as $$ select 9007199254740993 $$;
create function public.give_numeric() returns numeric language sql stable as $$ select 1.50 $$;
create function public.give_time() returns timestamptz language sql stable as $$ select '2026-11-21T09:00:00+09'::timestamptz $$;
create function public.give_span() returns interval language sql stable as $$ select '36 hours 5 minutes'::interval $$;
create function public.give_json() returns json language sql stable as $$ select '{"b":  1, "a": [1,  2]}'::json $$;
create function public.give_setof() returns setof int language sql stable as $$ select * from generate_series(1, 3) $$;
create function public.give_no_rows() returns setof int language sql stable as $$ select 1 where false $$;
create function public.give_table() returns table (id int, at timestamptz) language sql stable as $$ select 1, '2026-01-01Z'::timestamptz union all select 2, null $$;
create function public.give_setof_json() returns setof jsonb language sql stable as $$ select '{"n":1}'::jsonb union all select '2'::jsonb $$;
create function public.give_row() returns probe.things language sql stable as $$ select * from probe.things where id = 1 $$;
create function public.give_out(out p_a int, out p_b text) language sql stable as $$ select 1, 'x' $$;
create function public.give_one_out(out p_a int) language sql stable as $$ select 1 $$;
create function public.give_nothing() returns void language sql stable as $$ select $$;
create function public.give_array() returns int[] language sql stable as $$ select array[1, 2] $$;
create function public.give_text_with_quotes() returns text language sql stable as $$ select E'say "hi"\n한글 👋' $$;

create function public.add_thing(p_id int, p_name text, p_parent int default null) returns jsonb language sql volatile as $$
  insert into probe.things values (p_id, p_name, p_parent) returning to_jsonb(things) $$;
create sequence probe.counter;
grant usage on sequence probe.counter to anon, authenticated, service_role;
create function public.write_while_stable() returns void language sql stable as $$ select nextval('probe.counter') $$;
create function public.touch() returns jsonb language plpgsql volatile as $$
  begin update probe.things set name = name where id = 1; return '{"touched": true}'; end $$;

create function public.raise_state(p_state text, p_message text, p_detail text default null, p_hint text default null)
  returns jsonb language plpgsql stable as $$
  begin
    raise exception using errcode = p_state, message = p_message, detail = coalesce(p_detail, ''), hint = coalesce(p_hint, '');
  end $$;
create function public.raise_plain() returns jsonb language plpgsql stable as $$ begin raise 'plainly %', 'so'; end $$;
create function public.raise_conflict() returns jsonb language plpgsql volatile as $$
  begin raise sqlstate 'PT409' using message = 'lost_claim', detail = 'Another attempt holds the run', hint = '{"fence": 7}'; end $$;
create function public.raise_bare_conflict() returns jsonb language plpgsql volatile as $$ begin raise sqlstate 'PT409' using message = 'bare'; end $$;
create function public.raise_everything() returns jsonb language plpgsql stable as $$
  begin
    raise sqlstate 'PGRST' using message = '{"code": "busy", "message": "later", "details": "d", "hint": "h"}',
      detail = '{"status": 429, "headers": {"Retry-After": "7", "X-Why": "quota"}}';
  end $$;
create function public.raise_badly() returns jsonb language plpgsql stable as $$
  begin raise sqlstate 'PGRST' using message = 'not json', detail = '{"status": 429, "headers": {}}'; end $$;
create function public.divide(p_by int) returns int language sql stable as $$ select 1 / p_by $$;
create function public.missing_table() returns int language plpgsql stable as $$ begin return (select count(*) from probe.nowhere); end $$;
create function public.missing_function() returns int language plpgsql stable as $$ begin return probe.nothing(); end $$;
create function public.two_rows() returns int language plpgsql stable as $$ begin return (select id from probe.things); end $$;
create function public.strict_none() returns int language plpgsql stable as $$
  declare n int; begin select id into strict n from probe.things where id = 99; return n; end $$;
create function public.too_slow() returns int language sql volatile set statement_timeout = '50ms' as $$ select 1 from pg_sleep(2) $$;
create function public.choose_reply() returns jsonb language plpgsql volatile as $$
  begin
    perform set_config('response.status', '202', true);
    perform set_config('response.headers', '[{"X-Foo": "bar"}, {"X-Two": "2"}]', true);
    return '{"accepted": true}';
  end $$;

create function public.who() returns jsonb language sql stable as $$
  select jsonb_build_object('role', current_user, 'claims_role', current_setting('request.jwt.claims', true)::jsonb ->> 'role',
    'sub', current_setting('request.jwt.claims', true)::jsonb ->> 'sub', 'uid', auth.uid(),
    'method', current_setting('request.method', true), 'path', current_setting('request.path', true),
    'said', current_setting('request.headers', true)::jsonb ->> 'x-said',
    'read_only', current_setting('transaction_read_only'), 'isolation', current_setting('transaction_isolation'),
    'timeout', current_setting('statement_timeout')) $$;
create function public.who_writes() returns jsonb language sql volatile as $$ select public.who() $$;
create function public.serially() returns text language sql volatile set default_transaction_isolation = 'repeatable read'
  as $$ select current_setting('transaction_isolation') $$;
create function public.service_only() returns text language sql stable as $$ select 'served' $$;
create function public.members_only() returns uuid language sql stable as $$ select auth.uid() $$;
create table probe.secrets (id int);
create function public.private_read() returns int language sql stable as $$ select count(*)::int from probe.secrets $$;
revoke execute on all functions in schema public from public;
grant execute on all functions in schema public to anon, authenticated, service_role;
revoke execute on function public.service_only() from anon, authenticated;
revoke execute on function public.members_only() from anon;
