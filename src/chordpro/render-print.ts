import { escapeText, renderHtml } from './render-html.ts'
import type { ChordProSong } from './types.ts'

/** How songs are printed. */
export interface PrintOptions {
  /** The size of a sheet, by default A4. */
  paper?: 'A4' | 'letter' | undefined
  /** Columns of a sheet, by default 1. */
  columns?: 1 | 2 | undefined
  /** Points, 6 to 24, by default 11. */
  fontSize?: number | undefined
  /** The language of the page, BCP 47; by default that of the first song. */
  language?: string | undefined
  /**
   * Returns HTML for under the head of a song, such as its diagrams. It is inserted as it is.
   *
   * @param song - One of the songs.
   * @example
   * ```ts
   * import { drawChords } from 'tertulia/diagrams'
   * import { guitar } from 'tertulia/diagrams/guitar'
   *
   * const sheet = parseChordPro(song.content)
   * renderPrint([sheet], { under: (one) => drawChords(one, guitar).map(({ svg }) => svg).join('') })
   * ```
   */
  under?: ((song: ChordProSong) => string) | undefined
}

const papers = { A4: 'A4', letter: 'letter' }

const style = (paper: string, columns: number, size: number) => `
@page { size: ${paper}; margin: 15mm }
body { margin: 0; font: ${size}pt/1.25 sans-serif; color: #000; background: #fff }
.song { columns: ${columns}; column-gap: 10mm }
.song + .song { break-before: page }
.song-title, .song-subtitle, .song-under, .song-section[data-kind="tab"] { column-span: all }
.song-title { margin: 0; font-size: 1.6em; break-after: avoid }
.song-subtitle { margin: 0 0 .2em; break-after: avoid }
.song-under { margin: .5em 0; break-inside: avoid }
.song-section:not([data-kind="plain"]), .song-stanza { break-inside: avoid }
.song-stanza { margin: 0 0 .8em }
.song-section[data-kind="chorus"] { padding-left: .8em; border-left: 1.5pt solid }
.song-heading { margin: 0 0 .2em; font-size: 1em; break-after: avoid }
.song-line, .song-comment { margin: 0; white-space: pre-wrap; break-inside: avoid }
.song-comment { font-style: italic }
.song-comment-box { border: .75pt solid; padding: 0 .3em; display: inline-block; font-style: normal }
.song-word { white-space: nowrap }
.song-segment { display: inline-block; white-space: pre-wrap; break-inside: avoid }
.song-word .song-segment { white-space: pre }
.song-chord, .song-annotation { display: block; min-height: 1.25em; padding-right: .35em; line-height: 1.25 }
.song-text { display: block }
.song-text::after { content: "\\200b" }
.song-chord { font-weight: bold }
.song-annotation { font-style: italic }
.song-recall { margin: .3em 0; font-style: italic }
.song-grid, .song-verbatim { margin: 0; font: .85em/1.3 monospace; white-space: pre; break-inside: avoid }
.song-grid .song-chord { display: inline; padding: 0 }
`

/**
 * Writes songs as one page of HTML for paper: a new sheet for each song, in one column or two. A stanza stays in one column where it fits, a
 * chord with its syllable, and a word in one line. The page loads nothing and runs nothing.
 *
 * @param songs - From `parseChordPro`.
 * @param options - Paper, columns, size, language, and what stands under each head.
 * @throws `RangeError` when `paper`, `columns` or `fontSize` is not one of those.
 * @example
 * ```ts
 * const page = window.open('')
 * page?.document.write(renderPrint([parseChordPro(song.content)], { columns: 2 }))
 * page?.print()
 * ```
 */
export function renderPrint(songs: readonly ChordProSong[], options: PrintOptions = {}): string {
  const { paper = 'A4', columns = 1, fontSize = 11, under } = options
  if (!Object.hasOwn(papers, paper)) throw new RangeError('unable to print; paper is A4 or letter')
  if (columns !== 1 && columns !== 2) throw new RangeError('unable to print; columns are 1 or 2')
  if (!(fontSize >= 6 && fontSize <= 24)) throw new RangeError('unable to print; fontSize is 6 to 24 points')
  const first = songs[0]?.metadata
  const language = options.language ?? first?.get('language')?.[0] ?? ''
  const title = songs.length === 1 ? (first?.get('title')?.[0] ?? '') : ''
  const bodies = songs.map((song) => {
    const html = renderHtml(song, { unbroken: true })
    if (!under) return html
    const at = html.search(/<section|<\/article>/)
    return `${html.slice(0, at)}<div class="song-under">${under(song)}</div>${html.slice(at)}`
  })
  return `<!doctype html>
<html lang="${escapeText(language)}">
<meta charset="utf-8">
<title>${escapeText(title)}</title>
<style>${style(papers[paper], columns, fontSize)}</style>
${bodies.join('\n')}
</html>
`
}
