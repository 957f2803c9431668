import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod/mini'
import type { CliContext } from '../context.ts'
import { Refusal } from '../refusal.ts'
import { openService, pushHint, type Service } from '../service.ts'

const answerSchema = z.object({
  steps: z.array(
    z.object({
      step: z.string(),
      outcome: z.enum(['done', 'unfinished', 'failed', 'busy']),
      handled: z.number(),
      error: z.nullable(z.string()),
    }),
  ),
  next: z.nullable(z.string()),
})
type Answer = z.infer<typeof answerSchema>

/** How long another run may have a step before this one gives up on it. */
const patienceMs = 60_000

/**
 * `tertulia maintain`: the upkeep from end to end, as pg_cron does it, and the removal of files, which SQL cannot do. Each request is one transaction
 * of about half a second; whatever ends it half-way, the next run goes on there.
 */
export async function maintain(
  context: CliContext,
  options: { url?: string; key?: string; once?: boolean },
): Promise<number> {
  const service = openService(context, options, 'run the upkeep')
  const failed = new Set<string>()
  const handled = new Map<string, number>()
  const deadline = Date.now() + patienceMs
  let busy: string | null = null
  let next: string | null = null
  do {
    const answer: Answer = readAnswer(await service.rpc('cleanup_old_data', { next }))
    next = answer.next
    for (const step of answer.steps) {
      handled.set(step.step, (handled.get(step.step) ?? 0) + step.handled)
      if (step.outcome === 'busy') busy ??= step.step
      if (step.outcome === 'failed') failed.add(step.step)
      const told = step.outcome === 'done' || step.outcome === 'failed' || options.once
      if (told) context.out(describeStep(step, handled.get(step.step) ?? 0))
    }
    if (options.once) break
    if (next === null && busy !== null) {
      // Another run had it: once more from there, when that one may be through.
      if (Date.now() > deadline) {
        context.err(`tertulia: ${busy} is still being done by another run; run this again later`)
        return 1
      }
      await wait(1000)
      next = busy
      busy = null
    }
  } while (next !== null)
  if (next !== null) context.out('More remains: run it again.')
  for (const [bucket, list] of Object.entries(buckets)) {
    const removed = await removeFiles(service, bucket, list, options.once)
    if (removed > 0) context.out(`${'done'.padEnd(10)} ${`files of ${bucket}`.padEnd(24)} ${removed}`)
  }
  if (failed.size === 0) return 0
  context.err(
    `tertulia: failed: ${[...failed].join(', ')}\n  What the other steps did stays. The view monitoring_failures has all.`,
  )
  return 1
}

/** What names the files that nothing refers to any more. SQL cannot remove them: Storage does. */
const buckets = {
  'tertulia-avatars': 'list_abandoned_avatars',
  'tertulia-portfolio': 'list_abandoned_portfolio_files',
  chat: 'list_abandoned_attachments',
}
const namesSchema = z.array(z.string())

/** Removes files that nothing refers to, a hundred at a time; answers how many went. */
async function removeFiles(
  service: Service,
  bucket: string,
  list: string,
  once: boolean | undefined,
): Promise<number> {
  let before = ''
  let answer = 0
  for (let removed = 0; ; ) {
    const prefixes = namesSchema.parse(await service.rpc(list, { page_size: 100 }))
    if (prefixes.length === 0) return removed
    // Another run may have removed all of them meanwhile. Only a list that stays as it is will stay for ever.
    if (before === prefixes.join()) {
      throw new Refusal(
        `unable to remove ${prefixes.length} files from ${bucket}; Storage answers ${answer}`,
        'See the log of Storage, then run it again.',
      )
    }
    const { status, body } = await service.request(`/storage/v1/object/${bucket}`, { prefixes }, 'DELETE')
    const gone = z.safeParse(z.array(z.unknown()), body).data?.length ?? 0
    before = gone === 0 ? prefixes.join() : ''
    answer = status
    removed += gone
    if (once) return removed
  }
}

function readAnswer(body: unknown): Answer {
  const parsed = z.safeParse(answerSchema, body)
  if (parsed.success) return parsed.data
  throw new Refusal(
    'unable to run the upkeep; the answer is not what this version expects',
    pushHint,
    parsed.error,
  )
}

function describeStep({ step, outcome, error }: Answer['steps'][number], handled: number): string {
  return `${outcome.padEnd(10)} ${step.padEnd(24)} ${handled}${error ? `  ${error}` : ''}`
}
