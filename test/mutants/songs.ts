import type { Mutants } from './mutant.ts'

const roles = '20_access/30_roles.sql'
const privacy = 'test/songs/privacy.test.ts'
const matrix = 'test/sharing/matrix.test.ts'
const collection = 'test/songs/collection.test.ts'
const history = 'test/sharing/history.test.ts'
const live = 'test/sharing/live.test.ts'

export const songs: Mutants = {
  'deleted songs are seen': {
    file: roles,
    find: 'where s.deleted_at is null\n  and (\n    s.visibility',
    replace: 'where (\n    s.visibility',
    tests: [collection, 'test/songs/songs.test.ts'],
  },
  'songs of visibility shared are public': {
    file: roles,
    find: "s.visibility = 'public'\n    or s.created_by = (select auth.uid())\n    or (\n      select true",
    replace:
      "s.visibility <> 'private'\n    or s.created_by = (select auth.uid())\n    or (\n      select true",
    tests: [matrix, 'test/songs/songs.test.ts'],
  },
  'a link to a private song still counts': {
    file: roles,
    find: "and (f.kind <> 'link' or t.visibility <> 'private')",
    replace: '',
    tests: [matrix, 'test/sharing/links.test.ts'],
  },
  'a link to a private song still counts in lists': {
    file: roles,
    find: "where f.kind <> 'link' or s.visibility <> 'private';",
    replace: ';',
    tests: ['test/sharing/many-shares.test.ts'],
  },
  'a private song is seen by a link': {
    file: roles,
    find: "and (f.kind <> 'link' or s.visibility <> 'private')",
    replace: '',
    tests: [matrix, 'test/sharing/links.test.ts'],
  },
  'a share that ended counts': {
    file: roles,
    find: 'where h.circle_id is null and h.ended_at is null and h.accepted_at is not null and',
    replace: 'where h.circle_id is null and h.accepted_at is not null and',
    tests: ['test/sharing/shares.test.ts'],
  },
  'an offer that was not accepted counts': {
    file: roles,
    find: 'where h.circle_id is null and h.ended_at is null and h.accepted_at is not null and',
    replace: 'where h.circle_id is null and h.ended_at is null and',
    tests: ['test/sharing/shares.test.ts'],
  },
  'an expired share counts': {
    file: roles,
    find: 'h.accepted_at is not null and (h.expires_at is null or h.expires_at > now())',
    replace: 'h.accepted_at is not null',
    tests: [matrix, 'test/sharing/shares.test.ts'],
  },
  'roles are in another order': {
    file: roles,
    find: "'{view,edit,admin,owner}'",
    replace: "'{edit,view,admin,owner}'",
    tests: [matrix],
  },
  'viewers read the history': {
    file: roles,
    find: "private.role_rank(private.role_in('song', song_id)) >= 2",
    replace: "private.role_rank(private.role_in('song', song_id)) >= 1",
    tests: ['test/database/privacy.test.ts', history],
  },
  'a viewer saves': {
    file: '40_songs/71_saves.sql',
    find: "song := private.lock_song(song_id, 'update', '{edit,admin,owner}');",
    replace: "song := private.lock_song(song_id, 'update', '{view,edit,admin,owner}');",
    tests: [matrix, 'test/sharing/older-path.test.ts'],
  },
  'a role is asked before the lock of the song': {
    file: roles,
    find: "  select s.* into song from public.songs s where s.id = lock_song.song_id and s.deleted_at is null for no key update;\n  -- Asked after the lock, so that what ended while we waited has ended.\n  mine := private.role_in('song', song_id);",
    replace:
      "  mine := private.role_in('song', song_id);\n  select s.* into song from public.songs s where s.id = lock_song.song_id and s.deleted_at is null for no key update;",
    tests: ['test/sharing/races.test.ts', 'test/sharing/older-path.test.ts'],
  },
  'an editor changes who sees a song': {
    file: '40_songs/71_saves.sql',
    find: "if song.created_by <> caller and changes ->> 'visibility' <> song.visibility then",
    replace: 'if false then',
    tests: [matrix],
  },
  'the id of another song gives it away': {
    file: '40_songs/40_save.sql',
    find: 'where s.id = new_id and s.created_by = caller and s.deleted_at is null;',
    replace: 'where s.id = new_id and s.deleted_at is null;',
    tests: [privacy],
  },
  'everybody deletes every song': {
    file: '40_songs/40_save.sql',
    find: 'where s.id = delete_song.song_id and s.created_by = caller;',
    replace: 'where s.id = delete_song.song_id;',
    tests: [matrix, 'test/songs/songs.test.ts'],
  },
  'a song of any length is kept': {
    // The constraint behind it refuses without a code of ours; without the constraint nothing gets that far.
    file: '40_songs/30_derive.sql',
    find: 'if octet_length(content) > 131072 then',
    replace: 'if false then',
    tests: ['test/songs/songs.test.ts'],
  },
  'an app keeps any amount of metadata': {
    file: '00_foundation/20_values.sql',
    find: "return jsonb_typeof(value) = 'object' and octet_length(value::text) <= max_bytes;",
    replace: "return jsonb_typeof(value) = 'object';",
    tests: [
      'test/songs/bad-input.test.ts',
      'test/songs/songs.test.ts',
      'test/chat/direct.test.ts',
      'test/chat/groups.test.ts',
    ],
  },
  'everybody restores from the trash': {
    file: '40_songs/61_trash.sql',
    find: 'where s.id = restore_song.song_id and s.created_by = caller',
    replace: 'where s.id = restore_song.song_id',
    tests: [collection],
  },
  'everybody purges the trash': {
    file: '40_songs/61_trash.sql',
    find: 'where s.id = purge_song.song_id and s.created_by = caller and s.deleted_at is not null;',
    replace: 'where s.id = purge_song.song_id and s.deleted_at is not null;',
    tests: [collection],
  },
  'a song is purged without the trash': {
    file: '40_songs/61_trash.sql',
    find: 'where s.id = purge_song.song_id and s.created_by = caller and s.deleted_at is not null;',
    replace: 'where s.id = purge_song.song_id and s.created_by = caller;',
    tests: [collection, matrix],
  },
  'everybody lists every trash': {
    file: '40_songs/61_trash.sql',
    find: 'where s.created_by = caller\n      and s.deleted_at is not null',
    replace: 'where s.deleted_at is not null',
    tests: [collection],
  },
  'a hidden song is a favourite': {
    file: '40_songs/60_favorites.sql',
    find: 'if not private.can_see_song(favorite_song.song_id) then',
    replace: 'if false then',
    tests: [privacy, matrix],
  },
  'favourites of others are taken off': {
    file: '40_songs/60_favorites.sql',
    find: 'where f.user_id = caller and f.song_id = unfavorite_song.song_id;',
    replace: 'where f.song_id = unfavorite_song.song_id;',
    tests: [collection],
  },
  'favourites show hidden songs': {
    file: '40_songs/60_favorites.sql',
    find: 'join private.visible_summaries s on s.id = f.song_id',
    replace: 'join public.songs s on s.id = f.song_id',
    tests: [collection, privacy],
  },
  'a viewer tags': {
    file: '40_songs/62_tag_songs.sql',
    find: "perform private.lock_song(song_id, 'tag', '{edit,admin,owner}');",
    replace: "perform private.lock_song(song_id, 'tag', '{view,edit,admin,owner}');",
    tests: [matrix],
  },
  'a viewer takes tags off': {
    file: '40_songs/62_tag_songs.sql',
    find: "perform private.lock_song(song_id, 'untag', '{edit,admin,owner}');",
    replace: "perform private.lock_song(song_id, 'untag', '{view,edit,admin,owner}');",
    tests: [matrix],
  },
  'a tag of the service is taken off': {
    file: '40_songs/62_tag_songs.sql',
    find: "and t.tag_type <> 'system'\n    and t.tag_name in",
    replace: 'and t.tag_name in',
    tests: ['test/songs/tags.test.ts'],
  },
  'tags of a hidden song are listed': {
    file: '40_songs/62_tag_songs.sql',
    find: 'if private.can_see_song(song_id) then',
    replace: 'if true then',
    tests: [privacy, matrix],
  },
  'similar songs show hidden ones': {
    file: '40_songs/63_recommend.sql',
    find: "and (s.visibility = 'public' or s.created_by = caller or private.can_see_song(s.id))",
    sql: `create or replace view private.visible_songs as select s.* from public.songs s where s.deleted_at is null`,
    tests: [privacy],
  },
  'a recommendation tells what one person likes': {
    file: '40_songs/63_recommend.sql',
    find: 'having count(*) > 1',
    replace: '',
    tests: ['test/songs/recommend.test.ts'],
  },
  'a viewer restores a version': {
    file: '40_songs/72_versions.sql',
    find: "song := private.lock_song(song_id, 'restore', '{edit,admin,owner}');",
    replace: "song := private.lock_song(song_id, 'restore', '{view,edit,admin,owner}');",
    tests: [matrix],
  },
  'a save that is behind is not told': {
    file: '40_songs/71_saves.sql',
    find: 'if song.version <> expected_version then',
    replace: 'if false then',
    tests: [history],
  },
  'a restored version changes who sees the song': {
    file: '40_songs/72_versions.sql',
    find: "wanted.snapshot - 'visibility' || jsonb_build_object",
    replace: 'wanted.snapshot || jsonb_build_object',
    tests: [history],
  },
  'a version has no snapshot': {
    file: '40_songs/70_history.sql',
    find: 'when (new.version <> old.version)',
    replace: 'when (new.version <> old.version and new.content <> old.content)',
    tests: [history],
  },
  'the past of a song is rewritten by hand': {
    file: '40_songs/70_history.sql',
    find: 'using (private.may_edit_song(song_id));',
    sql: 'grant update on public.song_history to authenticated; create policy mutant on public.song_history for update to authenticated using (true)',
    tests: ['test/database/access.test.ts', history],
  },
  'a song is told to those without a role': {
    file: '20_access/40_watches.sql',
    find: '\n    and private.role_of(w.target_kind, w.target_id, w.user_id, true) is not null',
    replace: '',
    tests: [live],
  },
  'a lost role keeps the topic of the song': {
    file: '20_access/40_watches.sql',
    find: '  update private.live_keys k\n  set live_key = gen_random_uuid(), turned_at = clock_timestamp()\n  where k.target_kind = target_kind and k.target_id = target_id;\n  -- To',
    replace: '  -- To',
    tests: [live],
  },
  'an old key opens the topic of a song': {
    file: '20_access/45_topics.sql',
    find: "and topic = k.target_kind || ':' || k.target_id || ':' || k.live_key",
    replace: '',
    tests: [live, 'test/sharing/topics.test.ts'],
  },
  'everybody uses the topic of a song': {
    file: '20_access/45_topics.sql',
    find: '\n      and private.role_in(k.target_kind, k.target_id) is not null',
    replace: '',
    tests: [live, 'test/sharing/topics.test.ts'],
  },
  'visitors watch a public song': {
    file: '40_songs/80_watch.sql',
    find: "if private.role_in('song', song_id) is null then",
    replace: "if private.role_in('song', song_id) is null and not private.can_see_song(song_id) then",
    also: [["if answer ->> 'role' is null then", 'if answer is null then']],
    tests: ['test/sharing/outsiders.test.ts', 'test/sharing/topics.test.ts', matrix],
  },
  'a watch begins with a role that is lost meanwhile': {
    file: '40_songs/80_watch.sql',
    find: "if answer ->> 'role' is null then",
    replace: 'if answer is null then',
    tests: ['test/sharing/races.test.ts'],
  },
  'a policy of the app lets words be said at a song': {
    file: '20_access/45_topics.sql',
    find: "or (extension = 'presence' and private.may_use_target_topic((select realtime.topic())))",
    replace: 'or true',
    tests: ['test/sharing/topics.test.ts'],
  },
}
