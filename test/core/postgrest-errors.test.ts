import { createClient } from '@supabase/supabase-js'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { createTertulia, type ErrorCode } from 'tertulia'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

// A real server answers few of these on demand: they are PostgREST's own list, with the statuses that it gives them.
const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const url = 'https://project.example.com'
let now = 0
const waits: number[] = []
const tertulia = createTertulia(
  createClient(url, 'sb_publishable_x', { auth: { persistSession: false, autoRefreshToken: false } }),
  {
    clock: {
      now: () => now,
      after(ms, run) {
        // The longest wait for an answer is no pause: it fires once the pauses have used it up.
        if (ms === 15_000) {
          const ends = now + ms
          const look = setInterval(() => now >= ends && run(), 1)
          return () => clearInterval(look)
        }
        waits.push(ms)
        now += ms
        const timer = setTimeout(run)
        return () => clearTimeout(timer)
      },
    },
  },
)
const failing = (status: number, code: string, message: string) => () =>
  HttpResponse.json({ code, message, details: null, hint: null }, { status })

const published: [code: string, status: number, ours: ErrorCode, message?: string][] = [
  ['PGRST000', 503, 'unavailable'],
  ['PGRST001', 503, 'unavailable'],
  ['PGRST002', 503, 'unavailable'],
  ['PGRST003', 504, 'timeout'],
  ['PGRST100', 400, 'invalid_input'],
  ['PGRST101', 405, 'invalid_answer'],
  ['PGRST102', 400, 'invalid_input', 'Empty or invalid json'],
  ['PGRST103', 416, 'invalid_answer'],
  ['PGRST105', 405, 'invalid_answer'],
  ['PGRST106', 406, 'schema_outdated', 'The schema must be one of the following: api'],
  ['PGRST107', 415, 'invalid_answer'],
  ['PGRST108', 400, 'invalid_answer'],
  ['PGRST109', 400, 'invalid_answer'],
  ['PGRST110', 400, 'invalid_answer'],
  ['PGRST111', 500, 'invalid_answer'],
  ['PGRST112', 500, 'invalid_answer'],
  ['PGRST114', 400, 'invalid_answer'],
  ['PGRST115', 400, 'invalid_answer'],
  ['PGRST116', 406, 'invalid_answer'],
  ['PGRST117', 405, 'invalid_answer'],
  ['PGRST118', 400, 'invalid_answer'],
  ['PGRST120', 400, 'invalid_answer'],
  ['PGRST121', 500, 'invalid_answer'],
  ['PGRST122', 400, 'invalid_answer'],
  ['PGRST123', 400, 'invalid_answer'],
  ['PGRST124', 400, 'invalid_answer'],
  ['PGRST125', 404, 'invalid_answer'],
  ['PGRST126', 404, 'invalid_answer'],
  ['PGRST127', 400, 'invalid_answer'],
  ['PGRST128', 400, 'invalid_answer'],
  ['PGRST200', 400, 'schema_outdated'],
  ['PGRST201', 300, 'schema_outdated'],
  ['PGRST202', 404, 'schema_outdated'],
  ['PGRST203', 300, 'schema_outdated'],
  ['PGRST204', 400, 'schema_outdated'],
  ['PGRST205', 404, 'schema_outdated'],
  ['PGRST300', 500, 'unavailable'],
  ['PGRST301', 401, 'session_expired', 'JWSError JWSInvalidSignature'],
  ['PGRST302', 401, 'not_signed_in', 'Anonymous access is disabled'],
  ['PGRST303', 401, 'session_expired', 'JWT expired'],
  ['PGRST303', 401, 'session_expired', 'JWT not in audience'],
  ['PGRSTX00', 500, 'unavailable'],
  // What it passes on from PostgreSQL by class, and what is said in front of it.
  ['08006', 503, 'unavailable'],
  ['0A000', 400, 'conflict', 'cached plan must not change result type'],
  ['25006', 405, 'unavailable', 'cannot execute INSERT in a read-only transaction'],
  ['53300', 503, 'unavailable'],
  ['55P03', 500, 'conflict'],
  ['57014', 500, 'timeout'],
  ['57P01', 500, 'unavailable'],
  ['XX000', 500, 'unavailable'],
  ['', 402, 'unavailable', 'Service for this project is restricted'],
  ['', 540, 'unavailable', 'Project paused'],
]

describe('every error that PostgREST lists has a code', () => {
  test.each(published)('%s with status %i is %s', async (code, status, ours, message = 'told so') => {
    // supabase-js asks again itself after some statuses of a GET, so this goes through a POST.
    server.use(http.post(`${url}/rest/v1/rpc/update_profile`, failing(status, code, message)))
    await expect(tertulia.profiles.update({ bio: '' })).rejects.toMatchObject({ code: ours })
  })

  test('a project that does not serve the schema public says so', async () => {
    server.use(http.post(`${url}/rest/v1/rpc/update_profile`, failing(406, 'PGRST106', 'one of: api')))
    await expect(tertulia.profiles.update({ bio: '' })).rejects.toMatchObject({
      hint: 'Add "public" to the schemas that the API serves.',
    })
  })
})

describe('a token that the API takes only in a moment', () => {
  const early = failing(401, 'PGRST303', 'JWT issued at future')

  test('passes by itself, a write too', async () => {
    waits.length = 0
    const sent: unknown[] = []
    const answers = [early, failing(401, 'PGRST303', 'JWT not yet valid')]
    server.use(
      http.post(`${url}/rest/v1/rpc/update_profile`, async ({ request }) => {
        sent.push(await request.json())
        return (answers.shift() ?? failing(400, '22001', 'reached the database'))()
      }),
    )
    await expect(tertulia.profiles.update({ bio: 'x' })).rejects.toMatchObject({ code: 'invalid_input' })
    expect(waits).toEqual([1_000, 1_000])
    expect(sent).toEqual([sent[0], sent[0], sent[0]])
  })

  test('that never passes is a timeout and no sign-out', async () => {
    server.use(http.post(`${url}/rest/v1/rpc/update_profile`, early))
    await expect(tertulia.profiles.update({ bio: 'x' })).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    })
  })

  test('is not waited for by a call that was aborted', async () => {
    const controller = new AbortController()
    server.use(
      http.post(`${url}/rest/v1/rpc/update_profile`, () => {
        controller.abort()
        return early()
      }),
    )
    await expect(tertulia.profiles.update({ bio: 'x' }, { signal: controller.signal })).rejects.toMatchObject(
      { code: 'aborted' },
    )
  })
})
