import { expect, test } from 'vitest'
import { readFunctions } from '../attack/functions.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { type Actor, actors, setCast } from './actors.ts'
import { type Declared, functions } from './functions.ts'

await takeFreshStack()

function expected({ ok = [], otherwise = 'account_not_found', but = {} }: Declared, actor: Actor): string {
  if (ok.includes(actor)) return 'ok'
  if (actor === 'visitor' || actor === 'service') return but[actor] ?? '42501'
  return but[actor] ?? otherwise
}

test('every function answers every kind of caller as declared, and tells nothing secret to others', async () => {
  const cast = await setCast()
  const known = await readFunctions()
  expect(Object.keys(functions).sort()).toEqual([...new Set(known.map(({ name }) => name))].sort())
  const wrong: string[] = []
  let cells = 0
  for (const [name, declared] of Object.entries(functions)) {
    const callers = actors.filter((actor) => expected(declared, actor) !== 'not called')
    cells += callers.length
    const call = async (actor: Actor) => {
      const body = JSON.stringify(declared.args?.(cast, actor) ?? {})
      const { code, text } = await cast.end(
        await cast.ask(actor, `/rest/v1/rpc/${name}`, { method: 'POST', body }),
      )
      const should = expected(declared, actor)
      const isGone = actor === 'deleted' && code === 'account_not_found' && should !== 'ok'
      const reveals = /secret/i.test(text)
      if (code !== should && !isGone) {
        wrong.push(`${name} by ${actor}: ${code}, and should be ${should}: ${text.slice(0, 120)}`)
      } else if (reveals !== (declared.reveals?.includes(actor) ?? false)) {
        wrong.push(
          `${name} by ${actor}: tells ${reveals ? 'what is secret' : 'nothing'}: ${text.slice(0, 160)}`,
        )
      }
    }
    if (declared.inTurn) for (const actor of callers) await call(actor)
    else await Promise.all(callers.map(call))
  }
  console.log(
    `${cells} cells of ${known.length} functions and ${actors.length} callers, ${wrong.length} unlisted`,
  )
  expect(wrong.join('\n')).toBe('')
}, 300_000)
