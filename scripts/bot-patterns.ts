import { list } from 'isbot'

/** Lines of SQL are at most so long. */
const width = 130

/**
 * A pattern of JavaScript as PostgreSQL writes it: `\b` is `\y` there, `\w` and `\d` also mean letters and digits of other scripts, and
 * a hyphen stands last in brackets. Everything else that the list uses is the same in both; a test compares their verdicts.
 */
export function toPostgres(pattern: string): string {
  return pattern.replace(/\[((?:\\.|[^\]\\])*)\]|\\[bdw]/g, (found, inside?: string) => {
    if (found === '\\b') return '\\y'
    if (inside === undefined) return found === '\\d' ? '[0-9]' : '[A-Za-z0-9_]'
    const hyphen = /\\-|\\[dw]-|-$/.test(inside)
    const rest = inside.replace(/\\-|(?<=\\[dw])-|-$/g, '')
    return `[${rest.replaceAll('\\w', 'A-Za-z0-9_').replaceAll('\\d', '0-9')}${hyphen ? '-' : ''}]`
  })
}

/** The patterns joined, as literals of SQL on lines of their own. */
function literals(patterns: string[]): string {
  const lines: string[] = []
  let line = ''
  for (const [at, pattern] of patterns.entries()) {
    const piece = `${at === 0 ? '' : '|'}${pattern}`.replaceAll('\\', '\\\\').replaceAll("'", "''")
    if (line.length + piece.length > width && line) {
      lines.push(line)
      line = ''
    }
    line += piece
  }
  return [...lines, line].map((text, at) => `    ${at === 0 ? 'E' : ''}'${text}'`).join('\n')
}

/** The file of the schema that knows bots. */
export const botsFile = (
  patterns: string[] = list,
) => `-- Which agents are bots. Made by "npm run generate" from the list of the package isbot (Unlicense); do not edit it.

create function private.bot_pattern()
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return
${literals(patterns.map(toPostgres))};
end
$$;
comment on function private.bot_pattern is 'What the agent of a bot, a crawler, a preview or a script matches, without regard to case.';

revoke execute on function private.bot_pattern() from public, anon, authenticated, service_role;
`
