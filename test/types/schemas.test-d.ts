// Compiled by `npm run check:types`, never run.
import type {
  GroupChanges,
  MessageChanges,
  MessageFilters,
  NewGroup,
  NewLink,
  NewMessage,
  NewShare,
  NewSong,
  ProfileChanges,
  ProfileFilters,
  SongChanges,
  SongFilters,
} from 'tertulia'
import type * as schemas from 'tertulia/schemas'
import { expectTypeOf } from 'vitest'
import type * as z from 'zod'
import type { Period } from '../../src/analytics/index.ts'
import type { ReportReason } from '../../src/chat/index.ts'
import type { PageOptions } from '../../src/core/page.ts'
import type { NewCircle, NewCircleInvitation } from '../../src/sharing/circles/index.ts'
import type { NewComment } from '../../src/songs/comments/index.ts'
import type { WayFields } from '../../src/songs/library/index.ts'
import type { EntryFields, NewSetlist, SetlistFields } from '../../src/songs/setlists/index.ts'

type Of<Name extends keyof typeof schemas> =
  (typeof schemas)[Name] extends z.ZodType<infer Output> ? Output : never

// A form, a server action or a tool passes on what a schema returns, and a schema takes whatever the SDK takes.
expectTypeOf<Of<'newSong'>>().toEqualTypeOf<NewSong>()
expectTypeOf<Of<'songChanges'>>().toEqualTypeOf<SongChanges>()
expectTypeOf<Of<'songFilters'>>().toEqualTypeOf<SongFilters>()
expectTypeOf<Of<'songTags'>>().toEqualTypeOf<string[]>()
expectTypeOf<Of<'newMessage'>>().toEqualTypeOf<NewMessage>()
expectTypeOf<Of<'messageChanges'>>().toEqualTypeOf<MessageChanges>()
expectTypeOf<Of<'messageFilters'>>().toEqualTypeOf<MessageFilters>()
expectTypeOf<Of<'newGroup'>>().toEqualTypeOf<NewGroup>()
expectTypeOf<Of<'groupChanges'>>().toEqualTypeOf<GroupChanges>()
expectTypeOf<Of<'reportReason'>>().toEqualTypeOf<ReportReason>()
expectTypeOf<Of<'newShare'>>().toEqualTypeOf<NewShare>()
expectTypeOf<Of<'newLink'>>().toEqualTypeOf<NewLink>()
expectTypeOf<Of<'newComment'>>().toEqualTypeOf<NewComment>()
expectTypeOf<Of<'newCircle'>>().toEqualTypeOf<NewCircle>()
expectTypeOf<Of<'newCircleInvitation'>>().toEqualTypeOf<NewCircleInvitation>()
expectTypeOf<Of<'newSetlist'>>().toEqualTypeOf<NewSetlist>()
expectTypeOf<Of<'setlistChanges'>>().toEqualTypeOf<SetlistFields>()
expectTypeOf<Of<'entryChanges'>>().toEqualTypeOf<EntryFields>()
expectTypeOf<Of<'wayChanges'>>().toEqualTypeOf<WayFields>()
expectTypeOf<Of<'profileFilters'>>().toEqualTypeOf<ProfileFilters>()
expectTypeOf<Of<'period'>>().toEqualTypeOf<Period>()
expectTypeOf<Of<'pageOptions'>>().toEqualTypeOf<PageOptions>()
expectTypeOf<Omit<Of<'profileChanges'>, 'tags'>>().toEqualTypeOf<Omit<ProfileChanges, 'tags'>>()
// The kind of a tag is an optional part of another type there.
expectTypeOf<Of<'profileChanges'>['tags']>().toExtend<ProfileChanges['tags']>()
expectTypeOf<ProfileChanges['tags']>().toExtend<Of<'profileChanges'>['tags']>()
