import { createHash } from 'node:crypto'
import postgres, { type Sql, type TransactionSql } from 'postgres'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { seedAnalytics } from './fixtures/seed.ts'

/**
 * Each test asks one question of our schema and of a small rewrite of the seed's: ours must give the right answer, and the
 * seed's another one, or the test would show nothing.
 */

type Ask = (tx: TransactionSql) => Promise<unknown>

const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
const ana = crypto.randomUUID()
const ben = crypto.randomUUID()
beforeAll(
  () =>
    sql`insert into auth.users (id, email) select p.id::uuid, p.id || '@example.com' from unnest(${[ana, ben]}::text[]) as p (id)`,
)
const held: string[] = []
afterAll(async () => {
  console.info(held.join('\n'))
  await sql.end()
})

/** Runs in a transaction that leaves nothing; a failure is answered as its SQLSTATE, or the code of an error of ours. */
async function ask(run: Ask): Promise<unknown> {
  let answer: unknown
  const done = Symbol('done')
  await sql
    .begin(async (tx) => {
      await tx.unsafe(seedAnalytics)
      // No roll-up of another test is waited for, and none takes our marks: they are not committed.
      await tx`select pg_advisory_xact_lock(hashtextextended('tertulia.analytics.roll-up', 0))`
      answer = await run(tx)
      throw done
    })
    .catch((thrown) => {
      if (thrown === done) return
      if (!(thrown instanceof postgres.PostgresError)) throw thrown
      answer = thrown.code === 'TT000' ? JSON.parse(thrown.detail ?? '{}').code : thrown.code
    })
  return answer
}

const erratum = (number: number, title: string, right: unknown, ours: Ask, seed: Ask) =>
  test(`erratum ${number}: ${title}`, async () => {
    expect(await ask(ours)).toEqual(right)
    const wrong = await ask(seed)
    expect(wrong).not.toEqual(right)
    held.push(`erratum ${number}: ${title} (the seed: ${JSON.stringify(wrong)})`)
  })

async function as(tx: TransactionSql, person: string | null, run: () => PromiseLike<unknown>) {
  const claims = person ? { sub: person, role: 'authenticated' } : { role: 'anon' }
  await tx`select set_config('role', ${claims.role}, true), set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
    set_config('request.headers', '{"x-forwarded-for": "198.51.100.9", "user-agent": "Firefox"}', true)`
  const answer = await run()
  await tx`reset role`
  return answer
}
const makeSong = async (tx: TransactionSql, fields: object = {}): Promise<string> => {
  const song = { content: 'la', visibility: 'public', ...fields }
  const rows = (await as(
    tx,
    ana,
    () => tx`select id from public.create_song(${tx.json(song as never)})`,
  )) as {
    id: string
  }[]
  return rows[0]?.id as string
}
const track = (tx: TransactionSql, person: string, event: object) =>
  as(tx, person, () => tx`select public.track_events(${tx.json([event] as never)})`)
const rollUp = (tx: TransactionSql) => tx`select public.roll_up_analytics(1000000)`
/** So many views on one day, which only the database can log. */
const log = async (tx: TransactionSql, song: string, count: number, daysAgo = 0) => {
  await tx`select private.add_event_partition((now() at time zone 'utc')::date - ${daysAgo}::integer)`
  await tx`
    insert into private.analytics_events (entity_id, kind, viewer, day, at)
    select ${song}, 'song_view', gen_random_uuid(), d.at::date, d.at at time zone 'utc'
    from (select now() at time zone 'utc' - make_interval(days => ${daysAgo}) as at) d, generate_series(1, ${count})`
  await tx`insert into private.analytics_marks (entity_id, day) values (${song}, (now() at time zone 'utc')::date - ${daysAgo}::integer)`
}
const seedSong = async (
  tx: TransactionSql,
  id = crypto.randomUUID(),
  fields: Record<string, unknown> = {},
) => {
  await tx`insert into seed.songs ${tx({ id, ...fields })}`
  return id
}
const first = async (rows: PromiseLike<Record<string, unknown>[]>) => Object.values((await rows)[0] ?? {})[0]

