import * as z from 'zod/mini'
import { schemaVersion } from '../../core/schema-version.ts'
import { type Finding, note, ok, problem } from './finding.ts'

const failureSchema = z.object({
  code: z.optional(z.nullable(z.string())),
  message: z.optional(z.string()),
})

async function ask(url: string, key: string, name: string, timeoutMs: number) {
  const response = await fetch(`${url}/rest/v1/rpc/${name}`, {
    method: 'POST',
    // Of the schemas that the API serves another one may be the first.
    headers: { apikey: key, 'content-type': 'application/json', 'content-profile': 'public' },
    body: '{}',
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const location = response.headers.get('location')
  return { status: response.status, location, text: await response.text() }
}

/** Asks the project for its schema version, which also tells whether it is there and knows the key. */
export async function checkApi(
  url: string,
  key: string,
  timeoutMs: number,
): Promise<{ findings: Finding[]; answers: boolean }> {
  const silent = (finding: Finding) => ({ findings: [finding], answers: false })
  let answer: Awaited<ReturnType<typeof ask>>
  try {
    answer = await ask(url, key, 'tertulia_schema_version', timeoutMs)
  } catch (error) {
    return silent(describeSilence(url, error, timeoutMs))
  }
  const { status, location, text } = answer
  const body = parseJson(text)
  if (status >= 300 && status < 400)
    return silent(problem(`${url} sends elsewhere: ${location}`, 'Give the URL of the project itself.'))
  const failure = z.safeParse(failureSchema, body).data
  if (status === 401 && failure?.code !== '42501') {
    return silent(
      problem(
        `${url} refuses the key; ${failure?.message ?? 'it says no more'}`,
        "Give this project's publishable key.",
      ),
    )
  }
  const reached = ok(`${url} answers and takes the key`)
  if (status === 200 && typeof body === 'number') {
    const missing = await findMissing(url, key, timeoutMs)
    return { findings: [reached, compareVersions(body, missing)], answers: true }
  }
  if (failure?.code === 'PGRST202' || failure?.code === '42883' || failure?.code === '42501') {
    return {
      findings: [reached, problem('the database does not have the schema of Tertulia', push)],
      answers: true,
    }
  }
  if (status >= 500)
    return silent(
      problem(`${url} answers ${status}; ${failure?.message ?? ''}`, 'See whether the project is paused.'),
    )
  return silent(
    problem(`${url} does not answer as a Supabase project does (status ${status})`, 'Check the URL.'),
  )
}

/** A function of each domain that takes no argument. A refusal also proves that the function exists. */
const probes = {
  profiles: 'list_profiles',
  chat: 'list_blocks',
  songs: 'list_tag_categories',
  sharing: 'list_transfers',
  analytics: 'top_songs',
}

/** The domains that the database does not have. */
async function findMissing(url: string, key: string, timeoutMs: number): Promise<string[]> {
  const found = Object.entries(probes).map(async ([domain, name]) => {
    const { text } = await ask(url, key, name, timeoutMs)
    const code = z.safeParse(failureSchema, parseJson(text)).data?.code
    return code === 'PGRST202' || code === '42883' ? domain : ''
  })
  return (await Promise.all(found).catch(() => [])).filter((domain) => domain !== '')
}

const push = 'Run: npx supabase db push --remote (hosted) or npx supabase migration up (local stack)'

function compareVersions(version: number, missing: string[]): Finding {
  if (version === 0 || missing.length > 0) {
    const lacks = missing.length > 0 ? `it lacks ${missing.join(', ')}` : 'its last step is missing'
    return problem(`a push of the migrations stopped half-way; ${lacks}`, push)
  }
  if (version === schemaVersion) return ok(`the database has schema ${version}, every domain of it`)
  if (version < schemaVersion) {
    return problem(
      `the database has schema ${version}; this package needs ${schemaVersion}`,
      `Run: npx tertulia upgrade, if the folder lacks migrations.\n${push}`,
    )
  }
  return note(
    `the database has schema ${version}, newer than this package's ${schemaVersion}`,
    'The previous minor version still works on it. When you can: npm install tertulia@latest',
  )
}

function describeSilence(url: string, error: unknown, timeoutMs: number): Finding {
  if (error instanceof Error && error.name === 'TimeoutError')
    return problem(`${url} did not answer within ${timeoutMs / 1000} s`, 'Check the URL and the network.')
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason = cause instanceof Error ? ('code' in cause && cause.code) || cause.message : String(cause)
  return problem(
    `${url} cannot be reached; ${reason}`,
    'Check the URL and the network, and that the stack is up.',
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
