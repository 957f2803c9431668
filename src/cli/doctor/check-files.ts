import { type Finding, note } from './finding.ts'

/** Asks whether files that nothing refers to have waited for their removal for over a day. */
export async function checkFiles(url: string, key: string, timeoutMs: number): Promise<Finding[]> {
  try {
    const response = await fetch(`${url}/rest/v1/rpc/has_overdue_files`, {
      method: 'POST',
      // Of the schemas that the API serves another one may be the first.
      headers: { apikey: key, 'content-type': 'application/json', 'content-profile': 'public' },
      body: '{}',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (!response.ok || (await response.json()) !== true) return []
  } catch {
    return []
  }
  return [
    note(
      'files that nothing refers to have waited for over a day to be removed',
      'SQL cannot remove files. Run: npx tertulia maintain, each day, with the secret key',
    ),
  ]
}
