import type { Mutants } from './mutant.ts'

const ways = '40_songs/86_song_ways.sql'
const copies = '40_songs/87_song_copies.sql'
const lists = '40_songs/88_library.sql'
const tests = ['test/songs/library.test.ts']

export const libraryMutants: Mutants = {
  'users have a way of songs that they do not see': {
    file: ways,
    find: 'if not private.can_see_song(song_id) then',
    replace: 'if false then',
    tests,
  },
  'a way shows without access to the song': {
    file: ways,
    find: ' and private.can_see_song(w.song_id)',
    replace: '',
    tests,
  },
  'users read the ways of others': {
    file: ways,
    find: 'where w.user_id = caller and w.song_id = any (song_ids)',
    replace: 'where w.song_id = any (song_ids)',
    tests,
  },
  'a field of a way that is not named is emptied': {
    file: ways,
    find: "capo = case when changes ? 'capo' then excluded.capo else w.capo end",
    replace: 'capo = excluded.capo',
    tests,
  },
  'ways stay when their account is deleted': {
    file: ways,
    find: 'delete from public.song_ways w where w.user_id = new.id;',
    replace: '',
    tests: ['test/profiles/deletion.test.ts'],
  },
  'users copy songs that they do not see': {
    file: copies,
    find: 'if not private.can_see_song(song_id) then',
    replace: 'if false then',
    tests,
  },
  'a copy takes the place of another song': {
    file: copies,
    find: 'if had and not exists',
    replace: 'if false and not exists',
    tests,
  },
  'all who see a copy read where it came from': {
    file: copies,
    find: "'{owner}'",
    replace: "'{view,edit,admin,owner}'",
    tests,
  },
  'the origin of a copy shows the id of a song without access': {
    file: copies,
    find: 'case when private.can_see_song(o.origin_id) then o.origin_id end',
    replace: 'o.origin_id',
    tests,
  },
  'what followed the text no longer does in a copy': {
    file: copies,
    find: 'and f.key <> all (source.derived_fields)',
    replace: '',
    tests,
  },
  'a library is in one order for all languages': {
    file: lists,
    find: "private.collation_of(coalesce(language, 'und'))",
    replace: "private.collation_of('und')",
    tests,
  },
  'pages of a library repeat songs of one name': {
    file: lists,
    find: '(a.place, a.name collate %4$I, a.title collate %4$I, a.id) > ($2, $3, $4, $5)',
    replace: '(a.place, a.name collate %4$I) >= ($2, $3)',
    tests,
  },
  'private songs are browsed': {
    file: lists,
    find: "where s.visibility = 'public' and s.deleted_at is null and s.%1$I >= $1",
    replace: 'where s.deleted_at is null and s.%1$I >= $1',
    tests,
  },
  'pages from A to Z skip songs of one title': {
    file: lists,
    find: 's.%1$I = $3 and (s.popularity, s.id) < ($4, $5)',
    replace: 'false and $4 is null and $5 is null',
    tests,
  },
  'a copy names an owner whose profile is hidden': {
    file: copies,
    find: 'when private.can_see_profile(o.owner_id) then',
    replace: 'when true then',
    tests,
  },
  'a device gets songs that its user has lost': {
    file: '40_songs/89_kept_songs.sql',
    find: 'join private.visible_songs d on d.id = a.id',
    replace: 'join public.songs d on d.id = a.id',
    tests: ['test/offline/kept-songs.test.ts'],
  },
  'a device is sent what it has': {
    file: '40_songs/89_kept_songs.sql',
    find: ' where s.version <> s.known_version',
    replace: '',
    tests: ['test/offline/kept-songs.test.ts'],
  },
}
