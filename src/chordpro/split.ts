import { blank } from './blanks.ts'
import { directiveText, readDirective } from './directives.ts'

const lineEnds = /(\r\n|\r|\n)/
const nothing = new RegExp(`^[${blank}\\r\\n\\ufeff]*$`)

/**
 * Cuts a text with several songs at each `{new_song}`. Parts that hold nothing are left out; the directives themselves
 * are not part of any song.
 *
 * @example
 * splitSongs('{title: Uno}\nla\n{new_song}\n{title: Dos}\nle') // ['{title: Uno}\nla\n', '{title: Dos}\nle']
 */
export function splitSongs(text: string): string[] {
  const songs: string[][] = [[]]
  const pieces = text.split(lineEnds)
  for (let index = 0; index < pieces.length; index += 2) {
    const line = pieces[index]!
    const inner = directiveText(line.replace(/^\ufeff/, ''))
    const directive = inner && readDirective(inner.text)
    if (directive?.name === 'new_song' && directive.applies) songs.push([])
    else songs.at(-1)!.push(line, pieces[index + 1] ?? '')
  }
  return songs.map((song) => song.join('')).filter((song) => !nothing.test(song))
}
