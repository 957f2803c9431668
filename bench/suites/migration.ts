import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { startStack } from '../../local/src/index.ts'
import { type Measure, measure, type Scale } from '../measure.ts'
import { fillOldTables, oldTables } from '../old-catalogue.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The older schema's songs through `tertulia migrate-old`, killed at a third and taken up: 1,000 when small, 100,000 when full. */
export async function run(scale: Scale): Promise<Measure[]> {
  const songs = scale === 'full' ? 100_000 : 1000
  const stack = await startStack({ workdir: root, seed: false })
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(oldTables).simple()
    await fillOldTables(sql, songs)
    await sql.unsafe(await readFile(`${root}/supabase/old-schema.sql`, 'utf8')).simple()
    const moved = async () => Number((await sql`select count(*) as n from public.songs`)[0]?.n)
    const start = () => {
      const child = spawn(process.execPath, [`${root}/src/cli/main.ts`, 'migrate-old'], {
        env: { ...process.env, SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      return { child, ended: once(child, 'exit') as Promise<[number | null, string | null]> }
    }
    const startedAt = performance.now()
    const first = start()
    while ((await moved()) < songs / 3) await wait(scale === 'full' ? 500 : 10)
    first.child.kill('SIGKILL')
    await first.ended
    const atKill = await moved()
    const [code] = await start().ended
    const seconds = (performance.now() - startedAt) / 1000
    const [proof] = await sql`
      select
        count(s.id) as songs,
        count(*) filter (where s.id is null or (s.title, s.artist, s.album, s.content, s.key, s.tempo, s.genre, s.year, s.visibility)
          is distinct from (o.title, o.artist, o.album, o.content, o.key, o.tempo, o.genre, o.year, o.visibility)
          or s.created_at <> o.created_at or s.deleted_at is distinct from o.deleted_at or lower(u.email) <> lower(a.email)) as differing,
        (select count(*) from public.song_tags) - (select count(*) from old.song_tags) as tags,
        (select count(*) from public.song_favorites) - (select count(*) from old.song_favorites) as favorites,
        (select count(*) from auth.users) - (select count(*) from old.users) as people
      from old.songs o
      join old.users u on u.id = o.created_by
      left join public.songs s on s.id = o.id
      left join auth.users a on a.id = s.created_by`
    const [derived] = await sql`
      select count(*) as n from public.songs where chords = '[]' or search_vector = '' or not ('anos 80' = any (
        array(select t.tag_name from public.song_tags t where t.song_id = songs.id)))`
    return [
      measure('songs there when it was killed', atKill, 'songs'),
      measure('exit code of the run after', code ?? 1, '', ['<=', 0]),
      measure('songs moved', Number(proof?.songs), 'songs', ['>=', songs]),
      measure('songs whose contents or owner differ', Number(proof?.differing), 'songs', ['<=', 0]),
      measure('songs without chords, index or tags', Number(derived?.n), 'songs', ['<=', 0]),
      measure('tags too many or missing', Math.abs(Number(proof?.tags)), 'tags', ['<=', 0]),
      measure('favourites too many or missing', Math.abs(Number(proof?.favorites)), 'favourites', ['<=', 0]),
      measure('accounts too many or missing', Math.abs(Number(proof?.people)), 'people', ['<=', 0]),
      measure('both runs', seconds, 's'),
      measure('songs a second, over the API', songs / seconds, '/s'),
    ]
  } finally {
    await sql.end()
    await stack.stop()
  }
}
