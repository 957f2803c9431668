import { refuse } from './refusal.ts'
import type { StoredSong } from './rows.ts'
import { addVersion, roleIn, sees, snapshotOf, songRow, summary } from './songs.ts'
import { type Account, type Call, isBefore, latestFirst, page, type World } from './world.ts'

/** The caller's own song, in the trash or not. */
function ownSong(world: World, me: Account, id: string, task: string, inTrash?: boolean): StoredSong {
  const song = world.songs.get(id)
  if (song?.created_by === me.id && (inTrash === undefined || inTrash === (song.deleted_at !== null)))
    return song
  if (song && roleIn(world, song, me) && task === 'delete') {
    refuse('forbidden', 'unable to delete the song; that is for its owner')
  }
  refuse('song_not_found', `unable to ${task} the song; the caller has none with that id`)
}

export const keepingCalls: Record<string, Call> = {
  delete_song(world, me, { song_id: id }) {
    const song = ownSong(world, me, id, 'delete')
    if (song.deleted_at) return
    song.version++
    addVersion(world, me, song, 'delete', snapshotOf(song))
    song.deleted_at = world.now()
  },
  restore_song(world, me, { song_id: id }) {
    const song = ownSong(world, me, id, 'restore')
    if (song.deleted_at) {
      Object.assign(song, { deleted_at: null, version: song.version + 1, updated_at: world.now() })
      addVersion(world, me, song, 'undelete', snapshotOf(song))
    }
    return [songRow(song)]
  },
  purge_song: (world, me, { song_id: id }) =>
    void world.songs.delete(ownSong(world, me, id, 'purge', true).id),
  list_trash: (world, me, args) => {
    const key = (song: StoredSong): [string, string] => [song.deleted_at ?? '', song.id]
    const own = [...world.songs.values()].filter((one) => one.created_by === me.id && one.deleted_at)
    return page(latestFirst(own, key), args, (one) =>
      isBefore(key(one), args.before_deleted_at, args.before_id),
    ).map(({ id, title, artist, deleted_at }) => ({ id, title, artist, deleted_at }))
  },
  favorite_song(world, me, { song_id: id }) {
    const song = world.songs.get(id)
    if (!song || !sees(world, song, me)) {
      refuse('song_not_found', 'unable to favorite the song; there is none with that id')
    }
    if (!me.favorites.has(id)) me.favorites.set(id, world.now())
  },
  unfavorite_song: (_world, me, { song_id: id }) => void me.favorites.delete(id),
  list_favorite_songs(world, me, args) {
    const all = [...me.favorites].flatMap(([id, at]) => {
      const song = world.songs.get(id)
      return song && sees(world, song, me) ? [{ ...summary(song), id, favorite_at: at }] : []
    })
    const key = ({ favorite_at: at, id }: (typeof all)[number]): [string, string] => [at, id]
    return page(latestFirst(all, key), args, (one) =>
      isBefore(key(one), args.before_created_at, args.before_id),
    )
  },
}
