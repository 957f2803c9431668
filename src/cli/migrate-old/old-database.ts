import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod/mini'
import type { CliContext } from '../context.ts'
import { Refusal } from '../refusal.ts'
import type { Service } from '../service.ts'

/** Requests to the Auth server at once: enough to be quick, few enough for its rate limit. */
const atOnce = 4

export const next = z.nullable(z.string())

/** The stages that both migrations have: people first, who become accounts by their addresses. */
export const peopleStages = {
  people: z.object({
    people: z.array(z.object({ old_id: z.string(), email: z.string(), name: z.nullable(z.string()) })),
    seen: z.array(z.string()),
    next,
  }),
  link: z.object({ linked: z.number() }),
}

type Person = z.infer<(typeof peopleStages)['people']>['people'][number]

/** Runs one batch of a stage in the database. */
export type Run<Stages extends Record<string, z.ZodMiniType>> = <Name extends keyof Stages & string>(
  stage: Name,
  after?: string | null,
  input?: object,
) => Promise<z.infer<Stages[Name]>>

/** Calls a function that a file in `supabase/` has made; waits while a killed run's last batch is still being done. */
export function openOld<Stages extends Record<string, z.ZodMiniType>>(
  service: Service,
  { name, file, stages }: { name: string; file: string; stages: Stages },
): Run<Stages> {
  return async (stage, after = null, input = {}) => {
    const call = () => service.rpc(name, { stage, after, input })
    let answer = await call()
    for (let tries = 0; z.safeParse(z.object({ busy: z.boolean() }), answer).success; tries++) {
      if (tries === 10)
        throw new Refusal('unable to migrate; another run is at it', 'Wait until it has ended.')
      await wait(1000)
      answer = await call()
    }
    const parsed = z.safeParse(stages[stage] as Stages[typeof stage], answer)
    if (parsed.success) return parsed.data
    throw new Refusal(
      'unable to migrate; the answer is not what this version expects',
      `Run supabase/${file} of this version again.`,
      parsed.error,
    )
  }
}

/** Whether the database is prepared for a migration: whether it has its function. The API may see a new one a moment later. */
export async function isPrepared(service: Service, name: string): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    try {
      await service.rpc(name, { stage: 'none', after: null, input: {} })
      return true
    } catch (error) {
      if (!(error instanceof Refusal) || !error.message.includes('has no function')) throw error
      if (tries === 4) return false
      await wait(500)
    }
  }
}

/** Gives people accounts, batch by batch, and links the two. */
export async function movePeople(
  context: CliContext,
  service: Service,
  run: Run<typeof peopleStages>,
): Promise<void> {
  for (let after: string | null = null, done = 0; ; ) {
    const batch: z.infer<(typeof peopleStages)['people']> = await run('people', after)
    if (batch.next === null) return
    const refused = await makeAccounts(service, batch.people)
    done += (await run('link', null, { ids: batch.seen, refused })).linked
    context.out(`people     ${done}`)
    after = batch.next
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
        // The account has no password: its user signs in by the mail that is sent to the address.
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
          'Run it again; it continues where it stopped.',
        )
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return refused
}

/** Counts by what has become of each, the total first. */
export function countsLine(counts: Record<string, number | null>): string {
  return ['total', ...Object.keys(counts).filter((name) => name !== 'total')]
    .flatMap((name) => (name in counts ? [[name, counts[name]] as const] : []))
    .map(([name, count]) => `${count ?? 0} ${name.replaceAll('_', ' ')}`)
    .join(', ')
}

export const problemSchema = z.array(
  z.object({ what: z.string(), old_id: z.string(), outcome: z.string(), reason: z.nullable(z.string()) }),
)

/** Prints what has not come. */
export function tellProblems({ out }: CliContext, problems: z.infer<typeof problemSchema>): void {
  for (const { what, old_id, outcome, reason } of problems) {
    out(`  ${what} ${old_id}: ${outcome.replaceAll('_', ' ')}${reason ? `; ${reason}` : ''}`)
  }
}
