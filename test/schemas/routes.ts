import { isTertuliaError, type Tertulia } from 'tertulia'
import type { Circles } from 'tertulia/circles'
import type { Comments } from 'tertulia/comments'
import type { Library } from 'tertulia/library'
import * as schemas from 'tertulia/schemas'
import type { Setlists } from 'tertulia/setlists'
import type * as z from 'zod'

/** What the calls act on. */
export interface Things {
  tertulia: Tertulia
  songId: string
  conversationId: string
  messageId: string
  groupId: string
  comments: Comments
  circles: Circles
  circleId: string
  setlists: Setlists
  setlistId: string
  entryId: string
  library: Library
}

interface Route {
  schema: z.ZodType
  /** Calls the product with an input. */
  call(things: Things, input: never): Promise<unknown>
  /** What the product names beside the fields of the input: the argument. */
  argument?: string
}

export const routes = {
  profileChanges: {
    schema: schemas.profileChanges,
    call: ({ tertulia }, changes) => tertulia.profiles.update(changes),
  },
  profileFilters: {
    schema: schemas.profileFilters,
    call: ({ tertulia }, filters) => tertulia.profiles.search('', { filters, limit: 1 }),
    argument: 'filters',
  },
  newSong: { schema: schemas.newSong, call: ({ tertulia }, song) => tertulia.songs.create(song) },
  songChanges: {
    schema: schemas.songChanges,
    call: ({ tertulia, songId }, changes) => tertulia.songs.update(songId, changes),
  },
  songFilters: {
    schema: schemas.songFilters,
    call: ({ tertulia }, filters) => tertulia.songs.search('', { filters, limit: 1 }),
    argument: 'filters',
  },
  songTags: {
    schema: schemas.songTags,
    call: ({ tertulia, songId }, tags) =>
      tertulia.songs.tag(songId, tags).finally(() => tertulia.songs.untag(songId, tags)),
    argument: 'tags',
  },
  newMessage: {
    schema: schemas.newMessage,
    call: ({ tertulia, conversationId }, message) => tertulia.chat.send(conversationId, message),
  },
  messageChanges: {
    schema: schemas.messageChanges,
    call: ({ tertulia, messageId }, changes) => tertulia.chat.editMessage(messageId, changes),
    argument: 'changes',
  },
  messageFilters: {
    schema: schemas.messageFilters,
    call: ({ tertulia }, filters) => tertulia.chat.searchMessages('la', { filters }),
    argument: 'filters',
  },
  newGroup: { schema: schemas.newGroup, call: ({ tertulia }, group) => tertulia.chat.createGroup(group) },
  groupChanges: {
    schema: schemas.groupChanges,
    call: ({ tertulia, groupId }, changes) => tertulia.chat.updateGroup(groupId, changes),
  },
  reportReason: {
    schema: schemas.reportReason,
    call: ({ tertulia, messageId }, reason) => tertulia.chat.report(messageId, reason),
  },
  newShare: {
    schema: schemas.newShare,
    call: ({ tertulia, songId }, share) => tertulia.sharing.share(songId, share),
  },
  newLink: {
    schema: schemas.newLink,
    // A song has a bounded number of open links.
    call: async ({ tertulia: { sharing }, songId }, link) =>
      sharing.revokeLink((await sharing.createLink(songId, link)).id),
  },
  newComment: {
    schema: schemas.newComment,
    call: ({ comments, songId }, comment) =>
      comments.add(songId, comment).catch((error) => {
        // How many lines a song has is not for a schema to know.
        if (!/has no such line/.test(error.message)) throw error
      }),
    argument: 'comment',
  },
  newCircle: {
    schema: schemas.newCircle,
    // A user is in a bounded number of circles.
    call: async ({ circles }, circle) => circles.delete((await circles.create(circle)).id),
  },
  newCircleInvitation: {
    schema: schemas.newCircleInvitation,
    call: ({ circles, circleId }, invitation) => circles.inviteUser(circleId, invitation),
  },
  newSetlist: {
    schema: schemas.newSetlist,
    call: ({ setlists }, setlist) => setlists.create(setlist),
  },
  setlistChanges: {
    schema: schemas.setlistChanges,
    call: ({ setlists, setlistId }, changes) => setlists.update(setlistId, changes),
  },
  entryChanges: {
    schema: schemas.entryChanges,
    call: ({ setlists, setlistId, entryId }, changes) => setlists.updateEntry(setlistId, entryId, changes),
  },
  wayChanges: {
    schema: schemas.wayChanges,
    call: ({ library, songId }, changes) => library.setWay(songId, changes),
  },
  period: {
    schema: schemas.period,
    call: ({ tertulia, songId }, period) => tertulia.analytics.song(songId, period),
  },
  query: {
    schema: schemas.query,
    call: ({ tertulia }, query) =>
      Promise.all([
        tertulia.songs.search(query, { limit: 1 }),
        tertulia.profiles.search(query, { limit: 1 }),
        tertulia.chat.searchMessages(query, { limit: 1 }),
      ]),
    argument: 'query',
  },
  pageOptions: {
    schema: schemas.pageOptions,
    call: ({ tertulia }, options) => tertulia.songs.list(options),
  },
} satisfies Record<string, Route>

export type Name = keyof typeof routes

/** The fields that a schema refuses; null when it accepts. */
export function fieldsOfSchema(name: Name, input: unknown): string[] | null {
  const { schema, argument } = routes[name] as Route
  const { error } = schema.safeParse(input)
  if (!error) return null
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  return schemas.fieldsOf(error).map((field) => {
    if (field === '') return argument ?? ''
    return argument === 'filters' || (argument && !isObject) ? `${argument}.${field}` : field
  })
}

/** The field that the product refuses; null when it accepts. Any other failure is thrown. */
export async function fieldOfProduct(name: Name, things: Things, input: unknown): Promise<string | null> {
  try {
    await (routes[name] as Route).call(things, input as never)
    return null
  } catch (error) {
    if (isTertuliaError(error) && /^(invalid_input|content_too_long)$/.test(error.code))
      return error.field ?? (routes[name] as Route).argument ?? ''
    throw error
  }
}
