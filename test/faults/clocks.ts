import type { Backend } from './backend.ts'
import { type Acknowledged, drain, openDevice, tasks } from './device.ts'
import { judge, type Outcome, openScene } from './kills.ts'
import { shiftClock } from './shifted-date.ts'

const day = 86_400_000

/** By how much the clock of the client, of the stack and of PostgreSQL is moved, each apart from the others. */
const jumps: [who: 'client' | 'stack' | 'PostgreSQL', ms: number][] = [
  ['client', day],
  ['client', -day],
  ['client', 400 * day],
  ['stack', 3_000_000],
  ['stack', -3_000_000],
  ['PostgreSQL', -day],
  ['PostgreSQL', day],
]

/** A clock jumps in the midst of what a device does; it goes on, and nothing is lost or twice. */
export async function moveClocks(backend: Backend, most = jumps.length): Promise<Outcome> {
  const outcome: Outcome = { name: 'clocks that jump apart', faults: 0, acknowledged: 0, wrong: [] }
  for (const [who, ms] of jumps.slice(0, most)) {
    const scene = await openScene(backend)
    const acknowledged: Acknowledged[] = []
    const device = openDevice(scene.optionsOf(scene.people[0], `clock-${who}-${ms}`), () => {})
    const move = async (by: number) => {
      if (who === 'client') shiftClock(by)
      else if (who === 'stack') await backend.shiftClock(by)
      else if (by !== 0) await moveStoredTimes(backend, -by)
    }
    try {
      const before = tasks.send?.(device, `before ${who} ${ms}`, (done) => void acknowledged.push(done))
      await move(ms)
      outcome.faults++
      await before
      for (const [task, run] of Object.entries(tasks))
        await run(device, `${task} ${who} ${ms}`, (done) => void acknowledged.push(done))
      await move(0)
      await drain(device)
      outcome.wrong.push(...(await judge(scene, acknowledged)).map((what) => `${who} by ${ms} ms: ${what}`))
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      outcome.wrong.push(`${who} by ${ms} ms: ${code ?? ''} ${message}`)
    } finally {
      await move(0)
    }
    outcome.acknowledged += acknowledged.length
    await device.close()
    await scene.close()
  }
  return outcome
}

/** PostgreSQL's clock goes the other way when all that it wrote is moved: what counts is how far the two are apart. */
async function moveStoredTimes({ ask }: Backend, ms: number): Promise<void> {
  await ask(async (sql) => {
    await sql`set session_replication_role = replica`
    const columns = await sql<{ change: string }[]>`
      select format('update %s set %s', c.oid::regclass, string_agg(format('%1$I = %1$I + %2$L::interval', a.attname, ${`${ms} ms`}::text), ', ')) as change
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace::regnamespace::text in ('public', 'private') and c.relkind = 'r' and not c.relispartition
        and a.atttypid = 'timestamptz'::regtype and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        and c.relname !~ '^analytics'
      group by c.oid`
    for (const { change } of columns) await sql.unsafe(change)
  })
}
