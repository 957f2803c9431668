import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take more than a dozen seconds, the longest first. A fresh clone knows no durations and would begin with the largest files:
 * a long one could come last, and run alone while the other workers have nothing to do.
 */
const longest = [
  'test/faults/faults',
  'test/upkeep/migrate-old',
  'test/upkeep/migrate-old-profiles',
  'test/sharing/matrix',
  'local/test/cli/cli',
  'test/live/handles',
  'test/profiles/large-directory',
  'test/cli/coexistence',
  'test/soak/soak',
  'test/database/counts/counts',
  'test/offline/hazards',
  'test/songs/search-catalogue',
  'test/chat/live',
  'test/songs/derive',
  'test/matrix/topics',
  'test/profiles/by-hand',
  'test/chat/sql/inbox',
  'test/matrix/functions',
  'test/chaos/chaos',
  'local/test/realtime/changes',
  'test/chat/open-conversation',
  'local/test/realtime/recovery',
  'test/chat/outbox',
  'test/chat/inbox-storm',
  'local/test/cli/start',
  'test/chat/topics',
  'local/test/postgres/postgres',
  'test/sharing/live',
  'test/live/false-offline',
  'test/database/privacy',
  'test/upkeep/cleanup',
  'local/test/stack',
  'test/chat/leaks',
]

/** The place in the list; those that are not in it come last. */
function rank({ moduleId }: TestSpecification): number {
  const at = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return at < 0 ? longest.length : at
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}
