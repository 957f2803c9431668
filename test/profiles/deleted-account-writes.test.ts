import { createTertulia } from 'tertulia'
import { describe, expect, test } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { connect, type Person, signUp } from '../support/people.ts'
import { cleanUp } from '../upkeep/own-stack.ts'

/** Another device of a person, whose token outlives the account. */
async function withOldToken(person: Person) {
  const { data } = await person.supabase.auth.getSession()
  const supabase = connect()
  const token = data.session?.access_token ?? ''
  supabase.auth.getSession = async () => ({ data, error: null }) as never
  await supabase.realtime.setAuth(token)
  return createTertulia(supabase)
}

describe('with the token of an account that was deleted', () => {
  test('nothing of songs, sharing, profiles or figures is written', async () => {
    const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
    const theirs = await ben.tertulia.songs.create({ content: 'la', visibility: 'public' })
    const own = await ana.tertulia.songs.create({ content: 'la', visibility: 'shared' })
    for (const role of ['edit', 'admin'] as const)
      await ben.tertulia.sharing.share(theirs.id, { userId: ana.id, role })
    const [offered] = (await ana.tertulia.sharing.listReceived()).items
    await ana.tertulia.sharing.accept(offered?.id ?? '')
    const other = await ben.tertulia.songs.create({ content: 'la' })
    const waiting = await ben.tertulia.sharing.share(other.id, { userId: ana.id, role: 'edit' })
    const transfer = await ben.tertulia.sharing.offerTransfer(other.id, ana.id)
    const { token } = await ben.tertulia.sharing.createLink(theirs.id)
    const before = await ben.tertulia.songs.get(theirs.id)
    const { songs, sharing, profiles, analytics } = await withOldToken(ana)
    expect((await profiles.get()).id).toBe(ana.id)
    await ana.tertulia.profiles.deleteAccount()

    const writes: Record<string, () => Promise<unknown>> = {
      create: () => songs.create({ content: 'la', visibility: 'public' }),
      import: () => songs.import([{ content: 'la', visibility: 'public' }]),
      update: () => songs.update(theirs.id, { title: 'Mine' }),
      'update on a version': () => songs.update(theirs.id, { title: 'Mine' }, { expectedVersion: 1 }),
      'update own': () => songs.update(own.id, { title: 'Mine' }),
      delete: () => songs.delete(own.id),
      restore: () => songs.restore(own.id),
      purge: () => songs.purge(own.id),
      restoreVersion: () => songs.restoreVersion(theirs.id, 1),
      tag: () => songs.tag(theirs.id, ['Bolero']),
      untag: () => songs.untag(theirs.id, ['Bolero']),
      favorite: () => songs.favorite(theirs.id),
      unfavorite: () => songs.unfavorite(theirs.id),
      share: () => sharing.share(theirs.id, { email: 'x@example.com', role: 'view' }),
      accept: () => sharing.accept(waiting.id),
      decline: () => sharing.decline(waiting.id),
      createLink: () => sharing.createLink(theirs.id),
      openLink: () => sharing.openLink(token),
      offerTransfer: () => sharing.offerTransfer(own.id, ben.id),
      acceptTransfer: () => sharing.acceptTransfer(transfer.id),
      listReceived: () => sharing.listReceived(),
      markNotices: () => sharing.markRead(),
      updateProfile: () => profiles.update({ displayName: 'Ghost' }),
    }
    for (const [name, write] of Object.entries(writes)) {
      const error = await write().then(
        () => 'written',
        (thrown) => thrown.code,
      )
      expect([name, error]).toEqual([name, expect.stringMatching(/^(account_not_found|not_signed_in)$/)])
    }
    analytics.track({ kind: 'song_view', songId: theirs.id })
    await analytics.flush()
    analytics.close()
    const { sql, close } = connectToDatabase(1) as ReturnType<typeof connectToDatabase> & {
      close?: () => Promise<void>
    }
    const [left] = await sql`
      select (select count(*)::integer from public.songs where created_by = ${ana.id}) as songs,
        (select count(*)::integer from public.song_favorites where user_id = ${ana.id}) as favorites,
        (select count(*)::integer from private.analytics_viewers where user_id = ${ana.id}) as viewers,
        (select count(*)::integer from private.share_links where created_by = ${ana.id}) as links`
    expect(left).toEqual({ songs: 0, favorites: 0, viewers: 0, links: 0 })
    await close?.()
    const after = await ben.tertulia.songs.get(theirs.id)
    expect([after.version, after.title]).toEqual([before.version, before.title])
  })
})

