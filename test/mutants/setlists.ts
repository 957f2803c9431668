import type { Mutants } from './mutant.ts'

const changes = '40_songs/83_change_setlists.sql'
const calls = '40_songs/84_setlist_calls.sql'
const shown = '40_songs/82_setlists.sql'
const setlists = ['test/songs/setlists.test.ts']
const atOnce = ['test/songs/setlists-at-once.test.ts']

export const setlistMutants: Mutants = {
  'a copy does not wait for a song that is being removed': {
    file: calls,
    find: 'perform private.hold_songs(array(select e.song_id from public.setlist_entries e where e.setlist_id = source.id));',
    replace: '',
    tests: atOnce,
  },
  'songs that a change adds are held after the entries': {
    file: changes,
    find: 'perform private.hold_songs(added);',
    replace: '',
    tests: atOnce,
  },
  'what changes nothing is a version of a setlist': {
    file: changes,
    find: "change_type in ('update', 'restore')",
    replace: 'false',
    tests: atOnce,
  },
  'a step takes fields that it does not have': {
    file: changes,
    find: "where n.name <> 'do'\n",
    replace: "where n.name <> 'do' and n.name = 'fields'\n",
    tests: atOnce,
  },
  'a user takes along what others wrote in setlists': {
    file: shown,
    find: 'select e.id, e.setlist_id, null, case when private.can_see_song(e.song_id) then e.song_id end, e.title, null, null, null, null, e.added_by',
    replace:
      'select e.id, e.setlist_id, null, case when private.can_see_song(e.song_id) then e.song_id end, e.title, e.key, e.capo, e.tempo, e.note, e.added_by',
    tests: atOnce,
  },
  'an export of setlists has the ids of songs without access': {
    file: shown,
    find: 'select e.id, e.setlist_id, e.position, case when private.can_see_song(e.song_id) then e.song_id end as song_id',
    replace: 'select e.id, e.setlist_id, e.position, e.song_id',
    tests: atOnce,
  },
  'songs stay offered when the offer of their setlist is taken back': {
    file: '50_sharing/21_share.sql',
    find: 'perform private.revoke_songs_with(share, caller);',
    replace: '',
    tests: atOnce,
  },
  'songs that are not seen go into a setlist': {
    file: changes,
    find: " or not private.can_see_song((e.value ->> 'song_id')::uuid)",
    replace: '',
    tests: setlists,
  },
  'editors decide who sees a setlist': {
    file: shown,
    find: "setlist.created_by <> auth.uid() and fields ->> 'visibility' <> setlist.visibility",
    replace: 'false',
    tests: setlists,
  },
  'viewers change a setlist': {
    file: changes,
    find: "perform private.lock_target('setlist', setlist_id, 'change', '{edit,admin,owner}');",
    replace: "perform private.lock_target('setlist', setlist_id, 'change', '{view,edit,admin,owner}');",
    tests: setlists,
  },
  'a change of a setlist does not lock it': {
    file: changes,
    find: "perform private.lock_target('setlist', setlist_id, 'change', '{edit,admin,owner}');",
    replace:
      "perform private.require_role('setlist', true, private.role_in('setlist', setlist_id), 'change', '{edit,admin,owner}');",
    tests: setlists,
  },
  'an entry without access shows the id of its song': {
    file: shown,
    find: "'song_id', song -> 'id'",
    replace: "'song_id', entry.song_id",
    tests: setlists,
  },
}
