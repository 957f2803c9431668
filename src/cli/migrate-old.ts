import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod/mini'
import type { CliContext } from './context.ts'
import { Refusal } from './refusal.ts'
import { openService, type Service } from './service.ts'

const next = z.nullable(z.string())
const stages = {
  people: z.object({
    people: z.array(z.object({ old_id: z.string(), email: z.string(), name: z.nullable(z.string()) })),
    seen: z.array(z.string()),
    next,
  }),
  link: z.object({ linked: z.number() }),
  songs: z.object({ moved: z.number(), refused: z.number(), waiting: z.number(), next }),
  favorites: z.object({ moved: z.number(), next }),
  check: z.object({ compared: z.number(), gone: z.number(), differing: z.array(z.string()), next }),
  report: z.object({
    people: z.record(z.string(), z.number()),
    songs: z.record(z.string(), z.number()),
    favorites: z.record(z.string(), z.nullable(z.number())),
    left: z.record(z.string(), z.number()),
    problems: z.array(
      z.object({ what: z.string(), old_id: z.string(), outcome: z.string(), reason: z.nullable(z.string()) }),
    ),
  }),
}
type Stages = typeof stages
type Person = z.infer<Stages['people']>['people'][number]
type Run = <Name extends keyof Stages>(
  stage: Name,
  after?: string | null,
  input?: object,
) => Promise<z.infer<Stages[Name]>>

/** Requests to the Auth server at once: enough to be quick, few enough for its rate limit. */
const atOnce = 4

/**
 * `tertulia migrate-old`: takes people, songs, tags and favourites of the older schema into ours, batch by batch. What a run has
 * done the next one finds done, so it can be killed and started again. `supabase/old-schema.sql` prepares the database.
 */
export async function migrateOld(
  context: CliContext,
  options: { url?: string; key?: string },
): Promise<number> {
  const service = openService(context, options, 'migrate')
  const run = runner(service)

  for (let after: string | null = null, done = 0; ; ) {
    const batch: z.infer<Stages['people']> = await run('people', after)
    if (batch.next === null) break
    const refused = await makeAccounts(service, batch.people)
    done += (await run('link', null, { ids: batch.seen, refused })).linked
    context.out(`people     ${done}`)
    after = batch.next
  }
  for (let after: string | null = null, moved = 0, refused = 0, waiting = 0; ; ) {
    const batch: z.infer<Stages['songs']> = await run('songs', after)
    moved += batch.moved
    refused += batch.refused
    waiting += batch.waiting
    context.out(`songs      ${moved} moved, ${refused} refused, ${waiting} waiting for their owners`)
    if (batch.next === null) break
    after = batch.next
  }
  for (let after: string | null = null, moved = 0; ; ) {
    const batch: z.infer<Stages['favorites']> = await run('favorites', after)
    moved += batch.moved
    if (batch.next === null) {
      context.out(`favourites ${moved} moved`)
      break
    }
    after = batch.next
  }
  const differing: string[] = []
  let compared = 0
  for (let after: string | null = null; ; ) {
    const batch: z.infer<Stages['check']> = await run('check', after)
    compared += batch.compared
    differing.push(...batch.differing)
    if (batch.next === null) break
    after = batch.next
  }
  context.out(`compared   ${compared} songs, ${differing.length} differ`)
  for (const id of differing.slice(0, 20)) context.out(`  differs: song ${id}`)
  const whole = tell(context, await run('report'))
  return whole && differing.length === 0 ? 0 : 1
}

function runner(service: Service): Run {
  const call = (stage: string, after: string | null, input: object) =>
    service.rpc('migrate_old', { stage, after, input }).catch((error) => {
      if (!(error instanceof Refusal) || !error.message.includes('has no function')) throw error
      throw new Refusal(
        'unable to migrate; the database is not prepared',
        'Run once: psql "$DATABASE_URL" -f node_modules/tertulia/supabase/old-schema.sql',
        error,
      )
    })
  return async (stage, after = null, input = {}) => {
    let answer = await call(stage, after, input)
    // A run that was killed may have left a batch that is still being done.
    for (let tries = 0; z.safeParse(z.object({ busy: z.boolean() }), answer).success; tries++) {
      if (tries === 10)
        throw new Refusal('unable to migrate; another run is at it', 'Wait until it has ended.')
      await wait(1000)
      answer = await call(stage, after, input)
    }
    const parsed = z.safeParse(stages[stage], answer)
    if (parsed.success) return parsed.data as z.infer<Stages[typeof stage]>
    throw new Refusal(
      'unable to migrate; the answer is not what this version expects',
      'Run supabase/old-schema.sql of this version again.',
      parsed.error,
    )
  }
}

/** Makes an account for each; answers why not, by the old id, of those that were refused. */
async function makeAccounts(service: Service, people: Person[]): Promise<Record<string, string>> {
  const refused: Record<string, string> = {}
  const queue = [...people]
  const work = async () => {
    for (let person = queue.shift(); person; person = queue.shift()) {
      const { status, body } = await service.request('/auth/v1/admin/users', {
        email: person.email,
        // No account has a password: a user signs in by the mail that is sent to the address.
        email_confirm: true,
        user_metadata: { display_name: person.name ?? '' },
      })
      // Two of the older people can have one address, and so can one of ours by now.
      if (status < 300 || status === 422) continue
      const said = z.safeParse(z.object({ msg: z.string() }), body).data?.msg ?? ''
      if (status === 400) refused[person.old_id] = said
      else
        throw new Refusal(
          `unable to migrate; making an account answers ${status} ${said}`,
          'Run it again: it goes on where it was.',
        )
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return refused
}

/** Prints what has become of everything; answers whether all of it is here. */
function tell({ out }: CliContext, report: z.infer<Stages['report']>): boolean {
  const line = (counts: Record<string, number | null>) =>
    ['total', ...Object.keys(counts).filter((name) => name !== 'total')]
      .flatMap((name) => (name in counts ? [[name, counts[name]] as const] : []))
      .map(([name, count]) => `${count ?? 0} ${name.replaceAll('_', ' ')}`)
      .join(', ')
  out(`\npeople     ${line(report.people)}`)
  out(`songs      ${line(report.songs)}`)
  out(`favourites ${line(report.favorites)}`)
  const left = Object.fromEntries(Object.entries(report.left).filter(([, count]) => count > 0))
  if (Object.keys(left).length > 0) out(`left       ${line(left)}: not taken over`)
  for (const { what, old_id, outcome, reason } of report.problems) {
    out(`  ${what} ${old_id}: ${outcome.replaceAll('_', ' ')}${reason ? `; ${reason}` : ''}`)
  }
  return report.problems.length === 0
}
