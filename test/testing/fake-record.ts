import { isTertuliaError, type Tertulia } from 'tertulia'

/** A user of the script. */
interface Actor {
  id: string
  tertulia: Tertulia
}

export interface Cast {
  ana: Actor
  ben: Actor
  cora: Actor
  visitor: Tertulia
}

/** What a script saw, step by step, without what no two runs have in common. */
export type Record = [step: string, answer: unknown][]

const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

const inOrder = (person: unknown): string => Object(person).id

/** Values without ids, times, tokens and cursors: an id is named by the order in which it was first seen. */
export function createNormalise(): (value: unknown, key?: string) => unknown {
  const seen = new Map<string, string>()
  const name = (id: string) => {
    if (!seen.has(id)) seen.set(id, `id ${seen.size + 1}`)
    return seen.get(id) as string
  }
  const normalise = (value: unknown, key = ''): unknown => {
    if (value instanceof Date) return 'a date'
    if (typeof value === 'string') {
      if (key === 'nextCursor') return 'a cursor'
      return key === 'token' ? 'a token' : value.replace(uuids, name)
    }
    if (Array.isArray(value)) {
      const all = value.map((one) => normalise(one))
      // Two who joined at the same moment come in the order of their ids.
      return key.toLowerCase().endsWith('participants')
        ? all.sort((one, other) => (inOrder(one) < inOrder(other) ? -1 : 1))
        : all
    }
    if (typeof value !== 'object' || value === null) return value
    const keys = Object.keys(value).sort()
    return Object.fromEntries(keys.map((one) => [named(one), normalise(Object(value)[one], one)]))
  }
  const named = (key: string) => key.replace(uuids, name)
  return normalise
}

/** Does a step, keeps its answer or refusal, and answers undefined when it was refused. */
export type Step = <T>(name: string, call: () => Promise<T>) => Promise<T>

/** A record, and how to add steps to it. */
export function startRecord({ ana, ben, cora }: Cast): { record: Record; step: Step } {
  const record: Record = []
  const normalise = createNormalise()
  for (const { id } of [ana, ben, cora]) normalise(id)

  async function step<T>(name: string, call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call()
      record.push([name, normalise(answer)])
      return answer
    } catch (error) {
      if (!isTertuliaError(error)) throw error
      record.push([name, { refused: error.code, field: error.field, retryAfterMs: error.retryAfterMs }])
      return undefined as T
    }
  }
  return { record, step }
}

/** An id that no user has. */
export const nobody = '0b9c2a53-5a0f-4f0a-9a3c-0d2a60d6b001'
