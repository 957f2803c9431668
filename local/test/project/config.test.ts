import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytes, readConfig } from '../../src/project/config.ts'
import { readToml } from '../../src/project/toml.ts'
import { fixture, folder } from '../support/folders.ts'

describe('config.toml', () => {
  it('is followed where the stack has what it talks of', async () => {
    expect(await readConfig(fixture)).toEqual({
      api: {
        port: 54999,
        schemas: ['public'],
        extraSearchPath: ['public', 'extensions'],
        maxRows: 7,
        exposeNewTables: false,
      },
      db: { port: 54322, migrationsEnabled: true, seedEnabled: true, seedPaths: ['./seed*.sql'] },
      auth: {
        jwtExpiry: 1800,
        signingKeysPath: '',
        enableSignup: true,
        enableAnonymous: false,
        enableEmailSignup: true,
        enableConfirmations: false,
        doubleConfirmChanges: true,
        securePasswordChange: false,
        otpLength: 6,
        otpExpiry: 3600,
        maxFrequency: 0,
        templates: {},
        totpEnroll: false,
        totpVerify: false,
        minimumPasswordLength: 8,
        siteUrl: 'http://127.0.0.1:4000',
        additionalRedirectUrls: ['https://one.example', 'https://two.example'],
      },
      mail: { port: 54324 },
      storage: { fileSizeLimit: 2048, buckets: [] },
      unfollowed: [],
    })
  })

  it.each([
    ['enabled = true', ['enabled']],
    ['enabled = true\nuri = ""', ['enabled']],
    ['enabled = true\nuri = "https://example.com/hook"', ['uri']],
    ['enabled = true\nuri = "pg-functions://postgres/public"', ['uri']],
    ['enabled = true\nuri = "pg-functions://postgres/public/hook"', []],
    ['enabled = false\nuri = "https://example.com/hook"', []],
    ['enabled = false', []],
    ['uri = "https://example.com/hook"', []],
  ])('names a hook that is on and cannot run here: %j', async (settings, named) => {
    const workdir = await folder()
    await mkdir(join(workdir, 'supabase'))
    const text = `[auth.hook.custom_access_token]\n${settings}\n[auth.hook.send_sms]\nenabled = false\nuri = "https://example.com/sms"\n`
    await writeFile(join(workdir, 'supabase', 'config.toml'), text)
    const { unfollowed } = await readConfig(workdir)
    expect(unfollowed).toEqual(named.map((name) => `auth.hook.custom_access_token.${name}`))
  })

  it('is named setting by setting where the stack has nothing of it', async () => {
    const workdir = await folder()
    await mkdir(join(workdir, 'supabase'))
    await writeFile(
      join(workdir, 'supabase', 'config.toml'),
      `
      [db]
      major_version = 15
      [realtime]
      enabled = true
      [auth]
      enable_anonymous_sign_ins = true
      enable_manual_linking = true
      [auth.hook.custom_access_token]
      enabled = true
      uri = "pg-functions://postgres/public/hook"
      [auth.external.github]
      enabled = true
      [auth.external.apple]
      enabled = false
      [auth.mfa.phone]
      enroll_enabled = true
      [storage.buckets.images]
      public = true
      file_size_limit = "1MiB"
      allowed_mime_types = ["image/png"]
      objects_path = "./images"
      [storage.buckets."two words"]
      public = false
      `,
    )
    const config = await readConfig(workdir)
    expect(config.unfollowed).toEqual([
      'db.major_version',
      'auth.enable_manual_linking',
      'auth.external.github.enabled',
      'auth.mfa.phone.enroll_enabled',
      'storage.buckets.images.objects_path',
    ])
    expect(config.storage.buckets).toEqual([
      { id: 'images', public: true, fileSizeLimit: 1048576, allowedMimeTypes: ['image/png'] },
      { id: 'two words', public: false, fileSizeLimit: null, allowedMimeTypes: null },
    ])
  })

  it('reads the templates of mails, and names one that is missing', async () => {
    const workdir = await folder()
    await mkdir(join(workdir, 'supabase', 'templates'), { recursive: true })
    const write = (path: string) =>
      writeFile(
        join(workdir, 'supabase', 'config.toml'),
        `[inbucket]
        port = 5000
        [auth.email]
        max_frequency = "1m30s"
        [auth.email.template.invite]
        subject = "Come in"
        content_path = "${path}"`,
      )
    await writeFile(join(workdir, 'supabase', 'templates', 'invite.html'), '<p>{{ .Token }}</p>')
    await write('./supabase/templates/invite.html')
    expect(await readConfig(workdir)).toMatchObject({
      mail: { port: 5000 },
      auth: {
        maxFrequency: 90,
        templates: { invite: { subject: 'Come in', content: '<p>{{ .Token }}</p>' } },
      },
    })
    await write('./nowhere.html')
    await expect(readConfig(workdir)).rejects.toMatchObject({
      code: 'workdir_invalid',
      message: expect.stringContaining('./nowhere.html'),
    })
  })

  it('may be missing', async () => {
    const config = await readConfig(await folder())
    expect(config).toMatchObject({ api: { port: 54321, maxRows: 1000 }, db: { port: 54322 } })
  })

  it('reads sizes and the environment', () => {
    expect([bytes('50MiB'), bytes('1MB'), bytes('10KB'), bytes('7'), bytes('1 GiB')]).toEqual([
      52428800, 1000000, 10000, 7, 1073741824,
    ])
    process.env.TERTULIA_LOCAL_TEST = 'http://there.example'
    expect(readToml('[auth]\nsite_url = "env(TERTULIA_LOCAL_TEST)"')).toEqual({
      'auth.site_url': 'http://there.example',
    })
    delete process.env.TERTULIA_LOCAL_TEST
  })
})
