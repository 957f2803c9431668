import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scene } from './people.ts'
import type { Copy } from './project.ts'

/** What an example must do. Throws when it does not; answers what is worth a word in the table. */
export type Check = (copy: Copy, scene: Scene) => Promise<string>

function must(text: string, wanted: string, where: string): void {
  if (!text.includes(wanted)) throw new Error(`${where} has no "${wanted}":\n${text.slice(0, 3000)}`)
}

const script: Check = async ({ run }, { url, key, email, password }) => {
  const env = { API_URL: url, PUBLISHABLE_KEY: key, EMAIL: email, PASSWORD: password }
  const said = await run(process.execPath, ['first.ts'], env)
  must(said, 'found, first: Luna de cobre', 'the output')
  must(said, '¡Hola!', 'the output')
  return 'wrote a profile, a song and a message'
}

/** All scripts that a build wrote, as one text. */
async function readScripts(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const scripts = files.filter((file) => file.isFile() && file.name.endsWith('.js'))
  return (await Promise.all(scripts.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))).join(
    '\n',
  )
}

const vue: Check = async ({ folder, run, serve }, { url, key }) => {
  await run('vue-tsc', ['--noEmit'])
  await run('vite', ['build'], { VITE_SUPABASE_URL: url, VITE_SUPABASE_KEY: key })
  const text = await readScripts(join(folder, 'dist'))
  must(text, url, 'the build')
  must(text, 'sync_inbox', 'the build')
  const page = await serve('vite', (port) => ['preview', '--port', String(port), '--host', '127.0.0.1'])
  const html = await (await fetch(page)).text()
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? []
  must(await (await fetch(`${page}${script}`)).text(), 'sync_inbox', 'the served script')
  return `${Math.round(text.length / 1024)} KiB of JavaScript`
}

/** A form of a page as a browser without scripts submits it: its hidden fields say which server action it calls. */
function readForm(html: string, field: string): FormData {
  const form = html.split('<form').find((part) => part.includes(`name="${field}"`)) ?? ''
  const data = new FormData()
  for (const [input] of form.split('</form>')[0]!.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const value = (name: string) =>
      (new RegExp(`${name}="([^"]*)"`).exec(input)?.[1] ?? '')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&')
    data.append(value('name'), value('value'))
  }
  return data
}

const next: Check = async ({ run, serve }, { url, key, email, password, song }) => {
  const env = { NEXT_PUBLIC_SUPABASE_URL: url, NEXT_PUBLIC_SUPABASE_KEY: key }
  await run('next', ['build'], env)
  const page = await serve(
    'next',
    (port) => ['start', '--port', String(port), '--hostname', '127.0.0.1'],
    env,
  )
  const cookies = new Map<string, string>()
  async function ask(body?: FormData): Promise<string> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const init = body ? { method: 'POST', body } : {}
    const answer = await fetch(page, { ...init, headers: { cookie, origin: page }, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    if (answer.status === 303 || answer.status === 307) return ask()
    return (await answer.text()).replaceAll('<!-- -->', '')
  }
  const visited = await ask()
  must(visited, song, 'the page of a visitor')
  const signIn = readForm(visited, 'email')
  signIn.append('email', email)
  signIn.append('password', password)
  const home = await ask(signIn)
  must(home, 'Signed in as Ana', 'the page of a user')
  must(home, 'Opening the inbox', 'the client component, rendered on the server')
  const refused = readForm(home, 'content')
  refused.append('content', '{title: Wrong}')
  refused.append('language', 'Spanish!')
  must(await ask(refused), 'language is not a language', 'the answer to a wrong language')
  const added = readForm(home, 'content')
  added.append('content', '{title: From a server action}')
  added.append('language', 'es')
  must(await ask(added), 'Added From a server action', 'the answer of the server action')
  must(await ask(), '<li>From a server action', 'the page after it')
  return 'server component, server actions with a schema, client component'
}

export const checks: Record<string, Check> = { script, vue, next }
