import type { Mutants } from './mutant.ts'

const events = 'test/analytics/events.test.ts'
const reads = 'test/analytics/reads.test.ts'
const charts = 'test/analytics/figures.test.ts'
const sources = 'test/analytics/sources.test.ts'

export const others: Mutants = {
  'views of hidden songs count': {
    file: '60_analytics/11_track.sql',
    find: "select s.created_by is distinct from caller and (s.visibility = 'public' or private.can_see_song(s.id))",
    replace: 'select s.created_by is distinct from caller',
    tests: [events],
  },
  'an owner counts as a viewer': {
    file: '60_analytics/11_track.sql',
    find: "select s.created_by is distinct from caller and (s.visibility = 'public' or private.can_see_song(s.id))",
    replace: "select (s.visibility = 'public' or private.can_see_song(s.id))",
    tests: [events],
  },
  'a viewer counts without end': {
    file: '60_analytics/11_track.sql',
    find: 'select a.events < 1000',
    replace: 'select a.events < 1000000',
    tests: [events],
  },
  'events of any day count': {
    file: '60_analytics/11_track.sql',
    find: "not between now_ms - 259200000 and now_ms + 300000 then 'at'",
    replace: "not between 0 and now_ms + 300000 then 'at'",
    tests: [events],
  },
  'a batch has no end': {
    file: '60_analytics/11_track.sql',
    find: 'or jsonb_array_length(batch) > 500',
    replace: 'or jsonb_array_length(batch) > 500000',
    tests: [events],
  },
  'addresses of visitors are not salted': {
    file: '60_analytics/11_track.sql',
    find: 'sha256(salt.salt || convert_to(',
    replace: 'sha256(convert_to(',
    tests: ['test/analytics/privacy.test.ts'],
  },
  'a salt outlives its day': {
    file: '60_analytics/10_events.sql',
    find: 'delete from private.analytics_salt s where s.day < today;',
    replace: '',
    tests: ['test/analytics/privacy.test.ts'],
  },
  'figures of others are read': {
    file: '60_analytics/31_read.sql',
    find: "perform private.require_figures('read figures', subject, get_analytics_series.entity_id);",
    replace: '',
    tests: [reads],
  },
  'the figures of a profile are read by others': {
    file: '60_analytics/31_read.sql',
    find: "perform private.require_figures('read figures', 'profile', person);",
    replace: '',
    tests: [reads],
  },
  'private songs are among the top': {
    file: '60_analytics/32_top_songs.sql',
    find: "else 's.visibility = ''public''' end",
    replace: "else 'true' end",
    tests: [reads],
  },
  'a page of charts has figures of others': {
    file: '60_analytics/42_charts.sql',
    find: "perform private.require_figures('read figures', subject, entity);",
    replace: '',
    tests: [charts],
  },
  'events of a day that is not rolled up count twice': {
    file: '60_analytics/40_live.sql',
    find: "and (q.at at time zone 'utc')::date <> all (due)",
    replace: '',
    tests: [charts],
  },
  'visitors are users in cohorts': {
    file: '60_analytics/41_parts.sql',
    find: 'where get_byte(uuid_send(e.viewer), 6) >> 4 = 4',
    replace: '',
    tests: [charts],
  },
  'a cohort of one user is read': {
    file: '60_analytics/41_parts.sql',
    find: "'returned', case when o.users >= 5 then (",
    replace: "'returned', case when o.users >= 1 then (",
    tests: [charts],
  },
  'a part of one viewer is read': {
    file: '60_analytics/41_parts.sql',
    find: 'case when r.viewers * factor < 5 or',
    replace: 'case when',
    tests: [sources],
  },
  'the host of a referrer is kept': {
    file: '60_analytics/09_sources.sql',
    find: "return 'other';",
    replace: 'return came.host;',
    tests: [sources],
  },
  'an event that is not declared counts': {
    file: '60_analytics/10_own_events.sql',
    find: "return 'kind';",
    replace: 'return null;',
    tests: ['test/analytics/app-events.test.ts'],
  },
  'a value that is not declared is kept': {
    file: '60_analytics/10_own_events.sql',
    find: "return 'properties';",
    replace: 'return null;',
    tests: ['test/analytics/app-events.test.ts'],
  },
  'signed-in users prune notices': {
    file: '50_sharing/10_notices.sql',
    find: 'grant execute on function public.prune_notices(integer, interval) to service_role;',
    sql: 'grant execute on function public.prune_notices(integer, interval) to service_role, authenticated;',
    tests: ['test/database/access.test.ts'],
  },
  'signed-in users purge the trash': {
    file: '40_songs/61_trash.sql',
    find: 'grant execute on function public.purge_trash(integer, interval) to service_role;',
    sql: 'grant execute on function public.purge_trash(integer, interval) to service_role, authenticated;',
    tests: ['test/database/access.test.ts'],
  },
  'signed-in users read whole tables': {
    file: '30_chat/10_conversations.sql',
    find: 'revoke all on\n  public.conversations, public.conversation_participants, public.messages\nfrom public, anon, authenticated, service_role;',
    sql: 'grant select on public.messages to authenticated',
    tests: ['test/database/access.test.ts'],
  },
  'the service reads the keys of topics': {
    file: '30_chat/10_conversations.sql',
    find: 'grant select (id, kind, subject, last_seq, last_revision, last_message_at, created_by, metadata, writers, history, created_at, updated_at) on',
    sql: 'grant select on public.conversations to service_role',
    tests: ['test/database/access.test.ts'],
  },
  'visitors save songs': {
    file: '40_songs/40_save.sql',
    find: 'grant execute on function\n  public.create_song(jsonb),',
    sql: 'grant execute on function public.create_song(jsonb), private.create_song(jsonb, timestamptz) to anon',
    tests: ['test/database/access.test.ts'],
  },
}
