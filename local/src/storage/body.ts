import { bodyInvalid } from './failures.ts'

interface Rule {
  kind: 'string' | 'integer' | 'boolean' | 'list' | 'object'
  required?: boolean
  /** Of a number, or of the entries of a list. */
  least?: number
  oneOf?: readonly string[]
}

/** The body of a request, checked and in the words of the platform's own checks; an empty one is an empty object. */
export async function readBody<Body>(
  request: Request,
  rules: { [Key in keyof Body]-?: Rule },
): Promise<Partial<Body>> {
  const text = await request.text()
  const body = text === '' ? {} : parsed(text)
  const checked: Record<string, unknown> = {}
  for (const [key, rule] of Object.entries<Rule>(rules)) {
    const value = body[key]
    if (value === undefined || (value === null && !rule.required)) {
      if (rule.required) throw bodyInvalid(`body must have required property '${key}'`)
    } else checked[key] = checkedValue(key, value, rule)
  }
  return checked as Partial<Body>
}

function parsed(text: string): Record<string, unknown> {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw bodyInvalid("Body is not valid JSON but content-type is set to 'application/json'")
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>
  throw bodyInvalid('body must be object')
}

function checkedValue(key: string, value: unknown, { kind, least, oneOf }: Rule): unknown {
  if (kind === 'list') {
    if (!Array.isArray(value)) throw bodyInvalid(`body/${key} must be array`)
    if (least !== undefined && value.length < least)
      throw bodyInvalid(`body/${key} must NOT have fewer than ${least} items`)
    return value
  }
  if (kind === 'integer') {
    const number = typeof value === 'string' && value !== '' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isInteger(number))
      throw bodyInvalid(`body/${key} must be integer`)
    if (least !== undefined && number < least) throw bodyInvalid(`body/${key} must be >= ${least}`)
    return number
  }
  if (kind === 'object' ? typeof value !== 'object' || Array.isArray(value) : typeof value !== kind)
    throw bodyInvalid(`body/${key} must be ${kind}`)
  if (oneOf && !oneOf.includes(String(value)))
    throw bodyInvalid(`body/${key} must be equal to one of the allowed values`)
  return value
}
