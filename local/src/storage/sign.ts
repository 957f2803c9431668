import { jwtVerify, SignJWT } from 'jose'
import { readBody } from './body.ts'
import { type Call, checkKey, findBucket } from './context.ts'
import { signatureInvalid, tokenInvalid } from './failures.ts'
import { visibleObject } from './objects.ts'
import { transformations } from './render.ts'
import { checkPolicies } from './store.ts'
import type { UploadTarget } from './upload.ts'

const SECONDS = { kind: 'integer', required: true, least: 1 } as const

const UPLOAD_SECONDS = 2 * 60 * 60

interface SignBody {
  expiresIn: number
  transform: Record<string, unknown>
}

export async function signDownload(call: Call, bucketId: string, name: string): Promise<Response> {
  const { expiresIn = 0, transform } = await readBody<SignBody>(call.request, {
    expiresIn: SECONDS,
    transform: { kind: 'object' },
  })
  await visibleObject(call, bucketId, name, 'object.sign')
  return Response.json({ signedURL: await downloadAddress(call, bucketId, name, expiresIn, transform) })
}

export async function signDownloads(call: Call, bucketId: string): Promise<Response> {
  const { expiresIn = 0, paths = [] } = await readBody<{ expiresIn: number; paths: string[] }>(call.request, {
    expiresIn: SECONDS,
    paths: { kind: 'list', required: true, least: 1 },
  })
  const signed = await Promise.all(
    paths.map(async (path) => {
      const object = await visibleObject(call, bucketId, path, 'object.sign_many').catch(() => undefined)
      return object
        ? { error: null, path, signedURL: await downloadAddress(call, bucketId, path, expiresIn) }
        : { error: 'Either the object does not exist or you do not have access to it', path, signedURL: null }
    }),
  )
  return Response.json(signed)
}

async function downloadAddress(
  { keys }: Call,
  bucketId: string,
  name: string,
  expiresIn: number,
  transform: Record<string, unknown> = {},
): Promise<string> {
  const wanted = new URLSearchParams(Object.entries(transform).map(([key, value]) => [key, String(value)]))
  const asked = transformations(wanted)
  const claims = { url: `${bucketId}/${name}`, ...(asked && { transformations: asked }) }
  const token = await signToken(keys.jwtSecret, claims, expiresIn)
  return `/${asked ? 'render/image' : 'object'}/sign/${bucketId}/${name}?token=${token}`
}

/** Asks the policies with the row that the upload will write, takes it back, and signs what they allowed. */
export async function signUpload(call: Call, bucketId: string, name: string): Promise<Response> {
  const { caller, keys, request } = call
  checkKey(name)
  await findBucket(call, bucketId)
  const upsert = request.headers.get('x-upsert') === 'true'
  const object = { bucketId, name, owner: caller.sub, metadata: {}, userMetadata: null }
  await checkPolicies(call, caller, 'object.sign_upload_url', object, upsert)
  const claims = { url: `${bucketId}/${name}`, upload: true, owner: caller.sub, upsert }
  const token = await signToken(keys.jwtSecret, claims, UPLOAD_SECONDS)
  return Response.json({ url: `/object/upload/sign/${bucketId}/${name}?token=${token}`, token })
}

/** Throws unless the address was signed here, for this object, and has not expired. */
export async function checkDownload(call: Call, bucketId: string, name: string): Promise<void> {
  const claims = await readToken(call)
  if (claims.url !== `${bucketId}/${name}` || claims.upload) throw signatureInvalid()
}

export async function checkUpload(call: Call, bucketId: string, name: string): Promise<UploadTarget> {
  const claims = await readToken(call)
  if (claims.url !== `${bucketId}/${name}` || !claims.upload) throw signatureInvalid()
  const owner = typeof claims.owner === 'string' ? claims.owner : null
  return {
    bucketId,
    name,
    upsert: claims.upsert === true,
    operation: 'object.upload_signed',
    signedFor: { owner },
  }
}

async function readToken({ url, keys }: Call): Promise<Record<string, unknown>> {
  const secret = new TextEncoder().encode(keys.jwtSecret)
  const { payload } = await jwtVerify(url.searchParams.get('token') ?? '', secret, {
    algorithms: ['HS256'],
  }).catch((error: Error) => {
    throw tokenInvalid(error.message)
  })
  return payload
}

async function signToken(secret: string, claims: Record<string, unknown>, seconds: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .sign(new TextEncoder().encode(secret))
}
