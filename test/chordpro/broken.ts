import fc from 'fast-check'

const long = (piece: string, length = 20_000) => piece.repeat(Math.ceil(length / piece.length))

/** Texts that break rules, by hand: what is unclosed, nested, endless, foreign or of another tool. */
const byHand: string[] = [
  // Unclosed, doubled, crossed.
  '[',
  ']',
  '{',
  '}',
  '[[C]]la',
  '[C[G]la]',
  '[C]{c: x}[G]',
  '{c: [C}la]',
  '{title: x\nla',
  '{title}',
  '{title:}',
  '{:x}',
  '{ : }',
  '{}',
  '{{title: x}}',
  '{title: {artist: x}}',
  '{title: a}}',
  '{soc}la{eoc}',
  '{soc}\n{soc}\nla\n{eoc}\n{eoc}\n{eoc}',
  '{soc}\n{sov}\nla\n{eoc}\nle\n{eov}',
  '{sot}\n[C]e|--0--',
  '{eot}\n[C]la',
  '{sog}\n{sot}\n| C |\n{eog}\n| G |\n{eot}',
  '{start_of_}\nla\n{end_of_}',
  '{start_of_chorus: label="x}\nla',
  '{start_of_verse label="a" label="b"}\nla',
  '{chorus}\n{chorus: }\n{chorus: label=""}',
  '{ns}{ns}\n{new_song}\nla\n{ns}\nle',
  '{ns}\n\n{ns}\n',
  // Chords that are not.
  '[]la [ ]le [\t]li',
  '[N.C.] [NC] [n.c.] [tacet] [%] [x] [X] [/] [//] [-] [|] [||] [:|]',
  '[H][B][Bb][Hb][B#][E#][Fb][Cb][H#]',
  '[Do][Re][Mi][Fa][Sol][La][Si][Dó][Ré][do][DO]',
  '[C♯][D♭][C𝄪][D𝄫][C♮][C＃]',
  '[C/][C//G][/G][C/G/B][C/H][C/x][C/♭]',
  '[C7(b9,#11,13)/Gb][C(add9)(no3)][C((5))][C)(]',
  '[Cmaj7maj7maj7][Cmmmm][C#####][Cbbbbb][Csussus4sus2]',
  '[I][ii][V7][1][4-][b7][#4][1/3][IV/VI]',
  '[^][^^][^C][C^]',
  '[*][* ][**][*[C]][*C]',
  `[${'A'.repeat(5000)}]la`,
  `[C${' '.repeat(5000)}m]la`,
  '[C\u0000m]la\u0000',
  // Numbers beyond all bounds.
  '{tempo: 1e99}\n{tempo: -1}\n{tempo: ٣}\n{tempo: NaN}',
  '{year: 0000}\n{year: 99999999999999999999}\n{year: -44}',
  '{duration: 99999:99}\n{duration: ::}\n{duration: 1:2:3:4}',
  '{time: 0/0}\n{time: 3\\4}\n{time: ¾}\n{time: C|}',
  '{capo: 999}\n{capo: -1}\n{capo: II}\n{capo:}',
  '{key: H}\n{key: x}\n{key: [C]}\n{key: Do menor}\n{key: ♭}',
  '{transpose: 99999999999}\n[C]a\n{transpose: -}\n[C]b\n{transpose: 1.5}\n[C]c',
  `${'{transpose: 1}\n'.repeat(500)}[C]la\n${'{transpose}\n'.repeat(600)}[C]le`,
  // Names.
  '{__proto__: x}\n{constructor: x}\n{toString: x}\n{hasOwnProperty: x}\n[__proto__]la',
  '{TITLE: A}\n{Title : B}\n{  title   :   C  }\n{title\tD}',
  '{title-: x}\n{-title: x}\n{title--!: x}\n{title-guitar-x!: y}\n{-: z}',
  '{meta}\n{meta:}\n{meta: }\n{meta: : x}\n{meta: title}\n{meta: meta x}\n{meta: title: x}',
  '{x_: y}\n{x_a: b}\n{x-: y}',
  '{ñandú: sí}\n{タイトル: 歌}\n{🎵: 🎶}',
  `{${'n'.repeat(5000)}: x}`,
  `{title: ${'t'.repeat(5000)}}`,
  Array.from({ length: 300 }, (_, n) => `{tag: etiqueta ${n}}`).join('\n'),
  Array.from({ length: 300 }, (_, n) => `{m${n}: x}`).join('\n'),
  // Lines.
  '\ufeff\ufeff{title: x}',
  'la\ufeff[C]le',
  'a\rb\r\nc\n\rd\u2028e\u2029f\u0085g\vh\fi',
  '\\\n\\\n\\\nla\\',
  '{title: a\\\nb}\n[C\\\nm]la',
  '# {title: x}\n#\n #la\n[C]#la',
  '\n'.repeat(5000),
  ' \t\u00a0\u3000\n'.repeat(1000),
  long('la '),
  long('[C]la '),
  long('[C'),
  long('{c:'),
  long('{soc}\n'),
  long('\u0301'),
  long('‮la '),
  long('🎸'),
  long('a\n'),
  // Letters that deceive.
  'e\u0301 \u00e9 ﬁ ﬀ Ⅷ ½ ℃ ㎢ İ ı ß ẞ ς Ω Å',
  '‮olleh‬ \u200b\u200c\u200d\u2060la\u00adle \u202d',
  'שלום [Am]عليكم [C]你好 [G]안녕 [D]नमस्ते',
  '\u0001\u0002\u0007\u0008\u001b[31mla\u007f\u0080\u009f',
  '\ud800la\udfff',
  '\uffff\ufffe\ufdd0',
  // Of other tools, and of none.
  'C       G\nCanta y no llores',
  '   Am7   |  D9 |\n%%MIDI 1\n$1 la',
  '<?xml version="1.0"?><song><title>x</title></song>',
  '\\documentclass{article}\\begin{document}[C]la\\end{document}',
  "'; drop table public.songs; --",
  `{{7*7}} ${'$'}{7*7} <%= 7*7 %> #{7*7}`,
  '%s%n%x $1 \\1 \\0 \\x00 \\u0000 \\',
  'X:1\nT:x\nK:C\n|:CDEF|',
  '{start_of_abc}\nX:1\n[CEG]\n{end_of_abc}\n[C]la',
  '{start_of_ly}\n\\score { [C] }\n{end_of_ly}',
  '{define: C frets x 3 2 0 1 0}\n{chord: C}\n{define: [C] copy D}',
  '{image: src="javascript:alert(1)" onerror=x}\n{textcolour: red; background: url(x)}',
]

const pieces =
  '[C] [Am7] [ ] { } {c: {title: : \n \r\n \\\n # | . ~ {soc} {eoc} {sot} {eot} {sog} {eog} {ns} {transpose: 2} {transpose} ' +
  '[* [^ [H] [B] * ^ - ! < > & " \' / \u0301 \u00a0 \u200b ♭ ♯ ° la corazón 你 🎸 \u0001 \t {meta: tag label=" {-x!:'
const broken = [...pieces.split(' '), ' ', '\n', '\n\n']

/** Put together by chance, the same ones each time. */
const byChance = (): string[] =>
  fc.sample(
    fc.array(fc.constantFrom(...broken), { minLength: 1, maxLength: 60 }).map((parts) => parts.join('')),
    { numRuns: 200, seed: 7 },
  )

/** Some 280 texts that break rules. */
export const brokenTexts = (): string[] => [...byHand, ...byChance()]
