-- The last statement of the last migration: a push that stopped half-way leaves 0.

create or replace function public.tertulia_schema_version()
returns integer
language sql
immutable
set search_path = ''
as $$
  select 1
$$;
