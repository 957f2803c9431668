import { expect, test } from 'vitest'
import { describeSong, extractChords, extractLyrics, parseChordPro } from '../../src/chordpro/index.ts'
import { fromOnSong } from '../../src/cli/import-songs/on-song.ts'

const song = `Amazing Grace
John Newton
Key: D
Capo: 2
Tempo: 76 bpm
Time: 3/4
Duration: 3:05
Copyright: Public {Domain}
CCLI: 22025
Keywords: hymn; grace, evening
Flow: V1 C V2 C

Verse 1:
[D]Amazing grace, how [G]sweet the [D]sound
*That saved a wretch like [A]me

Chorus:
D          G
My chains are gone

Verse 2:
/Twas grace that taught

Chorus:

Tag:
[G]Praise [D]God

Intro 2:
`

test('a song of OnSong is read whole: head, sections, both ways of chords, what is sung again', () => {
  expect(fromOnSong(song)).toBe(`{title: Amazing Grace}
{artist: John Newton}
{key: D}
{capo: 2}
{tempo: 76 bpm}
{time: 3/4}
{duration: 3:05}
{copyright: Public Domain}
{meta: ccli 22025}
{tag: hymn}
{tag: grace}
{tag: evening}
{meta: flow V1 C V2 C}

{start_of_verse: Verse 1}
[D]Amazing grace, how [G]sweet the [D]sound
That saved a wretch like [A]me
{end_of_verse}

{start_of_chorus: Chorus}
[D]My chains a[G]re gone
{end_of_chorus}

{start_of_verse: Verse 2}
Twas grace that taught
{end_of_verse}

{chorus: Chorus}

{comment: Tag}
[G]Praise [D]God

{comment: Intro 2}
`)
  const read = parseChordPro(fromOnSong(song))
  expect(read.warnings).toEqual([])
  expect(describeSong(read)).toEqual({
    title: 'Amazing Grace',
    artist: 'John Newton',
    key: 'D',
    capo: 2,
    tempo: 76,
    timeSignature: '3/4',
    durationSeconds: 185,
  })
  expect(extractChords(read).map(({ name }) => name)).toEqual(['D', 'G', 'A'])
  expect(extractLyrics(read)).toContain('That saved a wretch like me')
})

test.each([
  ['Title: Sur\nArtist: Troilo\n\nla', '{title: Sur}\n{artist: Troilo}\n\nla\n'],
  ['{title: Sur}\n{key: Em}\n\n[Em]la', '{title: Sur}\n{key: Em}\n\n[Em]la\n'],
  ['Sur\n\n[Em]la', '{title: Sur}\n\n[Em]la\n'],
  ['\n\nSur\r\nTroilo\r\n\r\nla', '{title: Sur}\n{artist: Troilo}\n\nla\n'],
  // Words below the title that are no head.
  ['Sur\n[Em]la', '{title: Sur}\n\n[Em]la\n'],
  ['Sur\nTroilo\nSan Juan y Boedo', '{title: Sur}\n{artist: Troilo}\n\nSan Juan y Boedo\n'],
  ['Sur\nVerse 1:\n[Em]la', '{title: Sur}\n\n{start_of_verse: Verse 1}\n[Em]la\n{end_of_verse}\n'],
  ['Sur\n\n>yellow: [Em]la\n&red:le', '{title: Sur}\n\n[Em]la\nle\n'],
  ['Sur\n\nla vida: un sueño\nle', '{title: Sur}\n\nla vida: un sueño\nle\n'],
  ['Sur\n\nChorus:\nla\n\nle', '{title: Sur}\n\n{start_of_chorus: Chorus}\nla\n{end_of_chorus}\n\nle\n'],
])('%j becomes %j', (text, expected) => {
  expect(fromOnSong(text)).toBe(expected)
})
