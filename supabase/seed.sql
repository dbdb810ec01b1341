-- What `supabase db reset` adds to a fresh database: nothing. Plans come with the migration, people make their own
-- workspaces by signing in, and `make dev` creates its demo schedule through the API.
select 1;
