import { apiError } from './errors.ts'
import type { Form } from './sql/statement.ts'

export interface Media {
  form: Form
  /** The `Content-Type` of the answer. */
  type: string
  /** `explain (…)`, when the plan is asked for. */
  explain?: string
}

const LIST: Form = { kind: 'list', isStripped: false }

/** What a media type of the project is made with. */
export type Handlers = (type: string) => { media: string; form: Form } | undefined

/** The first of the accepted types that there is: the project's, and then those of the API. */
export function negotiate(accept: string | null, allowsPlan: boolean, handlers: Handlers): Media {
  const accepted = (accept ?? '*/*')
    .split(',')
    .map(parsed)
    .sort((one, other) => other.weight - one.weight)
  for (const media of accepted) {
    const found = mediaOf(media, allowsPlan, handlers)
    if (found) return found
  }
  const names = accepted.map(({ written }) => written).join(', ')
  throw apiError(406, 'PGRST107', `None of these media types are available: ${names}`)
}

interface Accepted {
  type: string
  params: Map<string, string>
  weight: number
  written: string
}

function parsed(entry: string): Accepted {
  const [type = '', ...rest] = entry.trim().split(/\s*;\s*(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  const params = new Map(
    rest.map((param): [string, string] => {
      const [name = '', value = ''] = param.split('=')
      return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, '')]
    }),
  )
  return { type: type.toLowerCase(), params, weight: Number(params.get('q') ?? 1), written: entry.trim() }
}

function mediaOf(accepted: Accepted, allowsPlan: boolean, handlers: Handlers): Media | undefined {
  const { type, params } = accepted
  const isStripped = params.get('nulls') === 'stripped'
  const own = handlers(type)
  if (own) return { form: own.form, type: contentType(own.media) }
  switch (type) {
    case '*/*':
    case 'application/*':
    case 'application/json':
      return { form: LIST, type: 'application/json; charset=utf-8' }
    case 'application/vnd.pgrst.array':
    case 'application/vnd.pgrst.array+json':
      return {
        form: { kind: 'list', isStripped },
        type: `application/${isStripped ? 'vnd.pgrst.array+json;nulls=stripped' : 'json'}; charset=utf-8`,
      }
    case 'application/vnd.pgrst.object':
    case 'application/vnd.pgrst.object+json':
      return {
        form: { kind: 'one', isStripped },
        type: `application/vnd.pgrst.object+json${isStripped ? ';nulls=stripped' : ''}; charset=utf-8`,
      }
    case 'text/csv':
      return { form: { kind: 'csv', isStripped: false }, type: 'text/csv; charset=utf-8' }
    case 'application/geo+json':
      return { form: { kind: 'geojson', isStripped: false }, type: 'application/geo+json; charset=utf-8' }
    case 'application/vnd.pgrst.plan':
    case 'application/vnd.pgrst.plan+text':
    case 'application/vnd.pgrst.plan+json':
      return allowsPlan ? planOf(type, params, handlers) : undefined
    default:
      return undefined
  }
}

/** Types that PostgREST does not know are sent as they are. */
function contentType(media: string): string {
  if (media === '*/*') return 'application/octet-stream'
  return KNOWN.includes(media) ? `${media}; charset=utf-8` : media
}

const KNOWN = ['application/json', 'application/geo+json', 'text/csv', 'text/plain', 'text/xml']

const OPTIONS = ['analyze', 'verbose', 'settings', 'buffers', 'wal']

function planOf(type: string, params: Map<string, string>, handlers: Handlers): Media | undefined {
  const format = type.endsWith('json') ? 'json' : 'text'
  const asked = (params.get('options') ?? '').split('|')
  const options = OPTIONS.filter((option) => asked.includes(option))
  const of = mediaOf(parsed(params.get('for') ?? 'application/json'), false, handlers)
  if (!of) return undefined
  const said = options.length === 0 ? '' : `; options=${options.join('|')}`
  return {
    form: of.form,
    type: `application/vnd.pgrst.plan+${format}; for="${of.type.replace(/; charset=.*/, '')}"${said}; charset=utf-8`,
    explain: `explain (${[`format ${format}`, ...options].join(', ')})`,
  }
}
