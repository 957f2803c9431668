import { accessSync, constants } from 'node:fs'
import { chromium } from '@playwright/test'

const places = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  chromium.executablePath(),
]

const findChromium = () => places.find((path) => path && isProgram(path))

/** Runs before all tests: throws one clear word when there is no Chromium, which reading the settings alone does not need. */
export default function requireChromium(): void {
  const named = process.env.CHROMIUM_PATH
  if (named && !isProgram(named))
    throw new Error(`unable to start Chromium; CHROMIUM_PATH names no program: ${named}`)
  if (findChromium()) return
  throw new Error(
    'unable to find Chromium; install it (Debian and Ubuntu: apt-get install chromium; anywhere: ' +
      'npx playwright install chromium) or name yours in CHROMIUM_PATH',
  )
}

/** A headless Chromium that calls no server but ours. `more` are switches of its own. */
export function launchOptions(...more: string[]) {
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  // Root has no sandbox to be in.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return {
    executablePath: findChromium() ?? chromium.executablePath(),
    args: [...quiet, ...sandbox, ...more],
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
