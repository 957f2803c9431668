import { createClient } from '@supabase/supabase-js'
import type postgres from 'postgres'
import type { Backend } from './backend.ts'
import type { Outcome, Scene } from './kills.ts'

const songs = 40
const viewsOfEach = 25

/** Views are logged; the roll-up is killed at moments spread over it and run again: each figure is what the log says. */
export async function killRollUps(
  scene: Scene,
  victim: 'roll-up' | 'PostgreSQL',
  times: number,
): Promise<Outcome> {
  const { backend, people } = scene
  const outcome: Outcome = { name: `kill -9 of ${victim}: roll-up`, faults: 0, acknowledged: 0, wrong: [] }
  await backend.ask(async (sql) => {
    await sql`
      insert into public.songs (title, content, created_by, visibility)
      select 'Song ' || n, '[Am]la', ${people[0].id}, 'public' from generate_series(1, ${songs}) n`
  })
  const logViews = () =>
    backend.ask(async (sql) => {
      await sql`
        insert into private.analytics_events (day, kind, entity_id, viewer, at)
        select (now() at time zone 'utc')::date, 'song_view', s.id, gen_random_uuid(), now()
        from public.songs s, generate_series(1, ${viewsOfEach}) n where s.title like 'Song %'`
      await sql`
        insert into private.analytics_marks (entity_id, day)
        select s.id, (now() at time zone 'utc')::date from public.songs s, generate_series(1, 5) where s.title like 'Song %'`
      outcome.acknowledged += songs * viewsOfEach
    })
  const service = createClient(backend.apiUrl, backend.secretKey, { auth: { persistSession: false } })
  const rollUp = async () => {
    for (;;) {
      const { data, error } = await service.rpc('roll_up_analytics', { batch_size: 20 })
      if (error) throw error
      if (data !== null && data < 20) return
    }
  }
  await logViews()
  const startedAt = performance.now()
  await rollUp()
  const whole = performance.now() - startedAt
  /** Kills one that is under way after a while; answers whether it was, for it may have ended before. */
  const killAfter = async (ms: number): Promise<boolean> => {
    let isOver = false
    const rolling = rollUp()
      .catch(() => 'broken off')
      .finally(() => {
        isOver = true
      })
    await new Promise((resolve) => setTimeout(resolve, ms))
    let isHit = false
    if (victim === 'PostgreSQL') {
      isHit = !isOver
      await backend.killPostgres()
      await backend.startPostgres()
    }
    // Between two of its batches there is no session to end.
    else while (!isHit && !isOver) isHit = await killRollUp(backend)
    await rolling
    return isHit
  }
  for (let n = 1; n <= times; n++) {
    await logViews()
    // The next ones are quicker than the first: where one had ended already, another is killed sooner.
    for (let ms = (whole * n) / (times + 1), tries = 0; tries < 5; tries++, ms /= 2) {
      if (await killAfter(ms)) {
        outcome.faults++
        break
      }
      await logViews()
    }
    await rollUp()
    const wrong = await backend.ask(
      (sql) => sql`
        select s.title, a.view_count::integer as shown, (
          select count(*)::integer from private.analytics_events e where e.entity_id = s.id and e.kind = 'song_view'
        ) as logged
        from public.songs s left join public.song_analytics a on a.song_id = s.id
        where s.title like 'Song %' and a.view_count is distinct from (
          select count(*) from private.analytics_events e where e.entity_id = s.id and e.kind = 'song_view')`,
    )
    for (const { title, shown, logged } of wrong)
      outcome.wrong.push(`kill ${n} of ${times}: ${title} shows ${shown} of ${logged} views`)
  }
  return outcome
}

/** Ends the session that rolls up, if one does at this moment, as the death of its caller would; answers whether one did. */
async function killRollUp({ ask }: Backend): Promise<boolean> {
  const ended = await ask(
    (sql: postgres.Sql) => sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where query ilike '%roll_up_analytics%' and state = 'active' and pid <> pg_backend_pid()`,
  )
  return ended.length > 0
}
