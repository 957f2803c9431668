import { jwtVerify, SignJWT } from 'jose'
import { asCaller } from './caller.ts'
import { bodyOf, type Call, checkKey, findBucket } from './context.ts'
import { requestInvalid, tokenInvalid } from './failures.ts'
import { visibleObject } from './objects.ts'
import type { UploadTarget } from './upload.ts'

const UPLOAD_SECONDS = 2 * 60 * 60

export async function signDownload(call: Call, bucketId: string, name: string): Promise<Response> {
  const { expiresIn } = await bodyOf<{ expiresIn?: number }>(call.request)
  await visibleObject(call, bucketId, name, 'object.sign')
  return Response.json({ signedURL: await downloadAddress(call, bucketId, name, expiresIn) })
}

export async function signDownloads(call: Call, bucketId: string): Promise<Response> {
  const { expiresIn, paths = [] } = await bodyOf<{ expiresIn?: number; paths?: string[] }>(call.request)
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
  expiresIn?: number,
): Promise<string> {
  if (!expiresIn || expiresIn <= 0) throw requestInvalid('expiresIn must be a number of seconds')
  const token = await signToken(keys.jwtSecret, { url: `${bucketId}/${name}` }, expiresIn)
  return `/object/sign/${bucketId}/${name}?token=${token}`
}

const ALLOWED = new Error('the policies allow it')

/** Asks the policies with the row that the upload will write, takes it back, and signs what they allowed. */
export async function signUpload(call: Call, bucketId: string, name: string): Promise<Response> {
  const { sql, caller, keys, request } = call
  checkKey(name)
  await findBucket(call, bucketId)
  const upsert = request.headers.get('x-upsert') === 'true'
  await asCaller(sql, caller, 'object.sign_upload_url', async (transaction) => {
    await transaction`
      insert into storage.objects (bucket_id, name, owner, owner_id)
      values (${bucketId}, ${name}, ${caller.sub}, ${caller.sub})
      ${upsert ? transaction`on conflict (bucket_id, name) do update set owner_id = excluded.owner_id` : transaction``}`
    throw ALLOWED
  }).catch((error) => {
    if (error !== ALLOWED) throw error
  })
  const claims = { url: `${bucketId}/${name}`, upload: true, owner: caller.sub, upsert }
  const token = await signToken(keys.jwtSecret, claims, UPLOAD_SECONDS)
  return Response.json({ url: `/object/upload/sign/${bucketId}/${name}?token=${token}`, token })
}

/** Throws unless the address was signed here, for this object, and has not expired. */
export async function checkDownload(call: Call, bucketId: string, name: string): Promise<void> {
  const claims = await readToken(call)
  if (claims.url !== `${bucketId}/${name}` || claims.upload)
    throw tokenInvalid('The signature does not belong to this object')
}

export async function checkUpload(call: Call, bucketId: string, name: string): Promise<UploadTarget> {
  const claims = await readToken(call)
  if (claims.url !== `${bucketId}/${name}` || !claims.upload)
    throw tokenInvalid('The signature does not belong to this object')
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
