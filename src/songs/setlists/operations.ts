import {
  call,
  type ListOperation,
  listOperation,
  nothing,
  type Operation,
  operation,
} from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import type { PageOptions } from '../../core/page.ts'
import { calledWith, id, parseInput } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import {
  flag,
  integer,
  list,
  nullable,
  object,
  optional,
  text,
  toColumns,
  withDefault,
} from '../../core/shape.ts'
import type { LiveHandle } from '../../live/types.ts'
import { type WatchedState, watchTarget } from '../../live/watch-target.ts'
import type { Song, SongSummary, SongVisibility } from '../schema.ts'
import {
  type EntryFields,
  entryChanges,
  type NewEntry,
  newEntries,
  type Setlist,
  type SetlistSummary,
  type SetlistVersion,
  setlist,
  setlistFields,
  setlistSummary,
  setlistVersion,
  setlistWithTexts,
} from './schema.ts'

/** What you can set of a setlist. */
export interface SetlistFields {
  /** 1 to 255 characters. */
  title?: string | undefined
  /** At most 2,000 characters. */
  note?: string | null | undefined
  /** Default `private`. Only the owner changes it. */
  visibility?: SongVisibility | undefined
}

/** A setlist to create. */
export interface NewSetlist extends SetlistFields {
  title: string
  /** A UUID, created for you by default. Keep it when you retry: the same id is the same setlist. */
  id?: string | undefined
  /** Songs in their order, 200 at most. */
  entries?: NewEntry[] | undefined
}

/** The state of a watched setlist. `closeReason` is `removed` when the user lost the role in it, or it was deleted. */
export interface WatchedSetlistSnapshot extends WatchedState {
  /** Null before the first answer, and once the user may not see it. */
  setlist: Setlist | null
}

/** A live handle on a setlist. */
export interface WatchedSetlist extends LiveHandle<WatchedSetlistSnapshot> {
  readonly id: string
}

const newSetlist = object({
  ...setlistFields,
  title: text(),
  id: optional(id),
  entries: optional(newEntries),
})
const changes = object({ ...setlistFields, title: optional(text()) })
type Step = Record<string, unknown>

export const createSetlist: Operation<[setlist: NewSetlist], Setlist> = operation(
  'setlists.create',
  'create_setlist',
  {
    setlist: (value: unknown, path: string) => {
      const { entries, ...fields } = newSetlist(value, path)
      return { ...fields, ...(entries && { entries: entries.map((entry) => toColumns(entry)) }) } as never
    },
  },
  setlist,
)

const getInput = calledWith({ setlistId: id }, { withTexts: optional(flag) })
export async function getSetlist<O extends { withTexts?: boolean | undefined } & CallOptions>(
  context: Context,
  setlistId: string,
  options?: O,
): Promise<Setlist<O extends { withTexts: true } ? Song : SongSummary>> {
  const { signal, ...input } = parseInput('setlists.get', getInput, [setlistId, options])
  const reader = input.withTexts ? setlistWithTexts : setlist
  return call(context, 'setlists.get', { signal, get: true }, 'get_setlist', input, reader as never)
}

export const listSetlists: ListOperation<[], SetlistSummary> = listOperation(
  'setlists.list',
  'list_setlists',
  {},
  setlistSummary,
  [
    ['created_at', 'beforeCreatedAt', text()],
    ['id', 'beforeId', id],
  ],
)

/** A change of a setlist is a list of steps; each call here is one step. */
const changed = { steps: (...steps: Step[]) => steps as never }

export const updateSetlist: Operation<
  [setlistId: string, changes: SetlistFields],
  Setlist,
  { expectedVersion?: number | undefined } & CallOptions
> = operation(
  'setlists.update',
  'change_setlist',
  { setlistId: id, changes },
  setlist,
  { expectedVersion: optional(integer(1, 2_147_483_647)) },
  {
    toArguments: ({ changes, ...rest }) => ({
      ...rest,
      steps: changed.steps({ do: 'fields', fields: changes }),
    }),
  },
)

export const addToSetlist: Operation<
  [setlistId: string, entries: NewEntry[]],
  Setlist,
  { before?: string | undefined } & CallOptions
> = operation(
  'setlists.add',
  'change_setlist',
  { setlistId: id, entries: newEntries },
  setlist,
  { before: optional(id) },
  {
    toArguments: ({ setlistId, entries, before }) => ({
      setlistId,
      steps: changed.steps({
        do: 'add',
        entries: entries.map((entry) => toColumns(entry)),
        before_id: before,
      }),
    }),
  },
)

export const updateEntry: Operation<[setlistId: string, entryId: string, changes: EntryFields], Setlist> =
  operation(
    'setlists.updateEntry',
    'change_setlist',
    { setlistId: id, entryId: id, changes: entryChanges },
    setlist,
    {},
    {
      toArguments: ({ setlistId, entryId, changes }) => ({
        setlistId,
        steps: changed.steps({ do: 'entry', entry_id: entryId, fields: changes }),
      }),
    },
  )

export const moveEntry: Operation<[setlistId: string, entryId: string, before: string | null], Setlist> =
  operation(
    'setlists.move',
    'change_setlist',
    { setlistId: id, entryId: id, before: nullable(id) },
    setlist,
    {},
    {
      toArguments: ({ setlistId, entryId, before }) => ({
        setlistId,
        steps: changed.steps({ do: 'move', entry_id: entryId, before_id: before }),
      }),
    },
  )

export const removeEntries: Operation<[setlistId: string, entryIds: string[]], Setlist> = operation(
  'setlists.remove',
  'change_setlist',
  { setlistId: id, entryIds: list(id) },
  setlist,
  {},
  {
    toArguments: ({ setlistId, entryIds }) => ({
      setlistId,
      steps: changed.steps({ do: 'remove', entry_ids: entryIds }),
    }),
  },
)

export const duplicateSetlist: Operation<
  [setlistId: string, copy?: { id?: string | undefined; title?: string | undefined }],
  Setlist
> = operation(
  'setlists.duplicate',
  'copy_setlist',
  { setlistId: id, copy: withDefault(object({ id: optional(id), title: optional(text()) }), {}) },
  setlist,
  {},
  { toArguments: ({ setlistId, copy }) => ({ setlistId, newId: copy.id, title: copy.title }) },
)

export const deleteSetlist: Operation<[setlistId: string], void> = operation(
  'setlists.delete',
  'delete_setlist',
  { setlistId: id },
  nothing,
)

export const listSetlistVersions: ListOperation<
  [setlistId: string],
  SetlistVersion,
  PageOptions & CallOptions
> = listOperation('setlists.listVersions', 'list_setlist_versions', { setlistId: id }, setlistVersion, [
  ['version', 'beforeVersion', integer()],
])

export const restoreSetlistVersion: Operation<[setlistId: string, version: number], Setlist> = operation(
  'setlists.restoreVersion',
  'restore_setlist_version',
  { setlistId: id, version: integer(1, 2_147_483_647) },
  setlist,
)

export const watchSetlist = (context: Context, setlistId: string): WatchedSetlist =>
  watchTarget(context, 'setlists.watch', 'setlist', 'watch_setlist', setlist, setlistId)
