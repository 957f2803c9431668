import { expect, test } from 'vitest'
import { openConsent } from '../../src/analytics/consent.ts'
import type { Context } from '../../src/core/context.ts'

/** A storage that answers later, by a promise that need not be the platform's own. */
function open(getItem: () => unknown) {
  const storage = { getItem, setItem: async () => {} }
  return openConsent({ storage, project: 'project', requireConsent: false } as unknown as Context)
}

test('a page that goes keeps to a refusal that a storage told before by a promise of its own kind', async () => {
  const consent = open(() => {
    const answer = Promise.resolve('out')
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library is what is meant
    return { then: answer.then.bind(answer), catch: answer.catch.bind(answer) }
  })
  expect(await consent.isGiven()).toBe(false)
  expect(consent.isGivenNow()).toBe(false)
})

test('a page that goes keeps to what the storage said last when it fails now', async () => {
  let fails = false
  const consent = open(() => {
    if (fails) throw new Error('the storage is gone')
    return 'out'
  })
  expect(await consent.isGiven()).toBe(false)
  fails = true
  expect(consent.isGivenNow()).toBe(false)
})
