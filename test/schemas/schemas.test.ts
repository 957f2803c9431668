import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { isTertuliaError } from 'tertulia'
import { createCircles, createContext } from 'tertulia/circles'
import { createComments } from 'tertulia/comments'
import { createLibrary } from 'tertulia/library'
import { fieldsOf, newShare, profileChanges } from 'tertulia/schemas'
import { createSetlists } from 'tertulia/setlists'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { schemaValues } from '../../scripts/generate-schema-values.ts'
import { signUp } from '../support/people.ts'
import { cases } from './cases.ts'
import { inputs } from './inputs.ts'
import { fieldOfProduct, fieldsOfSchema, type Name, routes, type Things } from './routes.ts'

async function makeThings(): Promise<Things> {
  const [{ supabase, tertulia }, ben] = [await signUp(), await signUp('Ben')]
  const context = createContext(supabase)
  const [comments, circles, setlists, library] = [
    createComments(context),
    createCircles(context),
    createSetlists(context),
    createLibrary(context),
  ]
  const [song, conversation, group] = await Promise.all([
    tertulia.songs.create({ content: '[Am]la' }),
    tertulia.chat.createGroup({ memberIds: [ben.id] }),
    tertulia.chat.createGroup({ memberIds: [] }),
  ])
  const circle = await circles.create({ name: 'Band' })
  const setlist = await setlists.create({ title: 'Friday', entries: [{ songId: song.id }] })
  const message = await tertulia.chat.send(conversation.id, { content: 'Hola' })
  return {
    tertulia,
    songId: song.id,
    conversationId: conversation.id,
    messageId: message.id,
    groupId: group.id,
    comments,
    circles,
    circleId: circle.id,
    setlists,
    setlistId: setlist.id,
    entryId: setlist.entries[0]!.id,
    library,
  }
}

let made: Promise<Things> | undefined
function things(): Promise<Things> {
  made ??= makeThings()
  return made
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isWithin = (field: string, whole: string) => `${field}.`.startsWith(`${whole}.`)

function expectAgreement(name: Name, input: unknown, field: string | null): void {
  let fields = fieldsOfSchema(name, input)
  // zod looks at what holds between fields once each of them is right: then the database may have named another one.
  if (field !== null && fields && isObject(input)) {
    const faulty = fields.map((one) => one.replace(/^filters\./, '').split('.')[0])
    const others = Object.entries(input).filter(([key]) => !faulty.includes(key))
    fields = [...fields, ...(fieldsOfSchema(name, Object.fromEntries(others)) ?? [])]
  }
  if (field === null) expect(fields).toBeNull()
  // One may name a list where the other names the item.
  else
    expect(
      fields?.some((one) => isWithin(one, field) || isWithin(field, one)),
      `${fields} and ${field}`,
    ).toBe(true)
}

test.each(cases)('%s: %s', async (name, _about, input, field) => {
  const refused = await fieldOfProduct(name, await things(), input)
  expect(refused).toBe(field)
  expectAgreement(name, input, refused)
})

const runs = Number(process.env.TERTULIA_RUNS ?? 40)

test.each(Object.keys(routes) as Name[])(
  '%s: the schema accepts what the database accepts, and nothing else',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(inputs[name], async (input) => {
        const refused = await fieldOfProduct(name, await things(), input).catch((error: unknown) => {
          // What the database has, or has not, is not for a schema to know.
          if (
            isTertuliaError(error) &&
            /^(handle_taken|profile_not_found|song_not_found|comment_not_found)$/.test(error.code)
          )
            return null
          throw error
        })
        expectAgreement(name, input, refused)
      }),
      { numRuns: runs },
    )
  },
)

test('the lists of characters, countries and currencies are those of the database', async () => {
  const written = readFileSync('src/schemas/values.ts', 'utf8')
  const join = (text: string) => text.replace(/'\s*\+\s*'/g, '')
  expect(join(written)).toBe(join(await schemaValues()))
})

test('every schema is a JSON Schema of its input, for tools', () => {
  for (const [name, { schema }] of Object.entries(routes)) {
    const json = z.toJSONSchema(schema, { io: 'input' })
    if (json.type === 'object') expect(json, name).toMatchObject({ additionalProperties: false })
  }
  expect(z.toJSONSchema(newShare)).toMatchObject({
    required: ['role'],
    properties: {
      userId: { type: 'string', format: 'uuid' },
      message: { type: 'string', minLength: 1, maxLength: 1000 },
      expiresAt: { type: 'string', format: 'date-time' },
    },
  })
  expect(z.toJSONSchema(profileChanges)).toMatchObject({
    properties: {
      displayName: { maxLength: 80 },
      country: { anyOf: [{ enum: expect.arrayContaining(['CL']) }, { type: 'null' }] },
      rates: { properties: { basic: { properties: { amount: { minimum: 0, maximum: 1e12 } } } } },
    },
  })
})

test('a text of a tool becomes the date of a share', () => {
  const share = newShare.parse({
    email: 'ben@example.com',
    role: 'view',
    expiresAt: '2100-01-31T18:00:00-03:00',
  })
  expect(share.expiresAt).toEqual(new Date('2100-01-31T21:00:00Z'))
  expect(
    fieldsOf(newShare.safeParse({ role: 'view', userId: share.email, expiresAt: 'tomorrow' }).error!),
  ).toEqual(['userId', 'expiresAt'])
})
