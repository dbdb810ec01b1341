-- Tables and inner functions live in `app`, which the API does not expose. Callers use the functions in `public`, one
-- jsonb answer each; `authenticated` may look into `app` only as far as the policies beside each table let it.
create schema app;
revoke all on schema app from public;
grant usage on schema app to authenticated;
grant usage on schema public to authenticated, service_role;
