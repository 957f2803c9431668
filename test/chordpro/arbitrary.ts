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
