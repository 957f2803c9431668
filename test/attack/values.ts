import fc from 'fast-check'

/** Values as clients send them that mean no good, by the type of the argument. */

/** JSON text in place of a value: numbers that JavaScript cannot say. */
class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** The body of a request, with what JavaScript cannot say put in. */
export function bodyOf(named: unknown): string {
  const raw: string[] = []
  const text = JSON.stringify(named, (_key, value) => {
    if (value instanceof Raw) return `\u0001raw${raw.push(value.text) - 1}\u0001`
    return value
  })
  return text.replace(/"\\u0001raw(\d+)\\u0001"/g, (_all, at) => raw[Number(at)] ?? 'null')
}

const deep = (levels: number) => new Raw('['.repeat(levels) + ']'.repeat(levels))

const texts = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\u200b',
  'x'.repeat(201),
  'x'.repeat(8001),
  'x'.repeat(200_000),
  '🎸'.repeat(50),
  "'; drop table songs; --",
  '%',
  '_',
  '\\',
  '%_%\\',
  '"',
  '"""',
  'a & | ! :* <-> (',
  '-',
  '- - -',
  '" "',
  'or or',
  'null',
  'undefined',
  '{}',
  '[]',
  '#{x}',
  '%s%n',
  '../../etc',
  'NaN',
  'Infinity',
  '1e999',
  'İ',
  'ﬃ',
  'ß',
  '\ufeff',
  'day',
  'view',
  'edit',
  'admin',
  'owner',
  'member',
  'public',
  'relevance',
  'newest',
  'rate',
  'popularity',
  'trend',
  'song_view',
  'UTC',
  'America/Santiago',
  '+05:30',
  'genre',
  'someone@example.com',
  'a@b.c',
  '🎸',
]

export const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...texts) },
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('a', ' ', '"', '-', '\\', '%', '*', '(', ')', ':', 'ñ', '\u0000'),
    maxLength: 250,
  }),
)

const numbers = [
  -1, 0, 1, 2, 50, 200, 201, 202, 1000, 1001, 10_001, 2_147_483_647, 2_147_483_648, -2_147_483_648,
  -2_147_483_649, 1.5, 1e15, 1e16, 1e300, -0,
]
const number = fc.oneof(
  fc.constantFrom<unknown>(...numbers),
  fc.constantFrom<unknown>(
    new Raw('9223372036854775807'),
    new Raw('9223372036854775808'),
    new Raw('-9223372036854775808'),
    new Raw('1e400'),
    new Raw('1e-400'),
    new Raw(`1${'0'.repeat(2000)}`),
    new Raw('1E131071'),
    '1',
    'x',
    '',
  ),
  fc.integer(),
)

const times = [
  'infinity',
  '-infinity',
  'now',
  'epoch',
  'tomorrow',
  'allballs',
  '2026-11-30T12:00:00Z',
  '2026-11-30',
  '294276-12-31 23:59:59.999999+00',
  '294277-01-01',
  '4714-11-24 00:00:00 BC',
  '4715-01-01 BC',
  '0001-01-01',
  '5874897-12-31',
  '5874898-01-01',
  '1999-02-30',
  '2026-11-30T12:00:00+15:59',
  '2026-11-30T12:00:00+99:00',
  '',
  'x',
]

const odd = fc.constantFrom<unknown>(
  null,
  true,
  {},
  [],
  [[]],
  deep(50),
  deep(6000),
  { a: 1 },
  new Raw('{"a":1,"a":2}'),
  new Raw('{"__proto__":{"a":1}}'),
)

/** JSON of any form, with the names that functions know. */
function json(ids: fc.Arbitrary<unknown>, names: readonly string[]): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(ids, text, number, fc.constantFrom<unknown>(null, true, false, ...times))
  const key = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...names) },
    fc.string({ unit: 'binary', maxLength: 5 }),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { weight: 2, arbitrary: leaf },
      { weight: 3, arbitrary: fc.dictionary(key, tie('value'), { maxKeys: 6 }) },
      { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
      { weight: 1, arbitrary: odd },
      { weight: 1, arbitrary: fc.constantFrom(Array(600).fill(1), Array(20_000).fill(null), [deep(6000)]) },
    ),
  }))
  return value
}

/** What one argument of a function of the database may be sent. */
export function argument(
  type: string,
  ids: fc.Arbitrary<string>,
  names: readonly string[],
): fc.Arbitrary<unknown> {
  const uuid = fc.oneof(
    { weight: 6, arbitrary: ids },
    fc.uuid(),
    fc.constantFrom<unknown>(
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '{0b9c2a53-5a0f-4f0a-9a3c-0d2a60d6b001}',
      '0b9c2a535a0f4f0a9a3c0d2a60d6b001',
      'x',
      '',
      null,
      7,
    ),
  )
  const many = (one: fc.Arbitrary<unknown>) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.array(one, { maxLength: 4 }) },
      fc.constantFrom<unknown>(null, 'x', '{}', '{a,b}', '{{a},{b}}', [[null]], {}, Array(300).fill(null)),
      one.map((value) => Array(5000).fill(value)),
    )
  const known: Record<string, fc.Arbitrary<unknown>> = {
    uuid,
    text,
    integer: number,
    bigint: number,
    'double precision': fc.oneof(number, fc.constantFrom('NaN', 'Infinity', '-Infinity')),
    boolean: fc.constantFrom<unknown>(true, false, null, 'true', 'x', 1),
    'timestamp with time zone': fc.constantFrom(...times),
    date: fc.constantFrom(...times),
    interval: fc.constantFrom(
      '1 year',
      '-1 day',
      '178000000 years',
      '1000000000 years',
      'x',
      '',
      'P1Y',
      '1e9 seconds',
    ),
    jsonb: json(ids, names),
    'uuid[]': many(uuid),
    'text[]': many(text),
  }
  const usual = known[type]
  if (!usual) throw new Error(`there are no values of type ${type}`)
  return fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd })
}
