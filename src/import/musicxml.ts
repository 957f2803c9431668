import type { Line, Section } from '../chordpro/types.ts'
import { bytesOf, type FileBytes } from '../core/file-bytes.ts'
import { type Event, type Measure, measuresByPart, readPart } from './musicxml-events.ts'
import { unpackMxl } from './mxl.ts'
import { refuse } from './refuse.ts'
import { lyricsLine, type Piece, writeSong } from './song.ts'
import { elementsOf, find, readXml, textOf, type XmlElement } from './xml.ts'

/** Measures of a line where the score says nothing of lines. */
const lineLength = 4

const words = (measures: readonly Measure[]) =>
  measures.flatMap(({ events }) => events.filter(({ kind }) => kind === 'syllable')).length

/** The chords of all parts, once each, and the words of the part that sings most. */
function mergeParts(parts: readonly Measure[][]): Measure[] {
  const singer = parts.reduce((most, part) => (words(part) > words(most) ? part : most), parts[0]!)
  return singer.map((measure, index) => {
    const chords = new Map<string, Event>()
    for (const part of parts)
      for (const event of part[index]?.events ?? [])
        if (event.kind === 'chord') chords.set(`${event.at} ${event.name}`, event)
    const sung = measure.events.filter(({ kind }) => kind === 'syllable')
    // At the same time the chord stands before the word.
    const events = [...chords.values(), ...sung].sort((a, b) => a.at - b.at)
    return { events, isNewLine: parts.some((part) => part[index]?.isNewLine) }
  })
}

function linesOf(measures: readonly Measure[]): Measure[][] {
  const breaks = measures.slice(1).some(({ isNewLine }) => isNewLine)
  const lines: Measure[][] = []
  for (const [index, measure] of measures.entries()) {
    if (index === 0 || (breaks ? measure.isNewLine : index % lineLength === 0)) lines.push([])
    lines.at(-1)!.push(measure)
  }
  return lines
}

/** A line of one verse: its chords at the syllables they come with. */
function verseLine(measures: readonly Measure[], verse: string): Line {
  const pieces: Piece[] = [{ text: '' }]
  let chord: string | undefined
  for (const event of measures.flatMap(({ events }) => events)) {
    const last = pieces.at(-1)!
    if (event.kind === 'chord') {
      if (chord !== undefined) pieces.push({ chord, text: ' ' })
      chord = event.name
    } else if (event.verse === verse) {
      const text = event.text + (event.endsWord ? ' ' : '')
      if (chord === undefined) last.text += text
      else pieces.push({ chord, text })
      chord = undefined
    }
  }
  if (chord !== undefined) pieces.push({ chord, text: '' })
  const end = pieces.at(-1)!
  end.text = end.text.trimEnd()
  return lyricsLine(pieces)
}

function sectionsOf(measures: readonly Measure[]): Section[] {
  const sung = measures.flatMap(({ events }) =>
    events.flatMap((event) => (event.kind === 'syllable' ? [event.verse] : [])),
  )
  const verses = [...new Set(sung)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const lines = linesOf(measures)
  const section = (verse: string) => {
    const isSung = (line: readonly Measure[]) =>
      line.some(({ events }) => events.some((event) => event.kind === 'syllable' && event.verse === verse))
    // A later verse is what is sung again; the first one has the lines that are only played as well.
    const own = lines.filter((line) => verse === (verses[0] ?? verse) || isSung(line))
    return own.map((line) => verseLine(line, verse)).filter(({ kind }) => kind !== 'blank')
  }
  if (verses.length < 2) return [{ kind: 'plain', lines: section(verses[0] ?? '1') }]
  return verses.map((verse) => ({ kind: 'verse', label: `Verse ${verse}`, lines: section(verse) }))
}

const majorKeys = ['Cb', 'Gb', 'Db', 'Ab', 'Eb', 'Bb', 'F', 'C', 'G', 'D', 'A', 'E', 'B', 'F#', 'C#']
const minorKeys = ['Ab', 'Eb', 'Bb', 'F', 'C', 'G', 'D', 'A', 'E', 'B', 'F#', 'C#', 'G#', 'D#', 'A#']

function keyOf(attributes: XmlElement | undefined): string {
  const fifths = textOf(attributes, 'key/fifths').trim()
  if (!/^-?[0-7]$/.test(fifths)) return ''
  const isMinor = textOf(attributes, 'key/mode').trim() === 'minor'
  return isMinor ? `${minorKeys[Number(fifths) + 7]}m` : majorKeys[Number(fifths) + 7]!
}

function timeOf(attributes: XmlElement | undefined): string {
  const beats = textOf(attributes, 'time/beats').trim()
  const type = textOf(attributes, 'time/beat-type').trim()
  return beats && type ? `${beats}/${type}` : ''
}

function writeScore(root: XmlElement): string {
  if (root.name !== 'score-partwise' && root.name !== 'score-timewise')
    throw refuse(`<${root.name}> is no score of MusicXML`, 'Export it as MusicXML (.musicxml, .xml or .mxl).')
  const parts = measuresByPart(root)
  const measures = mergeParts(parts.length === 0 ? [[]] : parts.map(readPart))
  if (measures.every(({ events }) => events.length === 0))
    throw refuse('the score has neither words nor chords', 'Add lyrics or chord symbols to it.')
  const all = parts.flat().flatMap((measure) => elementsOf(measure))
  const attributes = all.find((element) => element.name === 'attributes' && find(element, 'key'))
  const sound = all
    .flatMap((element) => [element, ...elementsOf(element, 'sound')])
    .find((e) => e.attributes.tempo)
  const creators = elementsOf(find(root, 'identification') ?? root, 'creator')
  const by = (types: readonly string[]) =>
    creators.filter((creator) => types.includes(creator.attributes.type ?? '')).map(({ text }) => text)
  return writeSong(
    [
      ['title', textOf(root, 'work/work-title') || textOf(root, 'movement-title')],
      ...by(['composer', '']).map((name) => ['composer', name] as const),
      ...by(['lyricist', 'poet']).map((name) => ['lyricist', name] as const),
      ...by(['arranger']).map((name) => ['arranger', name] as const),
      ['copyright', textOf(root, 'identification/rights')],
      ['key', keyOf(attributes)],
      ['time', timeOf(attributes)],
      ['tempo', String(Math.round(Number(sound?.attributes.tempo)) || '')],
    ],
    sectionsOf(measures),
  )
}

/** The same for the bytes of a file, at once. */
export const fromMusicXmlBytes = (bytes: Uint8Array): string => writeScore(readXml(unpackMxl(bytes)))

/**
 * Converts a score of MusicXML to ChordPro: the words of the part that sings most, verse by verse, with the chord symbols of all parts over
 * their syllables. Notes are not kept, and repeats are not written out. A line of the song is a line of the staff, or four measures where
 * the score has no line breaks.
 *
 * @param score - XML text, or the bytes of a `.musicxml` or `.mxl` file; at most 10 MiB unpacked.
 * @throws `invalid_input` with field `file` when it is damaged, no MusicXML, or has neither words nor chords.
 * @example
 * ```ts
 * await tertulia.songs.create({ content: await fromMusicXml(file) })
 * ```
 */
export async function fromMusicXml(score: string | FileBytes): Promise<string> {
  if (typeof score === 'string') return writeScore(readXml(score))
  const bytes = await bytesOf(score)
  if (!bytes) throw refuse('expected a text, an ArrayBuffer or a Blob that gives its bytes')
  return fromMusicXmlBytes(new Uint8Array(bytes))
}
