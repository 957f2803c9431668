import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import {
  type ChordProSong,
  describeSong,
  extractChords,
  extractLyrics,
  isChordPro,
  moveCapo,
  parseChordPro,
  renderChordPro,
  renderHtml,
  renderText,
  splitSongs,
  toChordPro,
  transpose,
  transposeTo,
} from 'tertulia/chordpro'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { signUp } from '../support/people.ts'
import { brokenTexts } from './broken.ts'
import { hostileTexts } from './hostile.ts'
import { readInDatabase, readOnClient } from './readers.ts'

const sql = postgres(inject('stack').dbUrl, { max: 1 })
afterAll(() => sql.end())

/** The files of a folder that the environment names, or the songs that the demo starts with. */
function songTexts(): string[] {
  const folder = process.env.CHORDPRO_SONGS
  if (folder === undefined) {
    const seed = readFileSync('supabase/seed.sql', 'utf8')
    return [...seed.matchAll(/\$song\$(.*?)\$song\$/gs)].map(([, text = '']) => text)
  }
  if (!existsSync(folder)) throw new Error(`CHORDPRO_SONGS names ${folder}, which is not there`)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
}

/** What PostgreSQL stores: no NUL, no half of a surrogate pair. */
const storable = (text: string) => text.replace(/\0/g, '').replace(/\p{Surrogate}/gu, '\ufffd')

const said = (song: ChordProSong) => ({
  lyrics: extractLyrics(song),
  chords: extractChords(song),
  metadata: Object.fromEntries(song.metadata),
  description: describeSong(song),
})

describe.each([
  ['songs', 10, songTexts()],
  ['songs whose writers mean harm', 200, hostileTexts()],
  ['broken songs', 200, brokenTexts()],
])('%s', (_name, atLeast, texts) => {
  test('are as many as promised', () => {
    expect(texts.length).toBeGreaterThanOrEqual(atLeast)
  })

  test('are read, rendered, transposed and split: nothing throws', () => {
    for (const text of texts) {
      const song = parseChordPro(text)
      for (const one of [
        song,
        transpose(song, 5),
        moveCapo(song, 3),
        ...(describeSong(song).key ? [transposeTo(song, 'F#m')] : []),
      ]) {
        renderText(one)
        renderHtml(one)
        renderChordPro(one)
      }
      for (const part of splitSongs(text)) parseChordPro(toChordPro(part))
      isChordPro(text)
    }
  })

  test('keep words, chords and metadata when they are rendered', () => {
    for (const text of texts) {
      const song = parseChordPro(text)
      expect(said(parseChordPro(renderChordPro(song)))).toEqual(said(song))
    }
  })

  test('sound as before when they are transposed there and back', () => {
    for (const text of texts) {
      const song = parseChordPro(text)
      for (const semitones of [1, 6, 11, -30]) {
        const back = transpose(transpose(song, semitones), -semitones)
        expect(extractChords(back)).toEqual(extractChords(song))
        expect(extractLyrics(back)).toEqual(extractLyrics(song))
      }
    }
  })

  test('read the same in the database as on the client', async () => {
    for (const text of texts.map(storable))
      expect(await readInDatabase(sql, text)).toEqual(readOnClient(text))
  })

  test('are all saved, as they are', async () => {
    const ana = await signUp()
    const stored = texts.map(storable)
    const results = await ana.tertulia.songs.import(stored.map((content) => ({ content })))
    expect(results.filter(({ error }) => error !== null)).toEqual([])
    const rows = await sql`select id, content from public.songs where created_by = ${ana.id}`
    const saved = new Map(rows.map(({ id, content }) => [id, content]))
    expect(results.map(({ id }) => saved.get(id ?? ''))).toEqual(stored)
  })
})
