import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from './project.ts'

// As React Native builds: Metro bundles, Hermes compiles.

export const metroPackages = [
  'react-native',
  '@react-native/metro-config',
  '@react-native/babel-preset',
  '@babel/core',
  'metro',
  'hermes-compiler',
  'react',
]

export const metroFiles = {
  'metro.config.js': `const { getDefaultConfig, mergeConfig } = require('@react-native/metro-config')
module.exports = mergeConfig(getDefaultConfig(__dirname), {})
`,
  'babel.config.js': `module.exports = { presets: ['module:@react-native/babel-preset'] }\n`,
}

const compilers: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'linux64-bin/hermesc',
  darwin: 'osx-bin/hermesc',
  win32: 'win64-bin/hermesc.exe',
}

/** Bundles a file and compiles the bundle, which must have a name in it. */
export async function runMetro({ folder, run }: Project, entry: string, must: string): Promise<string> {
  const out = 'out.js'
  await run('metro', ['build', entry, '--platform', 'android', '--dev', 'false', '--out', out])
  const text = await readFile(join(folder, out), 'utf8')
  if (!text.includes(must)) throw new Error(`${must} is not in the bundle`)
  const hermesc = join(folder, 'node_modules/hermes-compiler/hermesc', compilers[process.platform] ?? '')
  await run(hermesc, ['-emit-binary', '-out', 'out.hbc', '-w', out])
  return `${Math.round(text.length / 1024)} KiB of JavaScript`
}