erratum(
  8,
  'a song that everybody sees does not abort the rescoring of all',
  'scored',
  async (tx) => {
    const song = await makeSong(tx)
    await tx`insert into private.analytics_days values (${song}, 'song_view', (now() at time zone 'utc')::date, 2000000000, 0, now())`
    await tx`insert into private.analytics_marks (entity_id) values (${song})`
    await rollUp(tx)
    const score = await first(tx`select popularity_score from public.song_analytics where song_id = ${song}`)
    return Number.isFinite(score) && Number(score) > 0 && 'scored'
  },
  async (tx) => {
    const song = await seedSong(tx)
    await tx`insert into seed.figures (song_id, view_count, updated_at) values (${song}, 2000000000, now() - interval '2 days')`
    await tx`select seed.rescore()`
    return 'scored'
  },
)

erratum(
  13,
  'the first view says when it was',
  true,
  async (tx) => {
    const song = await makeSong(tx)
    await track(tx, ben, { kind: 'song_view', song_id: song })
    await rollUp(tx)
    return first(tx`select last_viewed_at >= now() from public.song_analytics where song_id = ${song}`)
  },
  async (tx) => {
    const song = await seedSong(tx)
    await tx`select seed.count_event(${song}, 'view')`
    return first(tx`select last_viewed_at is not null from seed.figures where song_id = ${song}`)
  },
)

erratum(
  14,
  'an unknown event makes no row',
  0,
  async (tx) => {
    const song = await makeSong(tx)
    await track(tx, ben, { kind: 'song_glance', song_id: song })
    await rollUp(tx)
    return first(tx`select count(*)::integer from public.song_analytics where song_id = ${song}`)
  },
  async (tx) => {
    const song = await seedSong(tx)
    await tx`select seed.count_event(${song}, 'glance')`
    return first(tx`select count(*)::integer from seed.figures where song_id = ${song}`)
  },
)

erratum(
  15,
  'favourites are counted, up and down',
  [1, 0],
  async (tx) => {
    const song = await makeSong(tx)
    const count = async () => {
      await rollUp(tx)
      return first(tx`select favorite_count::integer from public.song_analytics where song_id = ${song}`)
    }
    await as(tx, ben, () => tx`select public.favorite_song(${song})`)
    const up = await count()
    await as(tx, ben, () => tx`select public.unfavorite_song(${song})`)
    return [up, await count()]
  },
  async (tx) => {
    const song = await seedSong(tx)
    await tx`select seed.count_event(${song}, 'view')`
    await tx`insert into seed.favorites values (${song}, ${ben})`
    const up = await first(tx`select favorite_count from seed.figures where song_id = ${song}`)
    await tx`delete from seed.favorites`
    return [up, await first(tx`select favorite_count from seed.figures where song_id = ${song}`)]
  },
)

erratum(
  16,
  'counting the tags again counts nothing twice',
  [1, 1],
  async (tx) => {
    await makeSong(tx, { content: '{tag: Errata sixteen}\nla' })
    const count = async () => {
      await tx`select public.recompute_popular_tags()`
      return first(tx`select usage_count from public.popular_tags where tag_name = 'errata sixteen'`)
    }
    return [await count(), await count()]
  },
  async (tx) => {
    await tx`insert into seed.tags values (${await seedSong(tx)}, 'x')`
    const count = async () => {
      await tx`select seed.count_tags()`
      return first(tx`select usage_count from seed.popular`)
    }
    return [await count(), await count()]
  },
)

erratum(
  17,
  'tags of private songs do not show, and those of songs that went are gone',
  [1, undefined],
  async (tx) => {
    const song = await makeSong(tx, { content: '{tag: Errata seventeen}\nla' })
    await makeSong(tx, { content: '{tag: Errata seventeen}\nla', visibility: 'private' })
    const count = async () => {
      await tx`select public.recompute_popular_tags()`
      return first(tx`select usage_count from public.popular_tags where tag_name = 'errata seventeen'`)
    }
    const before = await count()
    await as(tx, ana, () => tx`select public.delete_song(${song})`)
    return [before, await count()]
  },
  async (tx) => {
    const song = await seedSong(tx, undefined, { visibility: 'public' })
    await tx`insert into seed.tags values (${song}, 'x'), (${await seedSong(tx)}, 'x')`
    await tx`select seed.count_tags()`
    const before = await first(tx`select usage_count from seed.popular`)
    await tx`delete from seed.songs where id = ${song}`
    await tx`select seed.count_tags()`
    return [before, await first(tx`select usage_count from seed.popular`)]
  },
)

