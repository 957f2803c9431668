import postgres from 'postgres'
import { isVersionConflict, type SongSnapshot, type SongVersion } from 'tertulia'
import { mergeText } from 'tertulia/diff'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'
import { openSeed } from './fixtures/against-seed.ts'

const collect = async <T>(list: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const one of list) all.push(one)
  return all
}
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1)

/** A song of Ana's that Ben edits. */
async function together(
  content = 'one\ntwo\nthree\nfour\n',
): Promise<{ ana: Person; ben: Person; id: string }> {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.songs.create({ content })
  const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'edit' })
  await ben.tertulia.sharing.accept(share.id)
  return { ana, ben, id }
}

describe('saving on a version', () => {
  test('of fifty at once one wins, and the others are told base, mine and theirs', async () => {
    const { ana, ben, id } = await together()
    const saves = upTo(50).map((n) => {
      const { tertulia } = n % 2 ? ana : ben
      const content = `one ${n}\ntwo\nthree\nfour\n`
      return tertulia.songs.update(id, { content }, { expectedVersion: 1, summary: `Save ${n}` })
    })
    const settled = await Promise.allSettled(saves)
    const won = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const lost = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect([won.length, lost.length]).toEqual([1, 49])
    for (const error of lost) {
      if (!isVersionConflict(error)) throw error
      expect(error).toMatchObject({ code: 'version_conflict', operation: 'songs.update', retryable: false })
      expect(error.conflict.base).toMatchObject({ version: 1, content: 'one\ntwo\nthree\nfour\n' })
      expect(error.conflict.theirs).toEqual(won[0])
      expect(error.conflict.mine.content).toMatch(/^one \d+\n/)
    }
    const versions = await collect(ana.tertulia.songs.listVersions(id))
    expect(versions.map(({ version }) => version)).toEqual([2, 1])
    expect(versions[0]?.changeSummary).toMatch(/^Save/)
    console.info(`50 saves on one version: ${won.length} won, ${lost.length} typed conflicts`)
  })

  test.each([
    ['CR LF', '\r\n'],
    ['CR', '\r'],
  ])('an editor that writes %s makes no version, and no conflict for the others', async (_name, ending) => {
    const { ana, ben, id } = await together()
    const turned = 'one\ntwo\nthree\nfour\n'.replaceAll('\n', ending)
    expect(await ben.tertulia.songs.update(id, { content: turned }, { expectedVersion: 1 })).toMatchObject({
      version: 1,
      content: 'one\ntwo\nthree\nfour\n',
    })
    const mine = 'one\ntwo\nthree\nFOUR\n'
    await ana.tertulia.songs.update(id, { content: mine }, { expectedVersion: 1 })
    const caught = await ben.tertulia.songs
      .update(id, { content: turned.replace('one', 'ONE') }, { expectedVersion: 1 })
      .catch((error: unknown) => error)
    if (!isVersionConflict(caught)) throw caught
    const { base, theirs, mine: lost } = caught.conflict
    const merged = mergeText(base?.content ?? '', lost.content ?? '', theirs.content)
    expect(merged).toMatchObject({ conflicts: 0, text: 'ONE\ntwo\nthree\nFOUR\n'.replaceAll('\n', ending) })
    await ben.tertulia.songs.update(id, { content: merged.text }, { expectedVersion: theirs.version })
    const versions = await collect(ana.tertulia.songs.listVersions(id))
    expect(versions.map(({ version }) => version)).toEqual([3, 2, 1])
    await ana.tertulia.songs.restoreVersion(id, 2)
    expect((await ana.tertulia.songs.get(id)).content).toBe(mine)
  })

  test('everybody gets theirs in by merging, and the numbers have no gap', async () => {
    const lines = upTo(20).map((n) => `line ${n}\n`)
    const { ana, ben, id } = await together(lines.join(''))
    const phone = await signInAgain(ana)
    await Promise.all(
      lines.map(async (line, at) => {
        const { songs } = [ana, ben, phone][at % 3]!.tertulia
        let base = await songs.get(id)
        let content = base.content.replace(line, line.replace('\n', ` by ${at}\n`))
        for (;;) {
          try {
            return await songs.update(id, { content }, { expectedVersion: base.version })
          } catch (error) {
            if (!isVersionConflict(error)) throw error
            const { theirs } = error.conflict
            const merged = mergeText(error.conflict.base?.content ?? '', content, theirs.content)
            expect(merged.conflicts).toBeLessThanOrEqual(1)
            // Neighbouring lines may meet in one stretch; a person would choose, we write ours anew.
            content = merged.conflicts
              ? theirs.content.replace(line, line.replace('\n', ` by ${at}\n`))
              : merged.text
            base = theirs
          }
        }
      }),
    )
    const song = await ana.tertulia.songs.get(id)
    expect(song.content).toBe(lines.map((line, at) => line.replace('\n', ` by ${at}\n`)).join(''))
    const versions = await collect(ben.tertulia.songs.listVersions(id, { limit: 7 }))
    expect(versions.map(({ version }) => version).reverse()).toEqual(upTo(21))
    expect(song.version).toBe(21)
    expect(new Set(versions.map(({ changedBy }) => changedBy?.id))).toEqual(new Set([ana.id, ben.id]))
  })

  test('the merge of two edits on different lines keeps both', async () => {
    const { ana, ben, id } = await together()
    await ben.tertulia.songs.update(id, { content: 'one\ntwo\nthree\n[C]four\n' }, { expectedVersion: 1 })
    const mine = '[Am]one\ntwo\nthree\nfour\n'
    const error = await ana.tertulia.songs
      .update(id, { content: mine }, { expectedVersion: 1 })
      .catch((thrown) => thrown)
    if (!isVersionConflict(error)) throw error
    const { base, theirs } = error.conflict
    const { text, conflicts } = mergeText(base?.content ?? '', mine, theirs.content)
    expect([text, conflicts]).toEqual(['[Am]one\ntwo\nthree\n[C]four\n', 0])
    const saved = await ana.tertulia.songs.update(id, { content: text }, { expectedVersion: theirs.version })
    expect([saved.content, saved.version]).toEqual([text, 3])
  })

  test('a version that is not there yet is a conflict without a base; wrong options are refused by name', async () => {
    const { ana, id } = await together()
    await expect(
      ana.tertulia.songs.update(id, { genre: 'vals' }, { expectedVersion: 9 }),
    ).rejects.toMatchObject({
      code: 'version_conflict',
      conflict: { base: null, mine: { genre: 'vals' } },
    })
    for (const [field, options] of [
      ['expectedVersion', { expectedVersion: 0 }],
      ['summary', { summary: '' }],
      ['summary', { summary: 'x'.repeat(501) }],
    ] as const) {
      await expect(ana.tertulia.songs.update(id, {}, options)).rejects.toMatchObject({
        code: 'invalid_input',
        field,
      })
    }
  })
})

