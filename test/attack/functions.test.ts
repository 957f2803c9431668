import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { errorCodes } from '../../src/core/error-codes.ts'
import { toTertuliaError } from '../../src/core/map-error.ts'
import { fieldNames, readFunctions } from './functions.ts'
import { idsOf, setScene } from './scene.ts'
import { argument, bodyOf } from './values.ts'

/** Calls of each function; `npm run test:attack` makes more. */
const runs = Number(process.env.TERTULIA_ATTACK_RUNS ?? 4)
const seed = Number(process.env.TERTULIA_ATTACK_SEED ?? 1)

/** Codes with which no call of a function that is there should end. */
const never = new Set([
  'unknown',
  'schema_outdated',
  'invalid_answer',
  'unavailable',
  'timeout',
  'invalid_key',
])

test('no function answers a hostile call with a failure of its own, or with an error that the SDK does not know', async () => {
  const scene = await setScene()
  const functions = (await readFunctions()).filter(({ name }) => name !== 'delete_account')
  const { apiUrl, publishableKey, secretKey } = inject('stack')
  const tokens: [string, string | undefined][] = [
    ['visitor', publishableKey],
    ['service', secretKey],
  ]
  for (const name of ['ana', 'ben', 'eve', 'judge', 'vera', 'edgar', 'fred', 'gil'] as const) {
    const { data } = (await scene.people[name]?.supabase.auth.getSession()) ?? {}
    tokens.push([name, data?.session?.access_token])
  }
  const ids = fc.constantFrom(...idsOf(scene))
  const names = fieldNames()
  const found = new Map<string, string>()
  const slow: [number, string][] = []
  const codes: Record<string, number> = {}
  let calls = 0

  for (const one of functions) {
    const call = fc.record({
      caller: fc.constantFrom(...tokens),
      named: fc.record(
        Object.fromEntries(one.arguments.map(({ name, type }) => [name, argument(type, ids, names)])),
        { requiredKeys: one.arguments.filter(({ hasDefault }) => !hasDefault).map(({ name }) => name) },
      ),
    })
    const property = fc.asyncProperty(call, async ({ caller: [who, token], named }) => {
      calls++
      const body = bodyOf(named)
      const startedAt = performance.now()
      const response = await fetch(`${apiUrl}/rest/v1/rpc/${one.name}`, {
        method: 'POST',
        headers: {
          apikey: who === 'service' ? secretKey : publishableKey,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        body,
      })
      const answer = await response.text()
      slow.push([performance.now() - startedAt, `${one.name} ${body.slice(0, 120)}`])
      if (response.ok) {
        codes.answered = (codes.answered ?? 0) + 1
        return
      }
      let failure: object = {}
      try {
        failure = JSON.parse(answer)
      } catch {
        failure = { message: answer.slice(0, 200) }
      }
      const { code, message, field } = toTertuliaError(
        'x',
        { ...failure, status: response.status },
        who !== 'visitor',
      )
      codes[code] = (codes[code] ?? 0) + 1
      const reason =
        // What is nested too deep PostgREST answers so, with a code of PostgreSQL.
        response.status >= 500 && !/"code":"54/.test(answer)
          ? `status ${response.status}`
          : never.has(code) || !(code in errorCodes)
            ? code
            : undefined
      if (reason) {
        const key = `${one.name}: ${reason}, ${message.slice(0, 90)}`
        if (!found.has(key))
          found.set(key, `${who} ${body.slice(0, 300)} → ${answer.slice(0, 300)} ${field ?? ''}`)
      }
    })
    // Without its own report: a value of megabytes has no shorter name.
    const { failed, errorInstance } = await fc.check(property, { numRuns: runs, seed, endOnFailure: true })
    if (failed) found.set(`${one.name}: ${String(errorInstance)}`, String(Object(errorInstance).cause ?? ''))
  }
  console.log(
    `${calls} calls of ${functions.length} functions, ${found.size} unmapped; ${JSON.stringify(codes)}`,
  )
  if (process.env.TERTULIA_ATTACK_SLOW) console.log(slow.sort(([a], [b]) => b - a).slice(0, 10))
  expect([...found].map(([key, example]) => `${key}\n    ${example}`).join('\n')).toBe('')
}, 600_000)
