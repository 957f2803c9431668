import type { Stack } from '../../src/index.ts'

/** The newest mail to that address: its link as it leads, and its code. */
export function newestMail({ mails }: Stack, email: string) {
  const mail = mails(email).at(-1)
  if (!mail) throw new Error(`no mail to ${email}`)
  const link = /href="([^"]+)"/.exec(mail.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const code = /code: (\d+)/.exec(mail.text)?.[1] ?? ''
  return { ...mail, link, code, hash: link ? (new URL(link).searchParams.get('token') ?? '') : '' }
}

/** Follows the link as a browser does, and answers where it leads. */
export async function follow(
  link: string,
): Promise<{ target: string; hash: URLSearchParams; query: URLSearchParams }> {
  const response = await fetch(link, { redirect: 'manual' })
  const url = new URL(response.headers.get('location') ?? '')
  return {
    target: `${url.origin}${url.pathname}`,
    hash: new URLSearchParams(url.hash.slice(1)),
    query: url.searchParams,
  }
}
