import postgres from 'postgres'
import { startStack } from '../../local/src/index.ts'
import { generateSongs } from '../generate-songs.ts'
import { type Measure, measure, percentile, type Scale, textOfBytes } from '../measure.ts'
import { fillCollection } from '../song-collection.ts'

type Transaction = postgres.TransactionSql
const times = (n: number) => Array.from({ length: n }, (_, index) => index)

/** What somebody does, again and again in another place; the target is for its median, in milliseconds. */
interface Action {
  name: string
  target?: number
  rounds?: number
  run: (tx: Transaction, round: number) => PromiseLike<unknown>
}

/** A catalogue of that many songs and somebody in it who has favourites, songs and tags. */
async function openCatalogue(songs: number) {
  const stack = await startStack({ seed: false })
  await generateSongs(stack.dbUrl, { songs })
  await fillCollection(stack.dbUrl)
  const admin = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  const [{ me } = {}] = await admin`
    select f.user_id as me from public.song_favorites f join public.songs s on s.created_by = f.user_id
    group by 1 order by count(*) desc, 1 limit 1`
  const claims = JSON.stringify({ sub: me, role: 'authenticated' })
  return {
    admin,
    me: String(me),
    /** The milliseconds that a call takes as that person. What it wrote is taken back, so each round finds the same. */
    async time(run: (tx: Transaction) => PromiseLike<unknown>): Promise<number> {
      let ms = Number.NaN
      const done = Symbol('done')
      await sql
        .begin(async (tx) => {
          await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
          const from = performance.now()
          await run(tx)
          ms = performance.now() - from
          throw done
        })
        .catch((error) => {
          if (error !== done) throw error
        })
      return ms
    },
    async close() {
      await Promise.all([admin.end(), sql.end()])
      await stack.stop()
    },
  }
}

