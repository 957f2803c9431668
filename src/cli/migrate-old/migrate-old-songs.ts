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

const stages = {
  ...peopleStages,
  songs: z.object({ moved: z.number(), refused: z.number(), waiting: z.number(), next }),
  favorites: z.object({ moved: z.number(), next }),
  check: z.object({ compared: z.number(), gone: z.number(), differing: z.array(z.string()), next }),
  report: z.object({
    people: z.record(z.string(), z.number()),
    songs: z.record(z.string(), z.number()),
    favorites: z.record(z.string(), z.nullable(z.number())),
    left: z.record(z.string(), z.number()),
    problems: problemSchema,
  }),
}
type Stages = typeof stages

/** Songs with their tags, and favourites; answers whether everything has come. */
export async function moveSongs(context: CliContext, service: Service): Promise<boolean> {
  const run = openOld(service, { name: 'migrate_old', file: 'old-schema.sql', stages })

  await movePeople(context, service, run)
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
  return tell(context, await run('report')) && differing.length === 0
}

/** Prints what has become of everything; answers whether all of it is here. */
function tell(context: CliContext, report: z.infer<Stages['report']>): boolean {
  const { out } = context
  out(`\npeople     ${countsLine(report.people)}`)
  out(`songs      ${countsLine(report.songs)}`)
  out(`favourites ${countsLine(report.favorites)}`)
  const left = Object.fromEntries(Object.entries(report.left).filter(([, count]) => count > 0))
  if (Object.keys(left).length > 0) out(`left       ${countsLine(left)}: not taken over`)
  tellProblems(context, report.problems)
  return report.problems.length === 0
}
