import { join } from 'node:path'
import postgres from 'postgres'
import type { Handler } from '../api/gateway.ts'
import type { Keys } from '../keys.ts'
import { createBucket, deleteBucket, emptyBucket, getBucket, listBuckets, updateBucket } from './buckets.ts'
import { type Caller, callerOf } from './caller.ts'
import type { Call, StorageContext } from './context.ts'
import { download } from './download.ts'
import { asStorageFailure, failureResponse, routeMissing } from './failures.ts'
import { openFiles } from './files.ts'
import { listObjects } from './list.ts'
import { listObjectsV2 } from './list-v2.ts'
import {
  anyObject,
  copyObject,
  info,
  moveObject,
  publicObject,
  removeObject,
  removeObjects,
  visibleObject,
} from './objects.ts'
import { checkDownload, checkUpload, signDownload, signDownloads, signUpload } from './sign.ts'
import { upload } from './upload.ts'

export interface StorageOptions {
  /** As the owner of the tables of Storage. */
  url: string
  /** Holds the bytes. */
  folder: string
  keys: Keys
  fileSizeLimit: number
  log: (line: string) => void
}

export interface Storage {
  fetch: Handler
  close(): Promise<void>
}

/** `/storage/v1`: every request runs under the caller's role, so that the policies on `storage.objects` decide. */
export async function createStorage({ url, folder, log, ...options }: StorageOptions): Promise<Storage> {
  const sql = postgres(url, { max: 8, idle_timeout: 60, onnotice: () => undefined })
  const context: StorageContext = { sql, files: await openFiles(join(folder, 'objects')), ...options }
  return {
    fetch: async (request) => {
      try {
        return await route(context, request)
      } catch (error) {
        const failure = asStorageFailure(error)
        if (failure.status >= 500)
          log(`storage: ${request.method} ${request.url}; ${failure.detail ?? failure.message}`)
        return failureResponse(failure)
      }
    },
    close: () => sql.end({ timeout: 1 }),
  }
}

async function route(context: StorageContext, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const path = decodeURIComponent(url.pathname.slice('/storage/v1/'.length))
  const call = (caller: Caller): Call => ({ ...context, request, url, caller })
  const open = openRoute(path, request.method)
  if (open) return await open(call({ role: 'anon', sub: null, claims: { role: 'anon' } }))
  return await guardedRoute(call(await callerOf(request, context.keys)), path)
}

type Answer = (call: Call) => Promise<Response>

/** What the address itself allows: public buckets and signed addresses. */
function openRoute(path: string, method: string): Answer | undefined {
  const [, kind, bucket = '', name = ''] =
    /^(?:object|render\/image)\/(public|sign|upload\/sign|info\/public)\/([^/]+)\/(.+)$/s.exec(path) ?? []
  if (path === 'version') return async () => new Response('local')
  if (path === 'status') return async () => Response.json({ status: 'ok' })
  const reads = method === 'GET' || method === 'HEAD'
  if (kind === 'public' && reads)
    return async (call) => download(call, await publicObject(call, bucket, name))
  if (kind === 'info/public' && reads) return async (call) => info(await publicObject(call, bucket, name))
  if (kind === 'sign' && reads) {
    return async (call) => {
      await checkDownload(call, bucket, name)
      return await download(call, await anyObject(call, bucket, name))
    }
  }
  if (kind === 'upload/sign' && method === 'PUT') {
    return async (call) => Response.json(await upload(call, await checkUpload(call, bucket, name)))
  }
  return undefined
}

const LISTS = /^object\/(list|list-v2)\/([^/]+)$/s
const OBJECTS =
  /^(?:object|render\/image)\/(?:(sign|upload\/sign|info\/authenticated|info|authenticated)\/)?([^/]+)(?:\/(.+))?$/s

async function guardedRoute(call: Call, path: string): Promise<Response> {
  const { method } = call.request
  const [area = '', first = '', ...rest] = path.split('/')
  if (area === 'bucket') return await bucketRoute(call, method, first, rest)
  const [, kind, bucket = '', name = ''] = (method === 'POST' && LISTS.exec(path)) || OBJECTS.exec(path) || []
  if (path === 'object/move' && method === 'POST') return await moveObject(call)
  if (path === 'object/copy' && method === 'POST') return await copyObject(call)
  if (kind === 'list-v2' && method === 'POST') return await listObjectsV2(call, bucket)
  if (kind === 'list' && method === 'POST') return await listObjects(call, bucket)
  if (kind === 'sign' && method === 'POST') {
    return name ? await signDownload(call, bucket, name) : await signDownloads(call, bucket)
  }
  if (kind === 'upload/sign' && method === 'POST') return await signUpload(call, bucket, name)
  if (kind?.startsWith('info') && (method === 'GET' || method === 'HEAD')) {
    return info(await visibleObject(call, bucket, name, 'object.get_authenticated_info'))
  }
  if (area === 'object' || area === 'render') return await objectRoute(call, method, bucket, name)
  throw routeMissing(call.url.pathname)
}

async function objectRoute(call: Call, method: string, bucketId: string, name: string): Promise<Response> {
  if (method === 'GET' || method === 'HEAD') {
    return download(call, await visibleObject(call, bucketId, name, 'object.get_authenticated'))
  }
  if (method === 'POST') {
    const upsert = call.request.headers.get('x-upsert') === 'true'
    return Response.json(await upload(call, { bucketId, name, upsert, operation: 'object.upload' }))
  }
  if (method === 'PUT') {
    return Response.json(
      await upload(call, { bucketId, name, upsert: true, operation: 'object.upload_update' }),
    )
  }
  if (method === 'DELETE')
    return name ? await removeObject(call, bucketId, name) : await removeObjects(call, bucketId)
  throw routeMissing(call.url.pathname)
}

async function bucketRoute(call: Call, method: string, id: string, rest: string[]): Promise<Response> {
  if (!id && method === 'GET') return await listBuckets(call)
  if (!id && method === 'POST') return await createBucket(call)
  if (id && rest[0] === 'empty' && method === 'POST') return await emptyBucket(call, id)
  if (id && rest.length === 0 && method === 'GET') return await getBucket(call, id)
  if (id && rest.length === 0 && method === 'PUT') return await updateBucket(call, id)
  if (id && rest.length === 0 && method === 'DELETE') return await deleteBucket(call, id)
  throw routeMissing(call.url.pathname)
}
