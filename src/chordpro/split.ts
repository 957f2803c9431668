import { blank } from './blanks.ts'
import { cutLine } from './pieces.ts'

const lineEnds = /(\r\n|\r|\n)/
const nothing = new RegExp(`^[${blank}\\r\\n\\ufeff]*$`)

/**
 * Splits a text with several songs at each `{new_song}`. Empty parts and the directives themselves are left out.
 *
 * @param text - One song or several.
 * @example
 * ```ts
 * splitSongs('{title: Uno}\nla\n{new_song}\n{title: Dos}\nle') // ['{title: Uno}\nla\n', '{title: Dos}\nle']
 * ```
 */
export function splitSongs(text: string): string[] {
  const songs: string[][] = [[]]
  const pieces = text.split(lineEnds)
  for (let index = 0; index < pieces.length; index += 2) {
    for (const piece of isComment(pieces[index]!) ? [] : cutLine(pieces[index]!)) {
      const read = piece.kind === 'directive' ? piece.read : null
      if (read?.name === 'new_song' && read.applies) songs.push([])
      else songs.at(-1)!.push(piece.text)
    }
    if (isComment(pieces[index]!)) songs.at(-1)!.push(pieces[index]!)
    // The end of the line belongs to what stands in it.
    if (songs.at(-1)!.length > 0) songs.at(-1)!.push(pieces[index + 1] ?? '')
  }
  return songs.map((song) => song.join('')).filter((song) => !nothing.test(song))
}

const isComment = (line: string) => line.startsWith('#')