async function actions(admin: postgres.Sql, me: string): Promise<Action[]> {
  const column = async (rows: PromiseLike<Record<string, unknown>[]>) =>
    (await rows).map((row) => String(Object.values(row)[0]))
  const [median = ''] = await column(admin`
    select content from public.songs order by octet_length(content)
    limit 1 offset (select count(*) / 2 from public.songs)`)
  const limit = textOfBytes(median, 131_072)
  const liked = await column(admin`
    select id from public.songs where visibility = 'public' and deleted_at is null order by popularity desc, id limit 40`)
  const any = await column(admin`
    select id from public.songs where visibility = 'public' and deleted_at is null order by md5(id::text) limit 40`)
  const mine = await column(admin`
    select id from public.songs where created_by = ${me} and deleted_at is null order by id limit 40`)
  const setlist = crypto.randomUUID()
  await admin.begin(async (tx) => {
    const claims = JSON.stringify({ sub: me, role: 'authenticated' })
    await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
    const entries = any.map((song_id) => ({ song_id }))
    await tx`select public.create_setlist(${tx.json({ id: setlist, title: 'Viernes', entries })})`
  })
  const at = (list: string[], round: number) => list[round % list.length] ?? ''
  return [
    {
      name: `save a song of median length (${Buffer.byteLength(median)} bytes)`,
      target: 5,
      run: (tx) => tx`select from public.create_song(${tx.json({ content: median, visibility: 'public' })})`,
    },
    {
      name: 'save it with ten tags in its text',
      run: (tx) => {
        const tags = times(10).map((n) => `{tag: Etiqueta ${n + 1}}\n`)
        return tx`select from public.create_song(${tx.json({ content: tags.join('') + median })})`
      },
    },
    {
      name: 'save a song at the limit (128 KiB)',
      target: 2000,
      rounds: 5,
      run: (tx) => tx`select from public.create_song(${tx.json({ content: limit, visibility: 'public' })})`,
    },
    {
      name: 'change the title',
      run: (tx, n) => tx`select from public.update_song(${at(mine, n)}, ${tx.json({ title: `Otra ${n}` })})`,
    },
    {
      name: 'publish a song',
      run: (tx, n) =>
        tx`select from public.update_song(${at(mine, n)}, ${tx.json({ visibility: 'public' })})`,
    },
    {
      name: 'import twenty songs',
      rounds: 10,
      run: (tx) =>
        tx`select from public.import_songs(${tx.json(times(20).map(() => ({ content: median })))})`,
    },
    {
      name: 'make a favourite',
      target: 5,
      run: (tx, n) => tx`select public.favorite_song(${at(any, n)})`,
    },
    { name: 'list favourites', target: 20, run: (tx) => tx`select from public.list_favorite_songs(51)` },
    {
      name: 'read a setlist of 40 songs',
      target: 10,
      run: (tx) => tx`select public.get_setlist(${setlist})`,
    },
    {
      name: 'read it with the texts',
      target: 10,
      run: (tx) => tx`select public.get_setlist(${setlist}, true)`,
    },
    {
      name: 'give three tags',
      run: (tx, n) => tx`select from public.tag_song(${at(mine, n)}, ${['uno', 'Dos', 'etiqueta 7']})`,
    },
    {
      name: 'suggest tags',
      target: 100,
      run: (tx, n) =>
        tx`select from public.suggest_song_tags(${at(['', 'eti', 'etiqueta 1', 'etiqueta 99', 'x'], n)})`,
    },
    {
      name: 'similar to a song',
      target: 100,
      run: (tx, n) => tx`select from public.similar_songs(${at(any, n)})`,
    },
    {
      name: 'similar to one of the best liked',
      target: 100,
      run: (tx, n) => tx`select from public.similar_songs(${at(liked, n)})`,
    },
    { name: 'recommend', target: 200, run: (tx) => tx`select from public.recommend_songs()` },
    {
      name: 'delete, see the trash, restore',
      run: async (tx, n) => {
        await tx`select public.delete_song(${at(mine, n)})`
        await tx`select from public.list_trash(51)`
        await tx`select from public.restore_song(${at(mine, n)})`
      },
    },
    {
      name: 'purge a batch of 500',
      rounds: 5,
      run: async (tx) => {
        await tx`reset role`
        await tx`select public.purge_trash(500)`
      },
    },
  ]
}

/** Saving, keeping and being led to songs, straight on PostgreSQL, in a catalogue and in one of ten times its size. */
export async function run(scale: Scale): Promise<Measure[]> {
  const [sizes, usual] = scale === 'full' ? [[10_000, 100_000], 40] : [[1_000, 5_000], 12]
  const found: Record<string, number>[] = []
  const measures: Measure[] = []
  for (const songs of sizes) {
    const catalogue = await openCatalogue(songs)
    const p50s: Record<string, number> = {}
    try {
      for (const { name, target, rounds = usual, run } of await actions(catalogue.admin, catalogue.me)) {
        const samples: number[] = []
        for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
          const ms = await catalogue.time((tx) => run(tx, Math.abs(round)))
          if (round >= 0) samples.push(ms)
        }
        p50s[name] = percentile(samples, 0.5)
        if (songs !== sizes.at(-1)) continue
        measures.push(
          measure(`${name}: p50`, percentile(samples, 0.5), 'ms', target ? ['<=', target] : undefined),
          measure(`${name}: p95`, percentile(samples, 0.95), 'ms'),
        )
      }
    } finally {
      await catalogue.close()
    }
    found.push(p50s)
  }
  const [small = {}, large = {}] = found
  // In a small one nothing has reached its bound yet.
  const target: ['<=', number] | undefined = scale === 'full' ? ['<=', 3] : undefined
  for (const name of ['suggest tags', 'similar to a song', 'recommend']) {
    const growth = (large[name] ?? Number.NaN) / (small[name] ?? 1)
    measures.push(measure(`${name}: ${sizes[1]} songs / ${sizes[0]}`, growth, '×', target))
  }
  return measures
}
