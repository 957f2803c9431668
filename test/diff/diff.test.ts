import fc from 'fast-check'
import { diffText, mergeText } from 'tertulia/diff'
import { describe, expect, test } from 'vitest'

const lines = fc.array(fc.constantFrom('a', 'b', 'c', '[Am]la [C]la', '[Dm]la [C]la', ''), { maxLength: 12 })
const text = fc.tuple(lines, fc.boolean()).map(([list, ends]) => list.join('\n') + (ends ? '\n' : ''))

describe('the merge of two changes', () => {
  test.each([
    ['different lines', 'a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n', 'A\nb\nC\n', 0],
    ['a line added on each side', 'a\nz\n', 'a\nb\nz\n', 'a\nz\ny\n', 'a\nb\nz\ny\n', 0],
    ['the same change on both sides', 'a\nb\n', 'a\nB\n', 'a\nB\n', 'a\nB\n', 0],
    ['a line that one removes', 'a\nb\nc\n', 'a\nc\n', 'a\nb\nC\n', 'a\nC\n', 1],
    ['the same line in two ways', 'a\nb\nc\n', 'a\nX\nc\n', 'a\nY\nc\n', 'a\nX\nc\n', 1],
    ['the end of the last line', 'a\nb', 'a\nb\n', 'A\nb', 'A\nb\n', 0],
    [
      'neighbouring lines, with line ends of another kind',
      'a\r\nb\r\n',
      'a\r\nB\r\n',
      'A\r\nb\r\n',
      'A\r\nB\r\n',
      0,
    ],
    ['neighbouring lines and one in two ways', 'a\nb\nc\n', 'A\nB\nc\n', 'a\nX\nC\n', 'A\nB\nC\n', 1],
    ['nothing to begin with', '', 'a\n', '', 'a\n', 0],
  ])('%s', (_name, base, mine, theirs, merged, conflicts) => {
    const result = mergeText(base, mine, theirs)
    if (conflicts === 0) expect(result).toMatchObject({ text: merged, conflicts: 0 })
    else expect(result.conflicts).toBe(conflicts)
    expect(result.parts.map((part) => (part.kind === 'merged' ? part.text : part.mine)).join('')).toBe(
      result.text,
    )
  })

  test('one who changed nothing gets the other’s text, whoever it is; both alike get theirs', () => {
    fc.assert(
      fc.property(text, text, (base, other) => {
        expect(mergeText(base, other, base)).toMatchObject({ text: other, conflicts: 0 })
        expect(mergeText(base, base, other)).toMatchObject({ text: other, conflicts: 0 })
        expect(mergeText(base, other, other)).toMatchObject({ text: other, conflicts: 0 })
      }),
    )
  })

  test('changes of different lines both stay', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 29 }), fc.integer({ min: 0, max: 29 }), (one, other) => {
        fc.pre(one !== other)
        const base = Array.from({ length: 30 }, (_, at) => `line ${at}\n`)
        const change = (at: number, word: string) => base.with(at, `${word}\n`).join('')
        const { text: merged, conflicts } = mergeText(
          base.join(''),
          change(one, 'mine'),
          change(other, 'theirs'),
        )
        expect([merged, conflicts]).toEqual([base.with(one, 'mine\n').with(other, 'theirs\n').join(''), 0])
      }),
    )
  })

  test('two long texts that have nothing in common take a moment, not a minute', () => {
    const many = (word: string) => Array.from({ length: 60_000 }, (_, at) => `${word}${at}\n`).join('')
    const from = performance.now()
    const { conflicts } = mergeText(many('a'), many('b'), many('c'))
    expect(conflicts).toBe(1)
    expect(performance.now() - from).toBeLessThan(5_000)
  })
})

