import { fork, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { isAlive } from '../../src/processes.ts'
import { folder, project } from '../support/folders.ts'
import { cli, command } from '../support/processes.ts'
import { query } from '../support/sql.ts'

const free = ['--port', '0', '--db-port', '0']

describe('start', () => {
  it('finds a relative --workdir also in the background', async () => {
    const cwd = await project()
    const [parent, name] = [dirname(cwd), basename(cwd)]
    onTestFinished(async () => {
      await command(parent, 'stop', '--workdir', name).ended
    })
    const started = await command(parent, 'start', '--workdir', name, '--detach', ...free).ended
    expect(started, started.stdout + started.stderr).toMatchObject({ code: 0 })
    expect(await command(parent, 'status', '--workdir', name).ended).toMatchObject({ code: 0 })
  })

  it('names settings that it does not follow, and makes the buckets of config.toml', async () => {
    const cwd = await project()
    onTestFinished(async () => {
      await command(cwd, 'stop').ended
    })
    const file = join(cwd, 'supabase', 'config.toml')
    const settings = '\n[auth.hook.send_email]\nenabled = true\n[storage.buckets.pictures]\npublic = true\n'
    await writeFile(file, (await readFile(file, 'utf8')) + settings)
    const { stdout } = await command(cwd, 'start', '--detach', ...free).ended
    expect(stdout).toContain('config.toml: auth.hook.send_email.enabled is not followed here')
    const { stdout: status } = await command(cwd, 'status', '-o', 'json').ended
    const { DB_URL: url } = JSON.parse(status) as { DB_URL: string }
    expect(await query(url, `select public from storage.buckets where id = 'pictures'`)).toEqual([
      { public: true },
    ])
  })

  it.skipIf(process.platform !== 'linux')('says what to do in a folder that cannot be written', async () => {
    const outcome = await command('/', 'start', '--workdir', '/sys/kernel').ended
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/unable to write to \/sys\/kernel\/.tertulia-local; .*\n {2}.*writable/),
    })
  })

  it('attached, ends in order when the program that started it is killed', async () => {
    const cwd = await folder()
    // A program in between, as the demo is, that starts the stack and is killed.
    const script = `
      const child = require('node:child_process').fork(${JSON.stringify(cli)}, ['start', '--attached', '--ephemeral', '--port', '0', '--db-port', '0'])
      child.on('message', (message) => message.ready && process.send(child.pid))
    `
    const file = join(cwd, 'demo.cjs')
    await writeFile(file, script)
    const demo = fork(file, { cwd, stdio: 'ignore' })
    const pid = await new Promise<number>((resolve) =>
      demo.once('message', (message) => resolve(Number(message))),
    )
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    })
    expect(isAlive(pid)).toBe(true)
    demo.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 20_000)
    expect(await command(cwd, 'status').ended).toMatchObject({ code: 1 })
  })

  const small = '/tmp/tertulia-local-small'
  const mounts = process.getuid?.() === 0 && process.platform === 'linux'
  it.skipIf(!mounts)('says that the disk is full', async ({ skip }) => {
    const run = (program: string, ...args: string[]) =>
      new Promise((resolve) => spawn(program, args, { stdio: 'ignore' }).once('close', resolve))
    await run('mkdir', '-p', small)
    if ((await run('mount', '-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', small)) !== 0) skip()
    onTestFinished(async () => {
      await run('umount', small)
    })
    const cwd = await folder()
    const { child, output, ended } = command(cwd, 'start', '--data-dir', join(small, 'data'), ...free)
    onTestFinished(async () => {
      child.kill('SIGINT')
      await ended
    })
    await vi.waitFor(() => expect(output()).toMatch(/Ready in|full|unable/), 30_000)
    const [, url = ''] = /(postgresql:\/\/\S+)/.exec(output()) ?? []
    // The server ends in the middle of it.
    query(
      url,
      `create table public.much as select repeat(md5(n::text), 30) from generate_series(1, 100000) n`,
    ).catch(() => undefined)
    await vi.waitFor(() => expect(output()).toContain('The disk is full'), 10_000)
  })
})