erratum(
  18,
  'a song that is seen now is scored now',
  true,
  async (tx) => {
    const song = await makeSong(tx)
    await log(tx, song, 1)
    await rollUp(tx)
    const before = await first(tx`select popularity_score from public.song_analytics where song_id = ${song}`)
    await log(tx, song, 1000)
    await rollUp(tx)
    return first(
      tx`select popularity_score > 900 * ${before as number}::double precision from public.song_analytics where song_id = ${song}`,
    )
  },
  async (tx) => {
    const song = await seedSong(tx)
    await tx`select seed.count_event(${song}, 'view')`
    await tx`update seed.figures set view_count = 1001`
    await tx`select seed.rescore()`
    return first(tx`select popularity_score > 0 from seed.figures where song_id = ${song}`)
  },
)

erratum(
  19,
  'an old song keeps a score, and two loved ones do not tie',
  [true, true],
  async (tx) => {
    const [old, more, most] = [await makeSong(tx), await makeSong(tx), await makeSong(tx)]
    await log(tx, old, 3, 300)
    for (const [song, views] of [
      [more, 1_000_000],
      [most, 1_000_001],
    ] as const)
      await tx`insert into private.analytics_days values (${song}, 'song_view', (now() at time zone 'utc')::date, ${views}, 0, now())`
    await tx`insert into private.analytics_marks (entity_id) values (${more}), (${most})`
    await rollUp(tx)
    const score = async (song: string) =>
      Number(
        await first(
          tx`select private.popularity_now(popularity_score) from public.song_analytics where song_id = ${song}`,
        ),
      )
    return [(await score(old)) > 0, (await score(most)) > (await score(more))]
  },
  async (tx) => {
    const score = (views: number, days: number) =>
      first(tx`select seed.score(${views}, 0, 0, now() - make_interval(days => ${days}))::float8`)
    return [
      Number(await score(3, 300)) > 0,
      Number(await score(1_000_001, 0)) > Number(await score(1_000_000, 0)),
    ]
  },
)

erratum(
  27,
  'a client writes no figures',
  '42501',
  async (tx) => {
    const song = await makeSong(tx)
    return as(
      tx,
      ben,
      () => tx`insert into public.song_analytics (song_id, view_count) values (${song}, 1000000)`,
    )
  },
  async (tx) => {
    const song = await seedSong(tx)
    return as(tx, ben, () =>
      tx`insert into seed.figures (song_id, view_count) values (${song}, 1000000)`.then(() => 'written'),
    )
  },
)

erratum(
  41,
  'weekly, monthly, session length and trend are computed',
  { weekly: 2, monthly: 5, seconds: 90, trending: true, tags: true },
  async (tx) => {
    const song = await makeSong(tx, { content: '{tag: Errata forty-one}\nla' })
    await log(tx, song, 2)
    await log(tx, song, 3, 20)
    await log(tx, song, 4, 40)
    await track(tx, ben, { kind: 'song_session', song_id: song, duration_seconds: 90 })
    await rollUp(tx)
    await tx`select public.recompute_popular_tags()`
    const [row] = await tx`
      select weekly_views::integer as weekly, monthly_views::integer as monthly, avg_session_duration_seconds as seconds,
        trend_score > 0 as trending, (select trend_score > 0 from public.popular_tags where tag_name = 'errata forty-one') as tags
      from public.song_analytics where song_id = ${song}`
    return { ...row }
  },
  async (tx) => {
    const song = await seedSong(tx)
    for (let n = 0; n < 9; n++) await tx`select seed.count_event(${song}, 'view')`
    const [row] = await tx`
      select weekly_views as weekly, monthly_views as monthly, avg_session_duration_seconds as seconds, false as trending, false as tags
      from seed.figures`
    return { ...row }
  },
)

