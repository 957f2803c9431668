import { isLocalHost } from '../../core/local-host.ts'
import { isSecretKey } from '../service.ts'
import { type Finding, problem } from './finding.ts'

/** Whether the address and the key are such that the key may be sent there. Nothing is sent yet. */
export function checkTarget(
  text: string,
  key: string | undefined,
): { findings: Finding[]; reachable: { url: string; key: string } | null } {
  const findings: Finding[] = []
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    findings.push(problem(`${text} is not a project's URL`, 'Give it as https://<project>.supabase.co'))
  } else if (url.protocol === 'http:' && !isLocalHost(url.hostname)) {
    findings.push(problem(`${url.origin} is plain http to a far host; the key was not sent`, 'Use https.'))
  }
  if (!key) {
    findings.push(
      problem(
        'there is no key to ask with',
        'Give --key, or set SUPABASE_PUBLISHABLE_KEY (the dashboard: API keys).',
      ),
    )
  } else if (isSecretKey(key)) {
    findings.push(
      problem(
        'this is a secret key; it was not sent',
        'Give the publishable key, which is what an app carries.',
      ),
    )
  }
  if (findings.length > 0 || !url || !key) return { findings, reachable: null }
  return { findings, reachable: { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, key } }
}