describe('line endings', () => {
  const endings = fc.constantFrom('\n', '\r\n', '\r')
  const withEndings = (value: string, ending: string) => value.replaceAll('\n', ending)
  const kindsOf = (value: string) => [...new Set(value.match(/\r\n?|\n/g))]

  test.each([
    ['one side turned them and the other changed a line', 'a\nb\n', 'a\r\nb\r\n', 'a\nB\n', 'a\r\nB\r\n'],
    ['the other side turned them', 'a\nb\n', 'A\nb\n', 'a\r\nb\r\n', 'A\r\nb\r\n'],
    ['both turned them, each in another way', 'a\nb\n', 'A\r\nb\r\n', 'a\rB\r', 'A\r\nB\r\n'],
    ['carriage returns alone', 'a\rb\rc\r', 'A\rb\rc\r', 'a\rb\rC\r', 'A\rb\rC\r'],
    ['a text that mixes them', 'a\nb\nc\n', 'a\r\nb\nc\r\n', 'a\nB\nc\n', 'a\r\nB\r\nc\r\n'],
    ['a first line that had no end', 'a', 'a\r\nb', 'a', 'a\r\nb'],
    ['one who removes every line end', 'a\r\nb\r\n', 'a', 'a\r\nb\r\n', 'a'],
  ])('are no conflict and the merge has one kind: %s', (_name, base, mine, theirs, merged) => {
    expect(mergeText(base, mine, theirs)).toMatchObject({ text: merged, conflicts: 0 })
  })

  test.each([
    ['one added it and the other appends', 'a\nb', 'a\nb\n', 'a\nb\nc', 'a\nb\nc\n'],
    ['both append the same, one with it', 'a\nb', 'a\nb\nc', 'a\nb\nc\n', 'a\nb\nc\n'],
    ['one added it and the other changes the last line', 'a\nb', 'a\r\nb\r\n', 'a\nB', 'a\r\nB\r\n'],
    ['one removed it and the other appends', 'a\nb\n', 'a\nb', 'a\nb\nc\n', 'a\nb\nc'],
    ['one removes the line before and the other added it', 'a\nb\nc', 'a\nc', 'a\nb\nc\n', 'a\nc\n'],
    ['one removes everything', 'a', '', 'a\n', ''],
  ])('at the end of the text are no conflict: %s', (_name, base, mine, theirs, merged) => {
    expect(mergeText(base, mine, theirs)).toMatchObject({ text: merged, conflicts: 0 })
    expect(mergeText(base, theirs, mine).conflicts).toBe(0)
  })

  test('keep the parts of a conflict at the end on lines of their own', () => {
    expect(mergeText('a\nb', 'a\nX', 'a\nY\n').parts).toEqual([
      { kind: 'merged', text: 'a\n' },
      { kind: 'conflict', base: 'b\n', mine: 'X\n', theirs: 'Y\n' },
    ])
    expect(mergeText('a', 'b', '')).toMatchObject({ text: 'b', conflicts: 1 })
    expect(mergeText('a\nb', 'a\nX', 'a\nY').parts[1]).toEqual({
      kind: 'conflict',
      base: 'b',
      mine: 'X',
      theirs: 'Y',
    })
  })

  test('change neither what is merged nor what differs', () => {
    fc.assert(
      fc.property(text, text, text, endings, endings, endings, (base, mine, theirs, one, two, three) => {
        const plain = mergeText(base, mine, theirs)
        const turned = mergeText(withEndings(base, one), withEndings(mine, two), withEndings(theirs, three))
        expect(turned.text.replace(/\r\n?/g, '\n')).toBe(plain.text)
        expect(turned.conflicts).toBe(plain.conflicts)
        expect(
          kindsOf(turned.parts.map((part) => Object.values(part).join('')).join('|')).length,
        ).toBeLessThan(2)
        expect(diffText(withEndings(base, one), withEndings(mine, two))).toEqual(diffText(base, mine))
      }),
    )
  })
})

describe('the difference of two texts', () => {
  test('is told by lines, and within a line by chords', () => {
    expect(diffText('uno\n[Am]la la\nfin', 'uno\n[C]la la\ndos\nfin')).toEqual([
      { kind: 'same', text: 'uno' },
      {
        kind: 'changed',
        before: '[Am]la la',
        after: '[C]la la',
        pieces: [
          { kind: 'removed', text: '[Am]', isChord: true },
          { kind: 'added', text: '[C]', isChord: true },
          { kind: 'same', text: 'la', isChord: false },
          { kind: 'same', text: ' ', isChord: false },
          { kind: 'same', text: 'la', isChord: false },
        ],
      },
      { kind: 'added', text: 'dos' },
      { kind: 'same', text: 'fin' },
    ])
    expect(diffText('a\nb\nc', 'a\nc')).toEqual([
      { kind: 'same', text: 'a' },
      { kind: 'removed', text: 'b' },
      { kind: 'same', text: 'c' },
    ])
    expect(diffText('', '')).toEqual([])
  })

  test('holds both texts, line by line and piece by piece', () => {
    const split = (whole: string) =>
      whole.split('\n').slice(0, whole.endsWith('\n') || whole === '' ? -1 : undefined)
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = diffText(before, after)
        const side = (gone: 'added' | 'removed', of: 'before' | 'after') =>
          diff.flatMap((line) => (line.kind === gone ? [] : [line.kind === 'changed' ? line[of] : line.text]))
        expect(side('removed', 'after')).toEqual(split(after))
        expect(side('added', 'before')).toEqual(split(before))
        for (const line of diff) {
          if (line.kind !== 'changed') continue
          const pieces = (gone: string) =>
            line.pieces.filter(({ kind }) => kind !== gone).map((piece) => piece.text)
          expect(pieces('removed').join('')).toBe(line.after)
          expect(pieces('added').join('')).toBe(line.before)
        }
      }),
    )
  })
})
