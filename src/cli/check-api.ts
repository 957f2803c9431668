import * as z from 'zod/mini'
import { schemaVersion } from '../core/schema-version.ts'
import { type Finding, note, ok, problem } from './finding.ts'

const failureSchema = z.object({
  code: z.optional(z.nullable(z.string())),
  message: z.optional(z.string()),
})

/** Asks the project for its schema version, which also tells whether it is there and knows the key. */
export async function checkApi(
  url: string,
  key: string,
  timeoutMs: number,
): Promise<{ findings: Finding[]; answers: boolean }> {
  const silent = (finding: Finding) => ({ findings: [finding], answers: false })
  let answer: { status: number; location: string | null; text: string }
  try {
    const response = await fetch(`${url}/rest/v1/rpc/tertulia_schema_version`, {
      method: 'POST',
      headers: { apikey: key, 'content-type': 'application/json', 'content-profile': 'public' },
      body: '{}',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    answer = {
      status: response.status,
      location: response.headers.get('location'),
      text: await response.text(),
    }
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
    return { findings: [reached, compareVersions(body)], answers: true }
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

const push = 'Run: npx supabase db push --remote (hosted) or npx supabase migration up (local stack)'

function compareVersions(version: number): Finding {
  if (version === schemaVersion) return ok(`the database has schema ${version}`)
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
