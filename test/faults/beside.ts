import { readSchemas } from '../../scripts/schemas.ts'
import { splitStatements } from '../mutants/mutant.ts'
import type { Backend } from './backend.ts'
import { type Acknowledged, drain, openDevice, tasks } from './device.ts'
import { judge, type Outcome, openScene } from './kills.ts'

/** What the next version's migration may do: every function, trigger and policy again, a column and an index more, in one transaction. */
async function nextMigration(n: number): Promise<string> {
  const again: string[] = []
  for (const { text: source } of await readSchemas()) {
    for (const { start, end } of splitStatements(source)) {
      const text = source.slice(start, end).replace(/^\s*(?:--[^\n]*\n\s*)*/, '')
      const [, policy, table] = /^create policy ("[^"]+")\s+on ([\w.]+)/.exec(text) ?? []
      if (policy) again.push(`drop policy ${policy} on ${table}; ${text}`)
      else if (/^create function/.test(text)) again.push(text.replace('create', 'create or replace'))
    }
  }
  return `begin;
    set local lock_timeout = '10s';
    ${again.join('\n')}
    alter table public.messages add column next_version_${n} text;
    alter table public.songs add column next_version_${n} text not null default '';
    create index next_version_${n} on public.messages (created_at, id);
    notify pgrst, 'reload schema';
    commit;`
}

/** Migrations are applied while devices send, upload and save with the version before. */
export async function migrateBeside(backend: Backend, times: number): Promise<Outcome> {
  const outcome: Outcome = { name: 'migrations beside a running SDK', faults: 0, acknowledged: 0, wrong: [] }
  const scene = await openScene(backend)
  const acknowledged: Acknowledged[] = []
  const device = openDevice(scene.optionsOf(scene.people[0], 'beside'), () => {})
  let migrating = true
  const working = Object.entries(tasks).map(async ([task, run]) => {
    for (let n = 0; migrating || n === 0; n++)
      await run(device, `${task} beside ${n}`, (done) => void acknowledged.push(done)).catch((error) => {
        // A call that meets the change of its table says so, and an app calls again.
        if (!error.retryable) throw error
      })
  })
  for (const one of working) one.catch(() => {})
  for (let n = 1; n <= times; n++) {
    const sql = await nextMigration(n)
    // A lock that cannot be had in time is no failure: an operator pushes again.
    for (let tries = 0; tries < 20; tries++) {
      const error = await backend
        .askAsOwner((owner) => owner.unsafe(sql).simple())
        .then(
          () => null,
          (thrown: { code?: string }) => thrown,
        )
      if (error === null) {
        outcome.faults++
        break
      }
      if (error.code !== '55P03' && error.code !== '40P01') throw error
    }
  }
  migrating = false
  for (const result of await Promise.allSettled(working)) {
    if (result.status === 'fulfilled') continue
    const { code, message, cause } = result.reason as { code?: string; message: string; cause?: unknown }
    outcome.wrong.push(`${code ?? ''} ${message} ${JSON.stringify(cause)}`)
  }
  if (outcome.faults < times)
    outcome.wrong.push(`only ${outcome.faults} of ${times} migrations could be applied`)
  await drain(device)
  await device.close()
  outcome.wrong.push(...(await judge(scene, acknowledged)))
  outcome.acknowledged = acknowledged.length
  await scene.close()
  return outcome
}
