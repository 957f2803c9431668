import fc from 'fast-check'

const pieces = [
  '[Am] [C/E] [H] [B] [Bb] [N.C.] [*note] [^] [^Am] [] [ [unclosed ] [Sol7] [IV] [1] [F#m7b5] [(C)] [C6/9] [Solo]',
  '| :| |: ~ . / % | Am C~G { } {} {:} {soc} {eoc} {sot} {eot} {sog} {eog} {start_of_abc} {end_of_abc}',
  '{start_of_verse-x} {start_of_verse-x!} {end_of_verse} {start_of_} {transpose} {ns} {new_song} {ns-x} {meta}',
  '{x_a-b:c} {foo} {foo-bar:z} {-a-b:c} {a--b:c} {title-:x} {title--x:y} {capo:3rd} {time:6/8} {language:pt_BR}',
].flatMap((line) => line.split(' '))

const spaced = [
  ' ',
  '\t',
  '\u00a0',
  '\n',
  '\n\n',
  '\r\n',
  '\r',
  '\\\n',
  '\\',
  '\ufeff',
  '#',
  '# c\n',
  'Hola ',
  'corazón ',
  '| Am . | C ~G :|',
  '{start_of_x: label="1"}',
  '{title: T <b>}',
  '{t: A}',
  '{Title-x: no}',
  '{title-x!: si}',
  '{key: A minor}',
  '{key: B}',
  '{transpose: 2}',
  '{transpose: -3s}',
  '{transpose: x}',
  '{meta: artist A B}',
  '{meta foo}',
  '{meta: t: hi}',
  '{c: intro [G] }',
  '{comment_box [D7]',
  '{define: Am x}',
  '{chord: C}',
  '{chorus}',
  '{foo bar}',
  '{duration: 3:05}',
  '{tempo: 120 BPM}',
  '{year: c. 1779}',
  '  {eot}  ',
  '{c:a}{c:b}',
  'x {c: no}',
]

/** Any text that PostgreSQL can store: no lone surrogates, no NUL. */
const storable = fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => !/\p{Surrogate}|\0/u.test(text))

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...pieces, ...spaced) },
  { weight: 1, arbitrary: storable },
)

/** Storable text that looks like ChordPro, whole and broken. */
export const chordProText = fc
  .tuple(fc.constantFrom('', '\n'), fc.array(piece, { maxLength: 30 }))
  .map(([between, parts]) => parts.join(between))

const several = (values: readonly string[], least: number, most: number) =>
  fc.array(fc.constantFrom(...values), { minLength: least, maxLength: most })

const directives = [
  ...'{soh} {eoh} {soc} {eoc} {sov} {eov} {sop} {eop} {sot} {eot} {sog} {eog} {ns} {chorus} {transpose} {textcolour}'.split(
    ' ',
  ),
  '{c: Estrofa}',
  '{c: bis [G7]}',
  '{ci: leise}',
  '{t: Uno}',
  '{title: A {b} C}',
  '{subtitle: by Ana}',
  '{st: Luis; Eva}',
  '{artist: A; B;C}',
  '{meta: composer X; Y; }',
  '{key: A (3 sharps)}',
  '{key: [G]}',
  '{key: a}',
  '{key: fis}',
  '{key: a-Moll}',
  '{key: dm}',
  '{key: La (menor)}',
  '{tempo: 90; 120}',
  '{metronome: 1/4=92}',
  '{transpose: 2}',
  '{transpose: -3f}',
  '{transpose: 1♯}',
  '{textcolour: red}',
  '{x_app: y}',
  '{+pdf.papersize: a4}',
  '{-x-y}',
  '{pagesize: a4}',
  '{foo: bar}',
  '{linda}',
  '{G}',
  '{c}',
  '{key: D',
  '{soc',
  '{',
  '}',
  '{title-x: no}',
  '{c-x!: sí}',
  '{sov: label="1" cc="C G"}',
  '{start_of_grid: 1+4x2+1 Intro}',
  '{start_of_grid shape="4x4"}',
  '{start_of_abc staffsep=30}',
  '{end_of_abc}',
  '{start_of_strum}',
  '{end_of_strum}',
  '{start_of_grille}',
  '{end_of_grille}',
  '{start_of_verse-x}',
]

