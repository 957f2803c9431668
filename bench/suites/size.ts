import { execFileSync } from 'node:child_process'
import { type Measure, measure } from '../measure.ts'

/** What a front end loads, minified and gzipped, without supabase-js; as `npm run check:size` guards it. */
export async function run(): Promise<Measure[]> {
  execFileSync('npm', ['run', '--silent', 'build:js'], { shell: process.platform === 'win32' })
  const output = execFileSync('size-limit', ['--json'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const sizes = JSON.parse(output) as { name: string; size: number; sizeLimit: number }[]
  return sizes.map(({ name, size, sizeLimit }) => measure(name, size / 1024, 'KiB', ['<=', sizeLimit / 1024]))
}