describe('while an account is deleted', () => {
  test('an import leaves no song behind, whichever comes first', async () => {
    const { sql, call, people } = connectToDatabase(6)
    const seen = new Set<string>()
    for (let round = 0; round < 12; round++) {
      const [ana = ''] = await people(1)
      const songs = Array.from({ length: 20 }, (_, n) => ({
        content: `{title: Left ${n}}\n{tag: t${round}}\n[C]la`,
        visibility: 'public',
      }))
      const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
      const imported = pause(round % 3 === 0 ? 4 : 0).then(() => codeOf(call(ana, 'import_songs', { songs })))
      const deleted = pause((round % 4) * 3).then(() => codeOf(call(ana, 'delete_account', {})))
      const again = pause(8).then(() => codeOf(call(ana, 'create_song', { song: { content: 'la' } })))
      const codes = await Promise.all([imported, deleted, again])
      for (const code of codes) expect([null, 'account_not_found']).toContain(code)
      expect(codes[1]).toBeNull()
      seen.add(String(codes[0]))
      const [left] = await sql`select count(*)::integer as n from public.songs where created_by = ${ana}`
      expect(left?.n).toBe(0)
    }
    console.info(`imports against a deletion ended as: ${[...seen].join(', ')}`)
  })

  test('no other write of songs leaves anything', async () => {
    const { sql, call, people } = connectToDatabase(8)
    for (let round = 0; round < 8; round++) {
      const [ana = '', ben = ''] = await people(2)
      const id = crypto.randomUUID()
      await call(ben, 'create_song', { song: { id, content: 'la', visibility: 'public' } })
      const { id: share_id } = await call<{ id: string }>(ben, 'offer_share', {
        target_id: id,
        user_id: ana,
        role: 'edit',
      })
      await Promise.all(
        [
          () => call(ana, 'favorite_song', { song_id: id }),
          () => call(ana, 'accept_share', { share_id }),
          () => call(ana, 'create_song', { song: { content: 'mine' } }),
          () => call(ana, 'update_profile', { changes: { display_name: 'Ghost' } }),
          () => call(ana, 'delete_account', {}),
          () => call(ana, 'track_events', { batch: [{ kind: 'song_view', song_id: id }] }),
        ].map((_write, at, all) => codeOf(all[(at + round) % all.length]!())),
      )
      const [left] = await sql`
        select (select count(*)::integer from public.songs where created_by = ${ana}) as songs,
          (select count(*)::integer from public.song_favorites where user_id = ${ana}) as favorites,
          (select count(*)::integer from private.analytics_viewers where user_id = ${ana}) as viewers,
          (select count(*)::integer from public.shares where shared_with = ${ana} and ended_at is null) as shares,
          (select display_name from public.profiles where id = ${ana}) as name`
      expect(left).toEqual({ songs: 0, favorites: 0, viewers: 0, shares: 0, name: '' })
    }
  })

  test('what other ways left is found by upkeep and removed', async () => {
    const { sql, call, people } = connectToDatabase(1)
    const [ana = '', ben = ''] = await people(2)
    await call(ana, 'delete_account', {})
    await sql`insert into public.songs (title, content, created_by, visibility) select 'Left', 'la', p, 'public' from unnest(${[ana, ben]}::uuid[]) as p`
    await sql`insert into public.song_favorites (song_id, user_id) select s.id, ${ana} from public.songs s where s.created_by = ${ben}`
    const { purge_leftovers: step } = await cleanUp(sql)
    expect(step?.outcome).toBe('done')
    expect(step?.handled).toBeGreaterThanOrEqual(1)
    const rows = await sql`select created_by from public.songs where created_by = any (${[ana, ben]}::uuid[])`
    expect(rows).toEqual([{ created_by: ben }])
    expect(await sql`select from public.song_favorites where user_id = ${ana}`).toHaveLength(0)
  })
})