describe('the history', () => {
  test('is for those who may edit: not for a viewer, nor for whoever reads the public song', async () => {
    const { ana, ben, id } = await together()
    const [vera, carla] = await Promise.all([signUp('Vera'), signUp('Carla')])
    const share = await ana.tertulia.sharing.share(id, { userId: vera.id, role: 'view' })
    await vera.tertulia.sharing.accept(share.id)
    await ana.tertulia.songs.update(id, { visibility: 'public', title: 'Dos' })
    for (const [{ tertulia, id: user }, code] of [
      [vera, 'forbidden'],
      [carla, 'song_not_found'],
    ] as const) {
      expect((await tertulia.songs.get(id)).title).toBe('Dos')
      await expect(collect(tertulia.songs.listVersions(id))).rejects.toMatchObject({ code })
      await expect(tertulia.songs.getVersion(id, 1)).rejects.toMatchObject({ code })
      expect(await readAs(user, `select from public.song_history where song_id = '${id}'`)).toEqual([])
    }
    expect(await collect(ben.tertulia.songs.listVersions(id))).toHaveLength(2)
    expect(await readAs(ben.id, `select from public.song_history where song_id = '${id}'`)).toHaveLength(2)
  })

  test('has every change of every field, with its author and kind', async () => {
    const { ana, ben, id } = await together('{title: Uno}\n[C]la')
    const { songs } = ana.tertulia
    await ben.tertulia.songs.update(id, { album: 'Disco', capo: 2 }, { summary: 'For the record' })
    await songs.update(id, { visibility: 'public' })
    await songs.tag(id, ['Zamba', 'zamba', 'Fogón'])
    await songs.tag(id, ['Zamba'])
    await songs.untag(id, ['fogon'])
    await songs.update(id, { content: '{title: Uno}\n{tag: Playa}\n[C]la la', metadata: { a: 1 } })
    await songs.update(id, {})
    await songs.delete(id)
    await songs.restore(id)
    await connectAsService().from('songs').update({ year: 1999 }).eq('id', id)
    const transfer = await ana.tertulia.sharing.offerTransfer(id, ben.id)
    await ben.tertulia.sharing.acceptTransfer(transfer.id)
    const versions = (await collect(songs.listVersions(id))).reverse()
    expect(
      versions.map(({ version, changeType, changedFields, changedBy }) => [
        version,
        changeType,
        changedFields.join(),
        changedBy?.id,
      ]),
    ).toEqual([
      [1, 'create', '', ana.id],
      [2, 'update', 'album,capo_fret', ben.id],
      [3, 'update', 'visibility', ana.id],
      [4, 'update', 'tags', ana.id],
      [5, 'update', 'tags', ana.id],
      [6, 'update', 'content,metadata', ana.id],
      [7, 'delete', 'deleted_at', ana.id],
      [8, 'undelete', 'deleted_at', ana.id],
      [9, 'update', 'year', undefined],
      [10, 'transfer', 'created_by', ben.id],
    ])
    expect(versions[1]).toMatchObject({
      changeSummary: 'For the record',
      changedBy: { displayName: 'Ben' },
    } satisfies Partial<SongVersion> | object)
    expect(await songs.getVersion(id, 6)).toMatchObject({
      title: 'Uno',
      album: 'Disco',
      capo: 2,
      visibility: 'public',
      metadata: { a: 1 },
      content: '{title: Uno}\n{tag: Playa}\n[C]la la',
      tags: ['Playa', 'Zamba'],
    } satisfies Partial<SongSnapshot>)
    await expect(songs.getVersion(id, 11)).rejects.toMatchObject({ code: 'version_not_found' })
    await expect(songs.restoreVersion(id, 11)).rejects.toMatchObject({ code: 'version_not_found' })
  })

  test('gives every version back byte for byte, tags included', async () => {
    const { ana, ben, id } = await together(
      '{title: Uno}\r\n{artist: Ana}\r\n{tag: Mar}\r\n[C]café \u0301 \t\n',
    )
    const { songs } = ana.tertulia
    const sql = postgres(inject('stack').dbUrl, { max: 1 })
    onTestFinished(() => sql.end())
    const state = async () => {
      const [row] = await sql`select derived_fields from public.songs where id = ${id}`
      const song = { ...(await songs.get(id)), version: 0, updatedAt: 0 }
      return { song, tags: await songs.listTags(id), derived: row?.derived_fields }
    }
    const changes: (() => unknown)[] = [
      () => songs.tag(id, ['Fogón', 'vals criollo'], { category: 'mood' }),
      () =>
        songs.update(id, { title: 'By hand', key: 'F#m', tempo: 90, timeSignature: '6/8', difficulty: 3 }),
      () => songs.untag(id, ['Mar']),
      () =>
        songs.update(id, {
          content: '{title: Dos}\n{year: 1950}\n{tag: Playa}\n[Dm]otra 🎵',
          language: 'es-AR',
        }),
      () =>
        songs.update(id, {
          title: null,
          metadata: { deep: { list: [1, 2] } },
          sourceUrl: 'https://example.com/x',
        }),
      () =>
        songs.update(id, {
          content: '',
          genre: 'tango',
          style: 'lento',
          album: ' ',
          capo: 0,
          durationSeconds: 61,
        }),
      () => songs.tag(id, ['Playa']),
      () =>
        connectAsService()
          .from('song_tags')
          .update({ tag_type: 'system' })
          .eq('song_id', id)
          .eq('tag_name', 'playa'),
    ]
    const was = [await state()]
    for (const change of changes) {
      await change()
      was.push(await state())
    }
    expect((await songs.get(id)).version).toBe(was.length)
    const order = [3, 1, was.length, 2, 5, 4, 7, 8, 6, 1, 3]
    for (const [at, version] of order.entries()) {
      await [ana, ben][at % 2]!.tertulia.songs.restoreVersion(id, version)
      expect(await state(), `version ${version}`).toEqual(was[version - 1])
    }
    const versions = (await collect(songs.listVersions(id))).map(({ version }) => version)
    expect(versions.reverse()).toEqual(upTo(was.length + order.length))
  })

  test('restoring leaves owner and visibility alone, and fields go on following the text', async () => {
    const { ana, id } = await together('{title: Uno}\nla')
    const { songs } = ana.tertulia
    await songs.update(id, { visibility: 'public' })
    await songs.update(id, { title: 'By hand', visibility: 'private' })
    expect(await songs.restoreVersion(id, 2)).toMatchObject({
      title: 'Uno',
      visibility: 'private',
      version: 4,
    })
    expect(await songs.update(id, { content: '{title: Dos}\nla' })).toMatchObject({ title: 'Dos' })
    expect(await songs.restoreVersion(id, 3)).toMatchObject({ title: 'By hand' })
    expect(await songs.update(id, { content: '{title: Tres}\nla' })).toMatchObject({ title: 'By hand' })
  })

  test('is pruned by the service: old ones, but never the newest', async () => {
    const { ana, id } = await together()
    const sql = postgres(inject('stack').dbUrl, { max: 1 })
    onTestFinished(() => sql.end())
    for (const n of upTo(9)) await ana.tertulia.songs.update(id, { year: 1900 + n })
    await sql`update public.song_history set created_at = now() - interval '2 years' where song_id = ${id} and version_number <= 8`
    const { data, error } = await connectAsService().rpc('prune_song_history', { keep: 4 })
    expect([error, Number(data) >= 6]).toEqual([null, true])
    const versions = (await collect(ana.tertulia.songs.listVersions(id))).map(({ version }) => version)
    expect(versions).toEqual([10, 9, 8, 7])
    await ana.tertulia.songs.update(id, { year: 1899 })
    expect((await ana.tertulia.songs.get(id)).version).toBe(11)
    expect((await ana.supabase.rpc('prune_song_history')).error?.code).toBe('42501')
  })
})

describe('what the seed gets wrong', () => {
  const { create, erratum, seedSong } = openSeed()

  erratum(
    33,
    'history has every field and every change, a deletion too, numbered without gap',
    ['1 create la null', '2 update la vals', '3 delete la vals'],
    async (tx) => {
      const song = await create(tx)
      await tx`select public.update_song(${song}, '{"genre": "vals"}')`
      await tx`select public.delete_song(${song})`
      await tx`set local role postgres`
      const rows =
        await tx`select version_number, change_type, snapshot ->> 'content' as content, snapshot ->> 'genre' as genre from public.song_history where song_id = ${song} order by 1`
      return rows.map(
        ({ version_number, change_type, content, genre }) =>
          `${version_number} ${change_type} ${content} ${genre}`,
      )
    },
    async (tx) => {
      const song = await seedSong(tx)
      await tx`update seed.songs set content = 'la la' where id = ${song}`
      return tx`select * from seed.history`.then((rows) => rows.length)
    },
  )
})
