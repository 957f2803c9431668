import { parseChord } from '../chordpro/chord.ts'
import { chordsOf } from '../chordpro/extract.ts'
import { chordLabel } from '../chordpro/render-text.ts'
import type { Chord, ChordProSong } from '../chordpro/types.ts'
import { definitionsOf } from './define.ts'
import type { DiagramOptions, Instrument } from './types.ts'

/** A chord of a song with its diagram. */
export interface ChordDiagram {
  /** As the song shows it. */
  label: string
  /** Canonical, as in `Chord.name`; null for one that only a `{define}` explains. */
  name: string | null
  /** Safe to put into a page: every text in it is escaped. */
  svg: string
}

/**
 * Draws one chord as SVG in the colour of the text around it. The drawing has a label for screen readers and scales by its `viewBox`. Every
 * text in it is escaped.
 *
 * @param instrument - `guitar`, `ukulele` or `piano`, each from its own entry.
 * @param chord - As musicians write it: `F#m7`, `Sol`, `Hm`.
 * @param options - Shape, mirror and title.
 * @returns Null when `chord` is not a chord with a root, or no shape of it is known.
 * @example
 * ```ts
 * import { drawChord } from 'tertulia/diagrams'
 * import { guitar } from 'tertulia/diagrams/guitar'
 *
 * document.body.innerHTML = drawChord(guitar, 'C') ?? ''
 * ```
 */
export function drawChord(
  instrument: Instrument,
  chord: string,
  options: DiagramOptions = {},
): string | null {
  return instrument.draw(parseChord(chord), options)
}

/**
 * Draws each chord of a song once, in the order of their first use. A `{define}` of the song comes before the known shapes, when it has as
 * many strings as the instrument, or keys for a keyboard. A `{define}` names a chord as written: after `transpose` the known shapes are drawn.
 * Chords without a shape are left out.
 *
 * @param song - From `parseChordPro`.
 * @param instrument - `guitar`, `ukulele` or `piano`, each from its own entry.
 * @param options - Shape and mirror.
 * @example
 * ```ts
 * import { parseChordPro, renderHtml } from 'tertulia/chordpro'
 * import { drawChords } from 'tertulia/diagrams'
 * import { guitar } from 'tertulia/diagrams/guitar'
 *
 * const sheet = parseChordPro(song.content)
 * const html = renderHtml(sheet) + drawChords(sheet, guitar).map(({ svg }) => svg).join('')
 * ```
 */
export function drawChords(
  song: ChordProSong,
  instrument: Instrument,
  options: Omit<DiagramOptions, 'title'> = {},
): ChordDiagram[] {
  const definitions = definitionsOf(song)
  const distinct = new Map<string, Chord>()
  for (const chord of song.sections.flatMap(({ lines }) => lines).flatMap(chordsOf)) {
    if (chord && !distinct.has(chord.name ?? chord.written)) distinct.set(chord.name ?? chord.written, chord)
  }
  return [...distinct.values()].flatMap((chord) => {
    const title = chordLabel(chord)
    const svg = instrument.draw(chord, { ...options, title }, definitions.get(title))
    return svg === null ? [] : [{ label: title, name: chord.name, svg }]
  })
}
