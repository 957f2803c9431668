import { chordLabel, headingOf, headLines, labelOf } from './render-text.ts'
import type { ChordProSong, Line, Section, Segment } from './types.ts'

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeText(text: string): string {
  // NUL is no character of HTML, and half a surrogate pair is none at all.
  return text
    .replace(/[\0\p{Surrogate}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character]!)
}

const element = (tag: string, className: string, content: string) =>
  `<${tag} class="${className}">${content}</${tag}>`

function segmentHtml(segment: Segment): string {
  const label = labelOf(segment)
  const above = element(
    'span',
    segment.annotation === undefined ? 'song-chord' : 'song-annotation',
    escapeText(label),
  )
  return element('span', 'song-segment', above + element('span', 'song-text', escapeText(segment.text)))
}

function wordsHtml(segments: readonly Segment[]): string {
  if (segments.every((segment) => labelOf(segment) === ''))
    return escapeText(segments.map(({ text }) => text).join(''))
  return segments.map(segmentHtml).join('')
}

/** Segments cut at the blanks of their texts into words. Blanks between words, and chords over them, are words too. */
function wordsOf(segments: readonly Segment[]): Segment[][] {
  const words: Segment[][] = [[]]
  for (const segment of segments) {
    const [first = '', ...rest] = segment.text.split(/(?<=[ \t])(?=[^ \t])/)
    words.at(-1)!.push({ ...segment, text: first })
    for (const text of rest) words.push([{ text }])
    if (/[ \t]$/.test(segment.text)) words.push([])
  }
  return words.filter((word) => word.length > 0)
}

/** Words that no line ends in the midst of. */
function unbrokenHtml(segments: readonly Segment[]): string {
  if (segments.every((segment) => labelOf(segment) === '')) return wordsHtml(segments)
  return wordsOf(segments)
    .map((word) => (word.length === 1 ? wordsHtml(word) : element('span', 'song-word', wordsHtml(word))))
    .join('')
}

function lineHtml(line: Line, words: (segments: readonly Segment[]) => string): string {
  switch (line.kind) {
    case 'blank':
      return '<br>'
    case 'lyrics':
      return element('p', 'song-line', words(line.segments))
    case 'comment':
      return element('p', `song-comment song-comment-${line.style}`, words(line.segments))
    case 'recall':
      return element('p', 'song-recall', escapeText(line.label ?? 'Chorus'))
    case 'verbatim':
      return element('pre', 'song-verbatim', escapeText(line.text))
    case 'grid':
      return element(
        'pre',
        'song-grid',
        line.cells
          .map(({ text, chord }) =>
            chord ? element('span', 'song-chord', escapeText(chordLabel(chord))) : escapeText(text),
          )
          .join(''),
      )
    case 'directive':
      return ''
  }
}

function sectionHtml(section: Section, body: string): string {
  const heading = headingOf(section)
  const title = heading === undefined ? '' : element('h2', 'song-heading', escapeText(heading))
  return `<section class="song-section" data-kind="${escapeText(section.kind)}">${title}${body}</section>`
}

const linesHtml = (lines: readonly Line[]) => lines.map((line) => lineHtml(line, wordsHtml)).join('')

/** Lines by stanzas, which blank lines part. */
function stanzasHtml(lines: readonly Line[]): string {
  const stanzas: Line[][] = [[]]
  for (const line of lines) {
    if (line.kind === 'blank') stanzas.push([])
    else stanzas.at(-1)!.push(line)
  }
  return stanzas
    .filter((stanza) => stanza.length > 0)
    .map((stanza) =>
      element('div', 'song-stanza', stanza.map((line) => lineHtml(line, unbrokenHtml)).join('')),
    )
    .join('')
}

/**
 * Writes a song as HTML that is safe to insert into a page: every text is escaped, and there is no attribute but `class` and `data-kind`,
 * and no style, link, image or script.
 *
 * Classes: `song`, `song-title`, `song-subtitle`, `song-section` (with `data-kind="chorus"`), `song-heading`, `song-line`, `song-segment` with
 * `song-chord` (or `song-annotation`) above `song-text`, `song-comment`, `song-recall`, `song-grid`, `song-verbatim`.
 *
 * @param song - From `parseChordPro`.
 * @param options - For paper and narrow pages, `unbroken` puts a word that chords divide into a `song-word`, to be kept on one line by
 * `white-space: nowrap`, and each stanza into a `song-stanza` instead of blank lines between them.
 * @example
 * ```ts
 * sheet.innerHTML = renderHtml(transpose(parseChordPro(song.content), 2))
 * ```
 */
export function renderHtml(
  song: ChordProSong,
  options: {
    /** Keeps the words and stanzas of the song in elements of their own. */
    unbroken?: boolean | undefined
  } = {},
): string {
  const body = options.unbroken ? stanzasHtml : linesHtml
  const { title, below } = headLines(song)
  const head =
    (title === undefined ? '' : element('h1', 'song-title', escapeText(title))) +
    below.map((line) => element('p', 'song-subtitle', escapeText(line))).join('')
  return element(
    'article',
    'song',
    head + song.sections.map((section) => sectionHtml(section, body(section.lines))).join(''),
  )
}
