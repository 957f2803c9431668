-- Stops before changing anything when the database already has an object under one of our names; then makes the schemas.

do $$
declare
  taken text;
  misplaced text;
begin
  select string_agg('public.' || name, ', ' order by name)
  into taken
  from unnest(array[
    'profiles', 'profile_details', 'profile_languages', 'profile_links', 'profile_payment_methods', 'profile_rates',
    'profile_software', 'profile_tags', 'profile_types', 'profile_views', 'payment_methods', 'software', 'tags', 'conversations', 'conversation_participants', 'messages', 'message_reactions',
    'message_reports', 'user_blocks', 'user_follows', 'portfolio_items', 'profile_reviews', 'songs', 'song_analytics', 'song_chords', 'song_favorites', 'song_history',
    'circle_members', 'circles', 'notices', 'setlist_entries', 'setlist_history', 'setlists', 'shares', 'song_tags', 'song_ways', 'tag_categories', 'popular_tags', 'song_list_view', 'song_search_view',
    'monitoring_catalogue', 'monitoring_tags', 'monitoring_queries', 'monitoring_tables', 'monitoring_indexes',
    'monitoring_partitions', 'monitoring_upkeep', 'monitoring_failures'
  ]) as name
  where to_regclass('public.' || name) is not null;

  if taken is not null then
    raise exception using
      errcode = 'TT000',
      message = 'unable to install Tertulia; this database already has ' || taken,
      detail = json_build_object('code', 'schema_conflict', 'objects', taken)::text,
      hint = 'Nothing was changed. Rename or move those tables, or install Tertulia in a project of its own.';
  end if;

  select string_agg(format('%s (in schema %s)', e.extname, n.nspname), ', ')
  into misplaced
  from pg_extension e
  join pg_namespace n on n.oid = e.extnamespace
  where e.extname in ('unaccent', 'pg_trgm') and n.nspname <> 'extensions';

  if misplaced is not null then
    raise exception using
      errcode = 'TT000',
      message = 'unable to install Tertulia; it needs in schema extensions: ' || misplaced,
      detail = json_build_object('code', 'schema_conflict', 'objects', misplaced)::text,
      hint = 'Nothing was changed. Run "alter extension <name> set schema extensions" and push again.';
  end if;
end
$$;

create schema if not exists extensions;

create extension if not exists unaccent with schema extensions;

create extension if not exists pg_trgm with schema extensions;

create schema if not exists private;

comment on schema private is 'Not exposed by the API: definer functions, policy helpers and internal tables of Tertulia.';

-- Function by function: a project may keep functions of its own in schema private.
grant usage on schema private to anon, authenticated, service_role;
