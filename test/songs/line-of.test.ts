import { lineOf } from 'tertulia/comments'
import { expect, test } from 'vitest'

const long = `${'la '.repeat(200)}end`

test.each([
  ['stays where it was', 2, 'two', 'one\ntwo\nthree', 2],
  ['moves with its line', 2, 'two', 'zero\none\ntwo', 3],
  ['takes the nearest of a chorus', 5, 'la', 'la\nx\ny\nz\nq\nla\nr', 6],
  ['takes the upper of two as near', 3, 'la', 'x\nla\ny\nla', 2],
  ['is gone with its line', 2, 'two', 'one\nthree', null],
  ['is gone with a changed line', 1, '[C]two', '[D]two', null],
  ['reads every end of a line', 3, 'c', 'a\r\nb\rc\n', 3],
  ['stays at a blank line that is still blank', 2, '', 'a\n\nb', 2],
  ['is at no other blank line', 2, '', '\na\nb\n', null],
  ['finds a long line by its beginning', 1, [...long].slice(0, 500).join(''), `x\n${long}`, 2],
  ['finds no longer line by a short one', 1, 'la', 'la la', null],
  ['is about no line', null, null, 'one', null],
] as const)('a comment %s', (_what, line, quote, content, expected) => {
  expect(lineOf({ line, quote }, content)).toBe(expected)
})
