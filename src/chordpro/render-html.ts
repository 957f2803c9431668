import { chordLabel, headingOf, headLines, labelOf } from './render-text.ts'
import type { ChordProSong, Line, Section, Segment } from './types.ts'

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
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

function lineHtml(line: Line): string {
  switch (line.kind) {
    case 'blank':
      return '<br>'
    case 'lyrics':
      return element('p', 'song-line', wordsHtml(line.segments))
    case 'comment':
      return element('p', `song-comment song-comment-${line.style}`, wordsHtml(line.segments))
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

function sectionHtml(section: Section): string {
  const heading = headingOf(section)
  const title = heading === undefined ? '' : element('h2', 'song-heading', escapeText(heading))
  return `<section class="song-section" data-kind="${escapeText(section.kind)}">${title}${section.lines.map(lineHtml).join('')}</section>`
}

/**
 * Writes a song as HTML that is safe to insert into a page: every text is escaped, and there is no attribute but `class` and `data-kind`,
 * and no style, link, image or script.
 *
 * Classes: `song`, `song-title`, `song-subtitle`, `song-section` (with `data-kind="chorus"`), `song-heading`, `song-line`, `song-segment` with
 * `song-chord` (or `song-annotation`) above `song-text`, `song-comment`, `song-recall`, `song-grid`, `song-verbatim`.
 *
 * @param song - From `parseChordPro`.
 * @example
 * ```ts
 * sheet.innerHTML = renderHtml(transpose(parseChordPro(song.content), 2))
 * ```
 */
export function renderHtml(song: ChordProSong): string {
  const { title, below } = headLines(song)
  const head =
    (title === undefined ? '' : element('h1', 'song-title', escapeText(title))) +
    below.map((line) => element('p', 'song-subtitle', escapeText(line))).join('')
  return element('article', 'song', head + song.sections.map(sectionHtml).join(''))
}
