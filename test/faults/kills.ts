import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient } from '@supabase/supabase-js'
import { type Person, sessionFor, signUpPeople, startConversation } from '../chaos/people.ts'
import { type Backend, program } from './backend.ts'
import { findWrongs } from './check.ts'
import { type Acknowledged, type Device, type DeviceOptions, drain, openDevice, tasks } from './device.ts'

export type Victim = 'client' | 'PostgreSQL' | 'stack'

/** What a fault did. */
export interface Outcome {
  name: string
  /** How often it happened. */
  faults: number
  /** What was answered with success. */
  acknowledged: number
  /** A figure that belongs to it. */
  note?: string
  wrong: string[]
}

/** Two people in a conversation; one of them watches it all along. */
export interface Scene {
  backend: Backend
  people: [Person, Person]
  conversationId: string
  watcher: Device
  optionsOf(person: Person, folder: string): DeviceOptions
  folder: string
  close(): Promise<void>
}

export async function openScene(backend: Backend): Promise<Scene> {
  const people = (await signUpPeople(backend, ['ana', 'ben'])) as [Person, Person]
  const conversationId = await backend.ask((sql) => startConversation(sql, people, 1))
  const folder = await mkdtemp(join(tmpdir(), 'tertulia-faults-'))
  const optionsOf = (person: Person, name: string): DeviceOptions => ({
    apiUrl: backend.apiUrl,
    publishableKey: backend.publishableKey,
    userId: person.id,
    session: sessionFor(backend, person),
    folder: join(folder, name),
    conversationId,
  })
  const watcher = openDevice(optionsOf(people[1], 'watcher'), () => {})
  return {
    backend,
    people,
    conversationId,
    watcher,
    optionsOf,
    folder,
    async close() {
      await watcher.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A device in its own process, killed at a step; 0 lets it finish. Answers where it died, or how many steps there were. */
async function runDevice(options: DeviceOptions, task: string, name: string, killAt: number) {
  const child = fork(program('device-process.ts'), [JSON.stringify(options), task, name, `${killAt}`], {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const told: (Acknowledged & { kind: string })[] = []
  let steps = 0
  let killedAt: string | null = null
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const said = JSON.parse(line)
    if ('steps' in said) steps = said.steps
    else if ('killedAt' in said) killedAt = said.killedAt
    else told.push(said)
  })
  const [code] = await once(child, 'close')
  if (killedAt === null && code !== 0) throw new Error(`${name}: the device ended with ${code}`)
  return { told: told as Acknowledged[], steps, killedAt: killedAt as string | null }
}

/** The bytes of a file as its owner reads them. */
function fileReader({ backend }: Scene) {
  const service = createClient(backend.apiUrl, backend.secretKey, { auth: { persistSession: false } })
  return async (path: string) => {
    const { data } = await service.storage.from('chat').download(path)
    return data ? await data.text() : null
  }
}

/** After the fault: everything is there once, and the device that watched shows it. */
export async function judge(scene: Scene, acknowledged: Acknowledged[]): Promise<string[]> {
  const { backend, conversationId, watcher } = scene
  const wrong = await backend.ask((sql) => findWrongs(sql, conversationId, acknowledged, fileReader(scene)))
  const there = await backend.ask(
    (sql) => sql`select id from public.messages where conversation_id = ${conversationId} order by seq`,
  )
  const open = watcher.tertulia.chat.openConversation(conversationId)
  const deadline = Date.now() + 120_000
  for (;;) {
    const { status, messages } = open.getSnapshot()
    const shown = messages.map(({ id }) => id)
    const wanted = there.map(({ id }) => id).slice(-shown.length)
    const equal = shown.length > 0 && shown.join() === wanted.join()
    if (status === 'live' && equal) break
    if (Date.now() > deadline) {
      wrong.push(`the watcher is ${status} and shows ${shown.length} of ${there.length}`)
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  open.close()
  return wrong
}

/**
 * `kill -9` of a victim at every step of a task, or at the steps that are chosen: each run is one kill, after which all that
 * was acknowledged must be there.
 */
export async function killAtEveryStep(
  scene: Scene,
  victim: Victim,
  task: string,
  choose: (step: number, steps: number) => boolean = () => true,
): Promise<Outcome> {
  const { backend, people, optionsOf } = scene
  const held = scene.watcher.tertulia.chat.openConversation(scene.conversationId)
  const outcome: Outcome = { name: `kill -9 of ${victim}: ${task}`, faults: 0, acknowledged: 0, wrong: [] }
  const whole = await runDevice(optionsOf(people[0], 'whole'), task, `${victim} ${task} 0`, 0)
  const acknowledged = [...whole.told]
  for (let step = 1; step <= whole.steps; step++) {
    if (!choose(step, whole.steps)) continue
    const name = `${victim} ${task} ${step}`
    const options = optionsOf(people[0], name.replaceAll(' ', '-'))
    let at: string | null = null
    const told: Acknowledged[] = []
    try {
      if (victim === 'client') {
        const first = await runDevice(options, task, name, step)
        at = first.killedAt
        told.push(...first.told)
        // The same device, started again with what its storage holds.
        await runDevice(options, 'drain', name, 0)
      } else {
        at = await runUnderKill(backend, victim, options, task, name, step, told)
      }
    } catch (error) {
      const said = error as { code?: string; retryable?: boolean; message: string; cause?: unknown }
      outcome.wrong.push(
        `step ${step} (${at}): ${said.code ?? ''} ${said.message} ${JSON.stringify(said.cause)}`,
      )
    }
    if (at !== null) outcome.faults++
    acknowledged.push(...told)
    const wrong = await judge(scene, acknowledged)
    outcome.wrong.push(...wrong.map((what) => `step ${step} (${at}): ${what}`))
  }
  held.close()
  outcome.acknowledged = acknowledged.length
  return outcome
}

/** The device lives; what it talks to is killed at one step and started again while it goes on. */
async function runUnderKill(
  backend: Backend,
  victim: Victim,
  options: DeviceOptions,
  task: string,
  name: string,
  killAt: number,
  told: Acknowledged[],
): Promise<string | null> {
  let steps = 0
  let killedAt: string | null = null
  let recovery: Promise<void> = Promise.resolve()
  const device = openDevice(options, async (label) => {
    steps++
    if (steps !== killAt) return
    killedAt = label
    if (victim === 'stack') await backend.killStack()
    else await backend.killPostgres()
    recovery = victim === 'stack' ? backend.startStack() : backend.startPostgres()
    recovery.catch(() => {})
  })
  try {
    await tasks[task]?.(device, name, (done) => told.push(done))
    await recovery
    await drain(device)
  } finally {
    await recovery
    await device.close()
  }
  return killedAt
}
