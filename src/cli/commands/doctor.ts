import type { CliContext } from '../context.ts'
import { checkApi } from '../doctor/check-api.ts'
import { checkAuth } from '../doctor/check-auth.ts'
import { checkFiles } from '../doctor/check-files.ts'
import { checkFolder } from '../doctor/check-folder.ts'
import { checkPublicChannels, checkRealtime } from '../doctor/check-realtime.ts'
import { checkTarget } from '../doctor/check-target.ts'
import { type Finding, formatFinding, note } from '../doctor/finding.ts'
import { readRelease } from '../files/package.ts'
import { findRoot } from '../files/project.ts'

const timeoutMs = 10_000

/** `tertulia doctor`: says what is missing in a project's folder and, given its address, in the running project. */
export async function doctor(
  context: CliContext,
  options: { dir?: string; url?: string; key?: string },
): Promise<number> {
  const root = findRoot(context, options.dir, 'look at the project')
  let problems = 0
  const tell = (findings: Finding[]) => {
    for (const finding of findings) {
      context.out(formatFinding(finding))
      if (finding.state === 'problem') problems += 1
    }
  }
  tell(checkFolder(root, readRelease(context.packageDir)))

  const { env } = context
  const url = options.url ?? env.SUPABASE_URL ?? env.API_URL
  const key =
    options.key ??
    env.SUPABASE_PUBLISHABLE_KEY ??
    env.SUPABASE_ANON_KEY ??
    // As "status -o env" of both stacks prints them.
    env.PUBLISHABLE_KEY ??
    env.ANON_KEY
  if (url) {
    const target = checkTarget(url, key)
    tell(target.findings)
    if (target.reachable) {
      const { url, key } = target.reachable
      const api = await checkApi(url, key, timeoutMs)
      tell(api.findings)
      if (api.answers) {
        tell([...(await checkAuth(url, key, timeoutMs)), await checkRealtime(url, key, timeoutMs)])
        tell(await checkPublicChannels(url, key, timeoutMs))
        tell(await checkFiles(url, key, timeoutMs))
      }
    }
  } else {
    tell([
      note(
        'no running project was looked at',
        'To do so: npx tertulia doctor --url URL --key PUBLISHABLE_KEY',
      ),
    ])
  }
  context.out(
    problems === 0 ? '\nNothing is missing.' : `\n${problems} ${problems === 1 ? 'problem' : 'problems'}.`,
  )
  return problems === 0 ? 0 : 1
}
