import fc from 'fast-check'
import type { Name } from './routes.ts'

// Inputs with odd values in one or two fields.

const pieces = [
  ...'aZ é🎸\t\n\r\0#/@.,-_:[]{}|\'"\\',
  ...[
    '\u0085',
    '\u00a0',
    '\u00ad',
    '\u0301',
    '\u061c',
    '\u115f',
    '\u1680',
    '\u200b',
    '\u200d',
    '\u2003',
    '\u2028',
    '\u202b',
    '\u202c',
  ],
  ...[
    '\u202e',
    '\u2067',
    '\u2069',
    '\u2800',
    '\u3164',
    '\ufdd0',
    '\ufdfa',
    '\ufe0f',
    '\ufeff',
    '\uffff',
    '\u{e0061}',
    '\ud83d',
    '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    '가',
  ],
  ...['Am', 'http://', 'example.com', 'es', 'USD', 'CL', '4/4', '2026-11-30', 'view', 'x', 'paypal?', 'c'],
]
const short = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join(''))
/** Around the limits of length. */
const long = fc
  .tuple(
    fc.constantFrom('a', ' ', '\t', '\u00a0', '🎸', 'e\u0301', '\u3164'),
    fc.constantFrom(30, 80, 100, 200, 255, 320, 500, 1000, 2000, 8000),
    fc.integer({ min: 0, max: 2 }),
    short,
  )
  .map(([letter, length, more, end]) => letter.repeat(length + more - 1) + end)
const text = fc.oneof({ arbitrary: short, weight: 4 }, long)
const number = fc.oneof(
  fc.integer({ min: -2, max: 305 }),
  fc.constantFrom(
    0.5,
    -0,
    1e9,
    999_999_999,
    1e12,
    1e12 + 1,
    1e13,
    1e21,
    2 ** 53,
    86_400,
    86_401,
    10_000,
    100_001,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
)
const json = fc.jsonValue({ maxDepth: 3, noUnicodeString: false })
const odd = fc.oneof(text, number, fc.constantFrom(null, undefined, true, [], {}), json)
const listOf = (item: fc.Arbitrary<unknown>, most: number) =>
  fc.oneof(
    fc.array(item, { maxLength: 3 }),
    fc.array(fc.constant('es'), { minLength: most, maxLength: most + 1 }),
    odd,
  )
const metadata = fc.oneof(
  fc.dictionary(text, fc.oneof(json, number, text, fc.array(number, { maxLength: 40 }))),
  fc
    .tuple(text, fc.integer({ min: 8160, max: 8195 }))
    .map(([key, length]) => ({ [key]: 'é'.repeat(length / 2) })),
  odd,
)
const uuid = fc.constantFrom(
  '5f0e7b9a-1f1f-4c3c-9a1e-2f5a6b7c8d9e',
  '5F0E7B9A-1F1F-4C3C-9A1E-2F5A6B7C8D9E',
  '5f0e7b9a1f1f4c3c9a1e2f5a6b7c8d9e',
)
const brokenId = fc.oneof(odd, fc.constant('5f0e7b9a1f1f4c3c9a1e2f5a6b7c8d9e'))
const mixed = (good: unknown[], bad: fc.Arbitrary<unknown> = odd) => fc.oneof(fc.constantFrom(...good), bad)

/** An object with these fields at most; the fields of `always` are always there. */
const fields = (all: Record<string, fc.Arbitrary<unknown>>, always: Record<string, unknown> = {}) =>
  fc
    .record({ ...all, surplus: fc.constant(1) }, { requiredKeys: [] })
    .chain((given) =>
      fc.subarray(Object.entries(given), { maxLength: Math.min(3, Object.keys(given).length) }),
    )
    .map((entries) => ({ ...always, ...Object.fromEntries(entries) }))

const code = mixed(['USD', 'usd', 'XXX', 'EUR'])
const rate = fields(
  { amount: number, currency: code, unit: mixed(['hour', 'year']) },
  { amount: 1, currency: 'USD', unit: 'day' },
)
const rates = fc.oneof(fields({ basic: rate, standard: rate, premium: rate, gold: rate }), odd)
const tag = fc.oneof(
  text,
  fields({ name: text, kind: mixed(['profession', 'Other', 'a_b']) }, { name: 'x' }),
  odd,
)
const link = fc.oneof(
  fields(
    { label: text, url: mixed(['https://example.com/a?b#c', 'http://a@b', 'ftp://x']) },
    { label: 'x', url: 'http://x' },
  ),
  odd,
)
const songFields = {
  title: text,
  artist: text,
  album: odd,
  key: mixed(['F#m', 'H', 'c', 'Bb']),
  tempo: number,
  timeSignature: mixed(['3/4', '33/4', '3/3']),
  capo: number,
  genre: text,
  style: odd,
  language: mixed(['pt-BR', 'ES', 'es-', 'zh-Hant-TW']),
  year: number,
  durationSeconds: number,
  difficulty: number,
  sourceUrl: mixed(['https://example.com', 'x']),
  sourceType: mixed(['api', 'A', 'a-b_1']),
  visibility: mixed(['public', 'friends']),
  metadata,
  content: fc.oneof(short, odd),
}
const values = listOf(text, 100)
const span = fc.oneof(fc.tuple(number, number), fc.tuple(fc.constant(null), number), odd)
const chords = listOf(mixed(['Am', 'DO', 'H', 'N.C.', 'F#m7b5/A', 'x']), 100)
const date = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.integer({ min: -400, max: 36_900 }).map((days) => new Date(Date.now() + days * 86_400_000)),
)
const wanted = listOf(text, 50)
const day = mixed(['2026-11-01', '2026-02-30', '2025-09-28', '0001-01-01', '9999-12-31', '0000-01-01'])
const zone = fc.constantFrom(
  'UTC',
  'z',
  'America/Santiago',
  'EST',
  '+14',
  '+1401',
  '-3',
  'GMT+05:30',
  '+05:20',
  'Etc/GMT+12',
  'Etc/GMT+13',
  'x',
  '',
  5,
)

