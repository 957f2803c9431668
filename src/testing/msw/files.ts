import { readToken } from './auth.ts'
import type { World } from './world.ts'

const refusal = (status: number, error: string, message: string) =>
  // Storage says the true status in the body.
  Response.json({ statusCode: String(status), error, message }, { status: 400 })

const notFound = () => refusal(404, 'not_found', 'Object not found')

function mayWrite(world: World, userId: string | null, bucket: string, path: string): boolean {
  const [first = '', second] = path.split('/')
  if (!userId || !world.accounts.has(userId)) return false
  if (bucket !== 'chat') return first === userId
  const isIn = world.chats.get(first)?.members.some((one) => one.user_id === userId && !one.left_at)
  return second === userId && isIn === true
}

function maySee(world: World, userId: string | null, key: string): boolean {
  const [bucket, first = ''] = key.split('/')
  if (bucket !== 'chat') return true
  return world.chats.get(first)?.members.some((one) => one.user_id === userId && !one.left_at) ?? false
}

async function readFile(request: Request): Promise<{ bytes: ArrayBuffer; type: string }> {
  const type = request.headers.get('content-type') ?? ''
  if (!type.startsWith('multipart/')) return { bytes: await request.arrayBuffer(), type }
  const part = [...(await request.formData()).values()].find((value) => typeof value !== 'string') as File
  return { bytes: await part.arrayBuffer(), type: part.type }
}

const send = ({ bytes, type }: { bytes: ArrayBuffer; type: string }) =>
  new Response(bytes, { headers: { 'content-type': type || 'application/octet-stream' } })

/** What Storage answers: uploads, signed and public URLs, downloads and removals. */
export async function answerStorage(world: World, path: string, request: Request): Promise<Response> {
  const userId = readToken(request.headers.get('authorization'))
  const [, kind = '', rest = ''] = /^object\/(sign|public|authenticated)?\/?(.*)$/.exec(path) ?? []
  const key = decodeURIComponent(rest)
  const [bucket = '', ...name] = key.split('/')
  const stored = world.files.get(key)
  if (request.method === 'GET') {
    const isSigned = kind === 'sign' || (kind === 'public' && bucket !== 'chat')
    return stored && (isSigned || maySee(world, userId, key)) ? send(stored) : notFound()
  }
  if (kind === 'sign') {
    if (!stored || !maySee(world, userId, key)) return notFound()
    return Response.json({ signedURL: `/object/sign/${rest}?token=fake` })
  }
  if (request.method === 'DELETE') {
    const { prefixes = [] } = await request.json()
    const own = prefixes.filter((one: string) => world.files.get(`${bucket}/${one}`)?.owner === userId)
    for (const one of own) world.files.delete(`${bucket}/${one}`)
    return Response.json(own.map((one: string) => ({ name: one, bucket_id: bucket })))
  }
  if (!mayWrite(world, userId, bucket, name.join('/'))) {
    return refusal(403, 'Unauthorized', 'new row violates row-level security policy')
  }
  if (stored) return refusal(409, 'Duplicate', 'The resource already exists')
  world.files.set(key, { ...(await readFile(request)), owner: userId ?? '' })
  return Response.json({ Id: crypto.randomUUID(), Key: key })
}
