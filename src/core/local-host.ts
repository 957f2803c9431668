/** Whether a host is this machine (or, seen from Android's emulator, the one it runs on): plain http is fine there. */
export function isLocalHost(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\]|10\.0\.2\.2|.*\.localhost)$/.test(hostname)
}