export const inputs: Record<Name, fc.Arbitrary<unknown>> = {
  profileChanges: fields({
    handle: mixed(['a..b', 'a_', 'ab']),
    displayName: text,
    bio: text,
    country: mixed(['CL', 'cl', 'XX']),
    professionalTypes: listOf(text, 10),
    experienceYears: number,
    experience: odd,
    rates,
    software: listOf(text, 50),
    tags: listOf(tag, 50),
    languages: listOf(mixed(['es', 'ES']), 20),
    links: listOf(link, 20),
    // The database knows which there are.
    paymentMethods: fc.oneof(fc.array(fc.constantFrom('paypal', 'PayPal', '', 5, null)), number),
    showsPaymentMethods: odd,
    metadata,
  }),
  profileFilters: fields({
    countries: wanted,
    types: wanted,
    anySoftware: wanted,
    allTags: wanted,
    languages: wanted,
    rate: fc.oneof(
      fields(
        {
          tier: mixed(['basic', 'gold']),
          currency: code,
          unit: mixed(['day', 'year']),
          min: number,
          max: number,
        },
        { tier: 'basic', currency: 'USD' },
      ),
      odd,
    ),
    minExperience: number,
    maxExperience: odd,
  }),
  newSong: fields({ ...songFields, id: brokenId }, { content: '[Am]la' }),
  songChanges: fields({ ...songFields, id: brokenId }),
  songFilters: fields({
    artist: values,
    genre: values,
    key: values,
    language: values,
    difficulty: span,
    year: span,
    tempo: span,
    duration: span,
    anyTags: values,
    chords,
    playable: chords,
    missing: number,
  }),
  songTags: listOf(fc.oneof(text, odd), 50),
  newMessage: fields(
    {
      content: text,
      id: brokenId,
      metadata,
      replyTo: brokenId,
      mentions: listOf(fc.oneof(uuid, odd), 50),
      attachments: listOf(fields({ path: odd, name: odd }, { path: 'x', name: 'x' }), 10),
      songId: brokenId,
    },
    { content: 'Hola' },
  ),
  messageChanges: fields({
    content: text.filter((content) => content !== ''),
    metadata,
    mentions: listOf(fc.oneof(uuid, odd), 50),
    attachments: listOf(fields({ path: odd, name: odd }), 10),
    songId: uuid,
  }),
  messageFilters: fields({ conversationId: brokenId }),
  newGroup: fields(
    { subject: odd, memberIds: listOf(fc.oneof(uuid, odd), 256), metadata, id: brokenId },
    { memberIds: [] },
  ),
  groupChanges: fields({ subject: odd, metadata }),
  reportReason: fields({ reason: text, note: odd }, { reason: 'spam' }),
  newShare: fields(
    {
      userId: brokenId,
      email: mixed(['ben@example.com', ' B@C.D ', 'a@b', 'a b@c.d']),
      role: mixed(['view', 'admin', 'owner']),
      message: odd,
      expiresAt: fc.oneof(
        date,
        odd.filter((value) => typeof value !== 'string'),
      ),
    },
    { email: 'ben@example.com', role: 'view' },
  ),
  newLink: fields({
    role: mixed(['view', 'edit', 'admin']),
    maxUses: number,
    expiresAt: fc.oneof(
      date,
      odd.filter((value) => typeof value !== 'string'),
    ),
  }),
  newComment: fields(
    { content: odd, line: mixed([1, 0, -1, 1.5, '1', null]), replyTo: brokenId, id: brokenId },
    { content: 'la' },
  ),
  newCircle: fields({ name: odd, id: brokenId }, { name: 'Band' }),
  newCircleInvitation: fields(
    {
      userId: brokenId,
      handle: odd,
      email: mixed(['ben@example.com', ' B@C.D ', 'a@b', 'a b@c.d']),
      role: mixed(['admin', 'member', 'owner']),
      message: odd,
      expiresAt: fc.oneof(
        date,
        odd.filter((value) => typeof value !== 'string'),
      ),
    },
    { email: 'ben@example.com' },
  ),
  newSetlist: fields(
    {
      title: odd,
      note: odd,
      visibility: mixed(['private', 'public', 'open']),
      id: brokenId,
      entries: listOf(fields({ songId: brokenId, key: odd, capo: number, tempo: number, note: odd }), 200),
    },
    { title: 'Friday' },
  ),
  setlistChanges: fields({ title: odd, note: odd, visibility: mixed(['private', 'shared', 'open']) }),
  entryChanges: fields({ key: odd, capo: number, tempo: number, note: odd }),
  wayChanges: fields({ key: odd, capo: number, note: odd, fontSize: number }),
  period: fields({ from: day, to: day, timeZone: zone }),
  query: odd.filter((query) => query !== undefined),
  pageOptions: fields({ limit: odd, cursor: fc.constantFrom(null, 5, undefined) }),
}
