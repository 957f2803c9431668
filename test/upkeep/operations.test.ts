import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/operations.md', 'utf8')

test('every migration says how to go back', () => {
  const silent = readdirSync('supabase/migrations').filter((file) => {
    const [head = ''] = readFileSync(`supabase/migrations/${file}`, 'utf8').split(/^begin;/m)
    return !/^-- Roll back: .{10}/m.test(head)
  })
  expect(silent).toEqual([])
})

test('the backup and the restore that are rehearsed are those of the page', () => {
  const script = readFileSync('scripts/rehearse-restore.ts', 'utf8')
  for (const name of ['backup', 'restore']) {
    expect(script).toContain(`commands('${name}')`)
    expect(page.match(new RegExp(`^\`\`\`sh ${name}$`, 'gm'))).toHaveLength(1)
  }
})

test('the page names every step of upkeep and every monitoring view there is', () => {
  const sql = readdirSync('supabase/migrations')
    .map((file) => readFileSync(`supabase/migrations/${file}`, 'utf8'))
    .join('\n')
  const inserts = [...sql.matchAll(/insert into private\.maintenance_steps[\s\S]*?;/g)].map(([text]) => text)
  const steps = inserts.flatMap((text) => [...text.matchAll(/\('(\w+)', \d+,/g)].map(([, name = '']) => name))
  const views = [...sql.matchAll(/create view public\.(monitoring_\w+)/g)].map(([, name = '']) => name)
  expect(steps.length).toBeGreaterThan(5)
  expect(views.length).toBeGreaterThan(5)
  expect([...steps, ...views].filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})
