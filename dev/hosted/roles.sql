-- The roles that a hosted Supabase project has, as far as we meet them (guides/database/postgres/roles). Run once for
-- each cluster, as superuser. The password replaces :password.
do $$
declare
  v_role text;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I nologin noinherit', v_role);
    end if;
  end loop;
  foreach v_role in array array['authenticator', 'supabase_auth_admin', 'drumbeat_owner'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      execute format('create role %I login noinherit', v_role);
    end if;
  end loop;
end;
$$;

alter role service_role bypassrls;
alter role authenticator password :password;
alter role supabase_auth_admin password :password;
-- Hosted migrations run as `postgres`, who is no superuser either.
alter role drumbeat_owner inherit createrole createdb bypassrls password :password;

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to drumbeat_owner;

-- guides/database/postgres/timeouts
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
