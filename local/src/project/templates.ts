import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { stackError } from '../stack-error.ts'
import type { TomlValue } from './toml.ts'

const NAMES = [
  'confirmation',
  'invite',
  'recovery',
  'magic_link',
  'email_change',
  'reauthentication',
] as const

/** What a project writes in place of the mails' default words. */
export type MailTemplates = Partial<Record<(typeof NAMES)[number], { subject?: string; content?: string }>>

/** `[auth.email.template.<name>]`: `subject`, and `content_path` from the folder that holds `supabase/`. */
export async function readTemplates(
  workdir: string,
  values: Record<string, TomlValue>,
): Promise<MailTemplates> {
  const templates: MailTemplates = {}
  for (const name of NAMES) {
    const subject = values[`auth.email.template.${name}.subject`]
    const path = values[`auth.email.template.${name}.content_path`]
    if (typeof subject !== 'string' && typeof path !== 'string') continue
    templates[name] = {
      ...(typeof subject === 'string' && { subject }),
      ...(typeof path === 'string' && { content: await readTemplate(workdir, name, path) }),
    }
  }
  return templates
}

async function readTemplate(workdir: string, name: string, path: string): Promise<string> {
  const places = isAbsolute(path) ? [path] : [join(workdir, path), join(workdir, 'supabase', path)]
  for (const place of places) {
    const content = await readFile(place, 'utf8').catch(() => undefined)
    if (content !== undefined) return content
  }
  throw stackError('workdir_invalid', `unable to read ${path}; it is the template of the mail ${name}`, {
    hint: 'write content_path in config.toml from the folder that holds supabase/',
  })
}
