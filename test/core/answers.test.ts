import { createClient } from '@supabase/supabase-js'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { createTertulia } from 'tertulia'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

// What a real server does not answer on demand: odd statuses and malformed bodies.
const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const url = 'https://project.example.com'
const tertulia = createTertulia(
  createClient(url, 'sb_publishable_x', { auth: { persistSession: false, autoRefreshToken: false } }),
)
const answer = (response: () => Response) =>
  server.use(http.post(`${url}/rest/v1/rpc/update_profile`, response))
const row = {
  id: '0b9c2a53-5a0f-4f0a-9a3c-0d2a60d6b001',
  handle: 'ana',
  display_name: 'Ana',
  bio: '',
  country: null,
  professional_types: [],
  experience_years: null,
  experience: '',
  avatar_path: null,
  rates: {},
  software: [],
  tags: [],
  languages: [],
  links: [],
  payment_methods: [],
  shows_payment_methods: false,
  is_listed: true,
  open_to_work: false,
  available_from: null,
  verified_at: null,
  reviews: { count: 0, average: null },
  metadata: {},
  created_at: '2026-11-21T19:38:52.483+00:00',
  updated_at: '2026-11-21 19:38:52.483+00',
}

test('timestamps are read as PostgREST and as PostgreSQL write them', async () => {
  answer(() => HttpResponse.json([row]))
  const profile = await tertulia.profiles.update({ bio: '' })
  expect(profile.createdAt).toEqual(new Date('2026-11-21T19:38:52.483Z'))
  expect(profile.updatedAt).toEqual(profile.createdAt)
})

test('a field that a newer schema adds is no error', async () => {
  answer(() => HttpResponse.json([{ ...row, pronouns: 'ella' }]))
  expect(await tertulia.profiles.update({ bio: '' })).not.toHaveProperty('pronouns')
})

test.each([
  ['no rows', [], 'invalid_answer'],
  ['a row without a name', [{ ...row, display_name: undefined }], 'invalid_answer'],
  ['a date that is none', [{ ...row, created_at: 'yesterday' }], 'invalid_answer'],
  ['something else', 'ok', 'invalid_answer'],
])('%s: %s', async (_what, body, code) => {
  answer(() => HttpResponse.json(body))
  await expect(tertulia.profiles.update({ bio: '' })).rejects.toMatchObject({
    code,
    operation: 'profiles.update',
  })
})

test.each([
  [500, { message: 'boom' }, 'unavailable', true],
  [502, '<html>bad gateway</html>', 'unavailable', true],
  [504, '', 'timeout', true],
  [429, { message: 'slow down' }, 'rate_limited', true],
  [401, { message: 'Invalid API key' }, 'invalid_key', false],
  [401, { code: 'PGRST301', message: 'JWT expired' }, 'session_expired', false],
  [403, { code: '42501', message: 'permission denied' }, 'not_signed_in', false],
  [404, { code: 'PGRST202', message: 'no function' }, 'schema_outdated', false],
  [409, { code: '40001', message: 'could not serialize' }, 'conflict', true],
  [400, { code: '40P01', message: 'deadlock detected' }, 'conflict', true],
  [
    400,
    { code: 'TT000', message: 'unable to x; y', details: '{"code":"rate_limited","retryAfterMs":1200}' },
    'rate_limited',
    true,
  ],
  [400, { code: 'TT000', message: 'unable to x; y', details: 'not json' }, 'unknown', false],
  [
    400,
    { code: 'TT000', message: 'unable to x; y', details: '{"code":"of_a_newer_schema"}' },
    'of_a_newer_schema',
    false,
  ],
  [418, { message: 'teapot' }, 'unknown', false],
])('status %s with %j', async (status, body, code, retryable) => {
  answer(() => new HttpResponse(typeof body === 'string' ? body : JSON.stringify(body), { status }))
  await expect(tertulia.profiles.update({ bio: '' })).rejects.toMatchObject({
    code,
    retryable,
    ...(code === 'rate_limited' && status === 400 ? { retryAfterMs: 1200 } : {}),
    hint: expect.stringMatching(/./),
    cause: expect.anything(),
  })
})
