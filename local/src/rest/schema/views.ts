import type { ViewColumn } from './links.ts'

/**
 * Which column of which relation every column of a view shows. PostgreSQL keeps that in the parsed query of the view, whose
 * text nests braces; the entries of the outermost list are two deep.
 */
export function columnsOfView(action: string): ViewColumn[] {
  const columns: ViewColumn[] = []
  let depth = 0
  let name = ''
  let table = 0
  for (const [piece, key, value = ''] of action.matchAll(
    /\\.|[{}]|:(resname|resorigtbl|resorigcol) ((?:\\.|[^ \\{}()])*)/gs,
  )) {
    if (piece === '{') depth++
    else if (piece === '}') depth--
    else if (depth === 2) {
      if (key === 'resname') name = value.replace(/\\(.)/gs, '$1')
      else if (key === 'resorigtbl') table = Number(value)
      else if (key === 'resorigcol' && table > 0) columns.push({ name, table, column: Number(value) })
    }
  }
  return columns
}