const roots = 'C D E F G A B H c d e a h b Do Re Mi Fa Sol La Si Dó Fá Lá Es As Cis fis des F# Bb E♭'.split(
  ' ',
)
const tails = [
  ...'m 7 m7 maj7 7(4/9) 4/7 7(b9/13) ^7 ^ h7 0 07 sus9 sus7 2#5 6+7 moll dur -dur menor mayor 7(9/#11) 9/4 749 m7(9) /add2'.split(
    ' ',
  ),
  ...[
    '',
    '',
    '',
    '',
    '/E',
    '/g',
    '/Sol',
    '*',
    "'",
    ' x 4',
    ' (bis)',
    '(2x)',
    '³',
    '.',
    ' (add 6)',
    ' hold',
    '-D',
  ],
  ...[' - D', '-D-Asus', ' G', ', G7', '->F', '|G', '/', '\u0301'],
]
const oddChord = fc
  .tuple(
    fc.constantFrom('', '', '', '', '(', '*', '^', '|'),
    fc.constantFrom(...roots),
    fc.constantFrom(...tails),
  )
  .map(([before, root, tail]) => `[${before}${root}${tail}]`)

const richPiece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...directives) },
  { weight: 3, arbitrary: oddChord },
  {
    weight: 3,
    arbitrary: fc.constantFrom('luna ', ' corazón', 'und ', 'saudade', ' | ', ' ', '\t', 'x', '~'),
  },
)
const richLine = fc.array(richPiece, { maxLength: 7 }).map((parts) => parts.join(''))

/** Texts with several directives on a line, attributes, values that split, and chords as people write them. */
export const richText = fc
  .tuple(
    several(['', '', '\ufeff'], 1, 1),
    fc.array(richLine, { maxLength: 8 }),
    fc.constantFrom('\n', '\r\n', '\\\n'),
  )
  .map(([[start = ''], lines, end]) => start + lines.join(end))

const keyText = fc
  .tuple(
    fc.constantFrom('a', 'A', 'F', 'es', 'Es', 'Si', 'la', 'fis', 'B', 'h', 'do', 'D', ''),
    fc.constantFrom('', '#', 'b', ' flat', '-sharp', ' bemol', '♭', 'm', ' sostenido'),
    fc.constantFrom(
      '',
      ' minor',
      '-Moll',
      ' dur',
      ' mineur',
      ' (minor)',
      ' (2 sharps)',
      ', D',
      '/Gm',
      ' -> A',
      '7',
    ),
  )
  .map((parts) => `{key: ${parts.join('')}}`)
const valueParts =
  '1 2 3 45 120 1998 / 4 : \' " m s min sec h PT = . , - ca C cut time III iv fret en eng English _US ♩ ( ) x'.split(
    ' ',
  )
const fieldText = fc
  .tuple(
    fc.constantFrom('tempo', 'time', 'capo', 'duration', 'language', 'year', 'bpm', 'lang'),
    fc.array(fc.constantFrom(' ', '\t', ...valueParts), { maxLength: 6 }),
  )
  .map(([name, parts]) => `{${name}: ${parts.join('')}}`)

/** Metadata as people write them: keys in words and in lower case, tempos, times, frets, durations, languages. */
export const valueText = fc
  .array(fc.oneof(keyText, fieldText, fc.constantFrom('[a]x [e]y', '[Am]x', '[H]x', '[fis7]')), {
    maxLength: 4,
  })
  .map((lines) => lines.join('\n'))

export const anyText = fc.oneof(chordProText, richText)
