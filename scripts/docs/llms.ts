import { readdirSync, readFileSync } from 'node:fs'

// `llms.txt`: what an assistant of a user should read, in the form of https://llmstxt.org.

const optional = /^docs\/(?:decisions|internals|performance)/

/** The title of a page, and its first sentence. */
function summaryOf(path: string): { title: string; about: string } {
  const [heading = path, ...rest] = readFileSync(path, 'utf8').split('\n\n')
  const paragraph = rest.find((part) => /^[A-Z`]/.test(part) && !part.startsWith('```')) ?? ''
  const sentence = /^[\s\S]*?[.:](?=\s|$)/.exec(paragraph.replaceAll('\n', ' '))?.[0] ?? ''
  return { title: heading.replace(/^#\s*/, '').trim(), about: sentence.replace(/:$/, '.') }
}

/** The text of `llms.txt` for the pages under `docs/`. */
export function writeLlms(): string {
  const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .sort()
  const toLine = (path: string) => {
    const { title, about } = summaryOf(path)
    return `- [${title}](${path})${about && `: ${about}`}`
  }
  const main = pages.filter((path) => !optional.test(path)).map(toLine)
  const more = pages.filter((path) => optional.test(path)).map(toLine)
  const { description } = JSON.parse(readFileSync('package.json', 'utf8'))
  return `# Tertulia

> ${description}.

Install \`tertulia\` and \`@supabase/supabase-js\`, run \`npx tertulia init\`, and create one client with \`createTertulia(supabase)\`. Every
public name has its whole text in the declarations: what it does, its limits, the codes of its errors and an example. Errors are
\`TertuliaError\`; decide by \`code\`, and show \`message\` and \`hint\`. Names that a domain alone needs come from its entry, such as
\`tertulia/chat\`. A working app that uses almost every method is in \`examples/web/src\`.

## Documents

${main.join('\n')}

## Optional

${more.join('\n')}
`
}
