import * as z from 'zod/mini'
import type { CliContext } from '../context.ts'
import type { Service } from '../service.ts'
import {
  countsLine,
  movePeople,
  next,
  openOld,
  peopleStages,
  problemSchema,
  tellProblems,
} from './old-database.ts'

const counts = z.record(z.string(), z.nullable(z.number()))
const stages = {
  ...peopleStages,
  profiles: z.object({ moved: z.number(), skipped: z.number(), refused: z.number(), next }),
  conversations: z.object({ opened: z.number(), next }),
  messages: z.object({ done: z.number(), more: z.boolean() }),
  views: z.object({ moved: z.number() }),
  check: z.object({ compared: z.number(), differing: z.array(z.string()), next }),
  report: z.object({
    people: counts,
    profiles: counts,
    conversations: counts,
    messages: counts,
    views: counts,
    left: counts,
    skipped: z.array(
      z.object({ what: z.string(), reason: z.nullable(z.string()), count: z.number(), example: z.string() }),
    ),
    problems: problemSchema,
  }),
}
type Stages = typeof stages

/** Profiles, conversations with their messages, and views; answers whether everything that can come has come. */
export async function moveProfiles(context: CliContext, service: Service): Promise<boolean> {
  const run = openOld(service, { name: 'migrate_old_profiles', file: 'old-profiles.sql', stages })

  await movePeople(context, service, run)
  for (let after: string | null = null, moved = 0; ; ) {
    const batch: z.infer<Stages['profiles']> = await run('profiles', after)
    moved += batch.moved
    context.out(`profiles   ${moved} moved`)
    if (batch.next === null) break
    after = batch.next
  }
  for (let after: string | null = null, opened = 0; ; ) {
    const batch: z.infer<Stages['conversations']> = await run('conversations', after)
    opened += batch.opened
    context.out(`conversations ${opened}`)
    if (batch.next === null) break
    after = batch.next
  }
  for (let done = 0, more = true; more; ) {
    const batch: z.infer<Stages['messages']> = await run('messages')
    done += batch.done
    more = batch.more
    context.out(`messages   ${done}`)
  }
  for (let moved = 1, sum = 0; moved > 0; ) {
    moved = (await run('views')).moved
    sum += moved
    if (moved === 0) context.out(`views      ${sum}`)
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
  context.out(`compared   ${compared} messages, ${differing.length} differ`)
  for (const id of differing.slice(0, 20)) context.out(`  differs: message ${id}`)
  return tell(context, await run('report')) && differing.length === 0
}

/** Prints what has become of everything, and why what did not come did not; answers whether anything still has to be done. */
function tell(context: CliContext, report: z.infer<Stages['report']>): boolean {
  const { out } = context
  const { views, ...viewed } = report.views
  out(`\npeople     ${countsLine(report.people)}`)
  out(`profiles   ${countsLine(report.profiles)}`)
  out(`conversations ${countsLine(report.conversations)}`)
  out(`messages   ${countsLine(report.messages)}`)
  out(`views      ${countsLine({ total: views ?? 0, ...viewed })}`)
  const left = Object.fromEntries(Object.entries(report.left).filter(([, count]) => (count ?? 0) > 0))
  if (Object.keys(left).length > 0) out(`left       ${countsLine(left)}`)
  for (const { what, reason, count, example } of report.skipped) {
    out(`  ${count} × ${what}: ${reason} (such as ${example})`)
  }
  tellProblems(context, report.problems)
  return report.problems.length === 0
}
