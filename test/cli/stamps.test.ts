import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newestStamp, stampsAfter } from '../../src/cli/files/stamps.ts'

const now = new Date('2026-11-21T12:00:01Z')

test('new stamps end now when the newest migration is older', () => {
  expect(stampsAfter('20240101000000', 3, now)).toEqual([
    '20261121115959',
    '20261121120000',
    '20261121120001',
  ])
})

test.each([
  ['one that is newer than now', '20301231235959', ['20310101000000', '20310101000001']],
  ['one of this very second', '20261121120001', ['20261121120002', '20261121120003']],
  ['a date without a time', '20270228', ['20270228000001', '20270228000002']],
  ['a single digit', '5', ['50000101000001', '50000101000002']],
  ['a time that no clock shows', '20301121236199', ['20301122000240', '20301122000241']],
  ['a month and a day 00', '20300000000000', ['20300101000001', '20300101000002']],
  ['more than 14 digits', '20301121000300999', ['20301121000301', '20301121000302']],
  ['the last second that the calendar has', '99991231235959', ['99991231235960', '99991231235961']],
  ['a number far beyond the calendar', '99999999999990', ['99999999999991', '99999999999992']],
])('after %s come later ones', (_, newest, stamps) => {
  expect(stampsAfter(newest, 2, now)).toEqual(stamps)
})

test('where no stamp can follow, a clear word', () => {
  expect(() => stampsAfter('99999999999999', 1, now)).toThrow(
    'unable to place our migrations; no 14-digit stamp comes after 99999999999999 in supabase/migrations',
  )
})

test('whatever the newest one is, stamps have 14 digits and rise as strings', () => {
  const digits = fc.stringMatching(/^[0-8][0-9]{0,17}$/)
  fc.assert(
    fc.property(digits, fc.integer({ min: 1, max: 20 }), (newest, count) => {
      const stamps = stampsAfter(newest, count, now)
      expect(stamps).toHaveLength(count)
      for (const [index, stamp] of stamps.entries()) {
        expect(stamp).toMatch(/^\d{14}$/)
        expect(stamp > (stamps[index - 1] ?? newest)).toBe(true)
      }
    }),
  )
})

test('the newest is found as the Supabase CLI compares: as strings, among the files that it takes', () => {
  const files = ['20250101000000_a.sql', '5_b.sql', '99999999999999.sql', 'z.sql', '20260101000000_c.sql']
  expect(newestStamp(files)).toBe('5')
  expect(newestStamp(['README.md', 'x_y.sql'])).toBe(null)
})
