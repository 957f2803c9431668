import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import type { Backend } from './backend.ts'
import { openDevice } from './device.ts'
import { judge, type Outcome, openScene } from './kills.ts'

/** Lets connections through to the API, and cuts all of them. */
async function openCuttable(apiUrl: string) {
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(apiUrl)
  const server = createServer((client) => {
    const upstream = dial(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    close: () => server.close(),
  }
}

/** Clients with the conversation open lose their connections together, again and again, and all come back to the same state. */
export async function reconnect(backend: Backend, clients: number, times: number): Promise<Outcome> {
  const outcome: Outcome = { name: 'reconnects', faults: 0, acknowledged: 0, wrong: [] }
  const scene = await openScene(backend)
  const way = await openCuttable(backend.apiUrl)
  const speaker = openDevice(scene.optionsOf(scene.people[0], 'speaker'), () => {})
  const devices = Array.from({ length: clients }, (_, n) =>
    openDevice(
      { ...scene.optionsOf(scene.people[n % 2]!, `reconnecting-${n}`), apiUrl: way.apiUrl },
      () => {},
    ),
  )
  const open = devices.map(({ tertulia }) => tertulia.chat.openConversation(scene.conversationId))
  const caughtUp = async (seq: number) => {
    const deadline = Date.now() + 120_000
    for (;;) {
      const late = open.filter((one) => {
        const { status, messages } = one.getSnapshot()
        return status !== 'live' || messages.at(-1)?.seq !== seq
      })
      if (late.length === 0) return
      if (Date.now() > deadline) {
        const { status, error, messages } = late[0]!.getSnapshot()
        const shown = `${status} (${error?.code}), at ${messages.at(-1)?.seq}`
        outcome.wrong.push(
          `${late.length} of ${clients} clients do not show message ${seq}; the first is ${shown}`,
        )
        return
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const memory = await backend.memory()
  const acknowledged: { kind: 'message'; content: string }[] = []
  await caughtUp(1)
  for (let n = 1; n <= times && outcome.wrong.length === 0; n++) {
    way.cut()
    outcome.faults += clients
    const content = `after cut ${n}`
    const { seq } = await speaker.tertulia.chat.send(scene.conversationId, { content })
    acknowledged.push({ kind: 'message', content })
    await caughtUp(seq)
  }
  for (const one of open) one.close()
  for (const device of [...devices, speaker]) await device.close()
  way.close()
  outcome.wrong.push(...(await judge(scene, acknowledged)))
  await scene.close()
  outcome.acknowledged = acknowledged.length
  const after = await backend.memory()
  const inMb = (bytes: number | null) => (bytes === null ? 'an unknown number of' : Math.round(bytes / 1e6))
  outcome.note = `stack ${inMb(memory)} MB before, ${inMb(after)} MB after`
  return outcome
}
