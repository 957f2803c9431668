-- Checks and folding of single values.

create function private.fold(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  return lower(extensions.unaccent('extensions.unaccent'::regdictionary, value));
end
$$;
comment on function private.fold is 'A text without case and accents, as names and searches compare it.';

create function private.is_bounded_object(value jsonb, max_bytes integer)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- plpgsql keeps its plan; every statement would plan a sql function in a constraint again.
  return jsonb_typeof(value) = 'object' and octet_length(value::text) <= max_bytes;
end
$$;
comment on function private.is_bounded_object is 'Whether a metadata value is an object of at most so many bytes as text.';

create function private.is_day(value text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and value between '2000-01-01' and '2999-12-31'
    and value = to_char(make_date(left(value, 4)::integer, substr(value, 6, 2)::integer, right(value, 2)::integer), 'YYYY-MM-DD');
exception when datetime_field_overflow then
  return false;
end
$$;
comment on function private.is_day is 'Whether a text is a day of the calendar from 2000 to 2999, as 2026-12-31.';

create function private.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end
$$;
comment on function private.touch_updated_at is 'Trigger: keeps updated_at; attach it with a when clause that names real changes.';

create function private.is_uuid(value text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return coalesce(value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', false);
end
$$;
comment on function private.is_uuid is 'Whether a text can be cast to uuid, so that no policy raises on a foreign topic or path.';

create function private.check_page_size(operation text, page_size integer, largest integer, ahead integer default 0)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if page_size is null or page_size not between 1 and largest + ahead then
    perform private.raise_error('invalid_input', format('unable to %s; a page holds 1 to %s', operation, largest),
      format('Choose a page size from 1 to %s.', largest), '{"field": "limit"}');
  end if;
end
$$;
comment on function private.check_page_size is
  'Raises invalid_input unless a page has 1 to that many rows; a list that reads one row ahead, to know whether there are more, says so.';

revoke execute on function
  private.fold(text),
  private.is_bounded_object(jsonb, integer),
  private.is_day(text),
  private.touch_updated_at()
from public, anon, authenticated;
revoke execute on function
  private.is_uuid(text),
  private.check_page_size(text, integer, integer, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.fold(text),
  private.is_bounded_object(jsonb, integer)
to anon, authenticated, service_role;
