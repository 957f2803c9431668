import postgres from 'postgres'

/** An answer in the words of Supabase Storage: its own status in the body, HTTP 400 around it. */
export interface StorageFailure extends Error {
  status: number
  code: string
  label: string
  /** Of the answer itself, where it is neither 400 nor 500. */
  httpStatus?: number
  /** What the log says and the answer does not. */
  detail?: string
}

function failure(status: number, code: string, label: string, message: string): StorageFailure {
  return Object.assign(new Error(message), { status, code, label })
}

export const bucketMissing = () => failure(404, 'NoSuchBucket', 'Bucket not found', 'Bucket not found')
export const objectMissing = () => failure(404, 'NoSuchKey', 'not_found', 'Object not found')
export const keyInvalid = (key: string) => failure(400, 'InvalidKey', 'InvalidKey', `Invalid key: ${key}`)
export const requestInvalid = (message: string) => failure(400, 'InvalidRequest', 'invalid_request', message)
export const bodyInvalid = (message: string) => failure(400, 'InvalidRequest', 'Error', message)
export const tokenInvalid = (message: string) => failure(400, 'InvalidJWT', 'InvalidJWT', message)
export const signatureInvalid = () =>
  failure(400, 'InvalidSignature', 'InvalidSignature', 'Invalid signature')
export const accessDenied = (message: string, httpStatus?: number) =>
  Object.assign(failure(403, 'AccessDenied', 'Unauthorized', message), { httpStatus })
export const rangeInvalid = () =>
  Object.assign(failure(416, 'InvalidRange', 'invalid_range', 'invalid range provided'), { httpStatus: 416 })
export const tooLarge = () =>
  failure(413, 'EntityTooLarge', 'Payload too large', 'The object exceeded the maximum allowed size')
export const mimeRefused = (type: string) =>
  failure(415, 'InvalidMimeType', 'invalid_mime_type', `mime type ${type} is not supported`)
export const bucketNotEmpty = () =>
  failure(409, 'ResourceNotEmpty', 'ResourceNotEmpty', 'The bucket you tried to delete is not empty')
export const routeMissing = (path: string) =>
  failure(404, 'NotFound', 'Not Found', `the local stack has no ${path}`)

/** What the database says about a row: a policy refused it, it is there already, its bucket is not. */
export function asStorageFailure(error: unknown): StorageFailure {
  if (error instanceof Error && 'label' in error) return error as StorageFailure
  if (error instanceof postgres.PostgresError) {
    if (error.code === '42501') {
      return failure(403, 'AccessDenied', 'Unauthorized', 'new row violates row-level security policy')
    }
    if (error.code === '23505')
      return failure(409, 'KeyAlreadyExists', 'Duplicate', 'The resource already exists')
    if (error.code === '23503') return bucketMissing()
    // NUL, which no text of the database holds.
    if (error.code === '22021' || error.code === '22P05') return requestInvalid('invalid byte in the request')
    return Object.assign(failure(500, 'DatabaseError', 'DatabaseError', 'Database error'), {
      detail: `${error.code}: ${error.message}`,
    })
  }
  return failure(500, 'InternalError', 'Internal', error instanceof Error ? error.message : String(error))
}

export function failureResponse({ status, code, label, message, httpStatus }: StorageFailure): Response {
  const body = { statusCode: String(status), code, error: label, message }
  return Response.json(body, { status: httpStatus ?? (status >= 500 ? 500 : 400) })
}
