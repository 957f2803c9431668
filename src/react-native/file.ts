import { refusal } from '../core/error.ts'

const operation = 'readNativeFile'

/**
 * Reads a file of the device, as pickers and the camera name it, into bytes that `uploadAttachment` and `setAvatar` take. It uses
 * `XMLHttpRequest`, because `fetch` of React Native does not read `content://` addresses of Android and its `Blob` gives no bytes.
 *
 * @param uri - `file://…`, `content://…` or `ph://…`.
 * @returns The file's bytes.
 * @throws `invalid_input` with field `uri` when there is no such file, when the app may not read it, or when it is empty.
 * @example
 * ```ts
 * import { readNativeFile } from 'tertulia/react-native'
 *
 * // const [asset] = (await ImagePicker.launchImageLibraryAsync()).assets
 * const bytes = await readNativeFile(asset.uri)
 * const attachment = await tertulia.chat.uploadAttachment(group.id, bytes, { name: asset.fileName, type: asset.mimeType })
 * ```
 */
export function readNativeFile(uri: string): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string) =>
      reject(
        refusal('invalid_input', operation, `uri: ${why}`, {
          field: 'uri',
          hint: 'Pass the uri that the picker returned, and ask for the right to read it.',
        }),
      )
    const request = new XMLHttpRequest()
    request.responseType = 'arraybuffer'
    request.onload = () => {
      const bytes: ArrayBuffer | null = request.response
      // Files have the status 0.
      if (request.status >= 400 || !bytes) refuse('there is no such file')
      else if (bytes.byteLength === 0) refuse('the file is empty')
      else resolve(bytes)
    }
    request.onerror = () => refuse('it cannot be read')
    request.ontimeout = request.onerror
    try {
      request.open('GET', uri)
      request.send()
    } catch {
      refuse('it cannot be read')
    }
  })
}