const keyOf = (table: string) => (tx: TransactionSql) =>
  first(tx`
    select string_agg(a.attname, ',') from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = ${table}::regclass and i.indisprimary`)
erratum(
  50,
  'the song’s id is the key of its figures',
  'song_id',
  keyOf('public.song_analytics'),
  keyOf('seed.figures'),
)

/** Two views of one song, neither committed: does the second wait for the first? */
async function waits(setUp: string, event: (who: string) => string, cleanUp: string): Promise<boolean> {
  const lines = [0, 1].map(() => postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })) as [
    Sql,
    Sql,
  ]
  await sql.unsafe(setUp)
  try {
    return await lines[0].begin(async (tx) => {
      await tx.unsafe(event('one'))
      return lines[1]
        .begin(async (other) => {
          await other`set local lock_timeout = '300ms'`
          await other.unsafe(event('two'))
        })
        .then(
          () => false,
          (error) => error.code === '55P03' || Promise.reject(error),
        )
    })
  } finally {
    await sql.unsafe(cleanUp)
    await Promise.all(lines.map((line) => line.end()))
  }
}
test('erratum 50: nobody who opens a song waits for somebody else who does', async () => {
  const song = crypto.randomUUID()
  const count = (who: string) => `
    select set_config('request.headers', '{"user-agent": "${who}"}', true);
    select public.track_events('[{"kind": "song_view", "song_id": "${song}"}]')`
  const ours = await waits(
    `insert into public.songs (id, title, content, visibility, created_by) values ('${song}', 'Hot', 'la', 'public', '${ana}');
      -- The first one of a day makes its salt and its partition.
      ${count('zero')}`,
    count,
    `delete from public.songs where id = '${song}'`,
  )
  const seeds = await waits(
    `${seedAnalytics}; insert into seed.songs (id) values ('${song}'); select seed.count_event('${song}', 'view')`,
    () => `select seed.count_event('${song}', 'view')`,
    'drop schema seed cascade',
  )
  expect({ ours, seeds }).toEqual({ ours: false, seeds: true })
})

erratum(
  56,
  'no address is kept of who looks at a profile',
  0,
  async (tx) => {
    await as(
      tx,
      null,
      () => tx`select public.track_events(${tx.json([{ kind: 'profile_view', profile_id: ana }])})`,
    )
    const rows = await tx`select e::text as text from private.analytics_events e where entity_id = ${ana}`
    if (rows.length !== 1) return 'not counted'
    const hash = createHash('md5').update('198.51.100.9').digest('hex')
    return rows.filter(({ text }) => text.includes('198.51.100.9') || text.replaceAll('-', '').includes(hash))
      .length
  },
  async (tx) => {
    await tx`insert into seed.profile_views (user_id, ip) values (${ana}, '198.51.100.9')`
    return (await tx`select v::text as text from seed.profile_views v`).filter(({ text }) =>
      text.includes('198.51.100.9'),
    ).length
  },
)

erratum(
  60,
  'a conversion is defined: said by the other participant or the service, once a conversation',
  ['invalid_input', true, false, false, 1],
  async (tx) => {
    const opened = (await as(tx, ben, () => tx`select public.open_direct(${ana}) as c`)) as {
      c: { id: string }
    }[]
    const id = opened[0]?.c.id as string
    const said = (rows: unknown) => Object.values((rows as Record<string, unknown>[])[0] ?? {})[0]
    let wrong: unknown
    await tx
      .savepoint((point) => point`select public.record_conversion_for(${id}, ${crypto.randomUUID()})`)
      .catch((error) => {
        wrong = JSON.parse(error.detail).code
      })
    const told = [
      said(await as(tx, ben, () => tx`select public.record_conversion(${id})`)),
      said(await as(tx, ana, () => tx`select public.record_conversion(${id})`)),
      await first(tx`select public.record_conversion_for(${id}, ${ana})`),
    ]
    const count = await first(
      tx`select count(*)::integer from private.analytics_events where kind = 'conversion' and entity_id = any(${[ana, ben]}::uuid[])`,
    )
    return [wrong, ...told, count]
  },
  // The seed has the word and nothing behind it.
  (tx) => tx`select seed.record_conversion()`,
)
