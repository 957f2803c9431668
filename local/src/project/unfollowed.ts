import type { TomlValue } from './toml.ts'

type Settings = Record<string, TomlValue>

const HOOK_ENABLED = 'auth.hook.custom_access_token.enabled'
const HOOK_URI = 'auth.hook.custom_access_token.uri'

/** What does nothing here, and the value at which nothing is missed. */
const UNFOLLOWED: [setting: RegExp, missed: (value: TomlValue, all: Settings) => boolean][] = [
  [/^(api|auth|realtime|storage)\.enabled$/, (value) => value === false],
  [/^auth\.enable_manual_linking$/, isTrue],
  [/^auth\.(external|third_party|web3)\.\w+\.enabled$/, isTrue],
  [/^auth\.hook\.(?!custom_access_token\.)\w+\.enabled$/, isTrue],
  [/^auth\.hook\.custom_access_token\.enabled$/, (value, all) => value === true && !all[HOOK_URI]],
  [
    /^auth\.hook\.custom_access_token\.uri$/,
    (value, all) => value !== '' && all[HOOK_ENABLED] === true && !functionOf(value),
  ],
  [/^auth\.sms\.(enable_signup|enable_confirmations)$/, isTrue],
  [/^auth\.mfa\.(?!totp\.)\w+\.(enroll|verify)_enabled$/, isTrue],
  [/^auth\.(captcha|email\.smtp|oauth_server)\.enabled$/, isTrue],
  [/^auth\.(password_requirements|jwt_issuer)$/, (value) => value !== ''],
  [/^auth\.sessions\.\w+$/, () => true],
  [/^db\.pooler\.enabled$/, isTrue],
  [/^db\.major_version$/, (value) => value !== 17],
  [/^db\.migrations\.schema_paths$/, (value) => Array.isArray(value) && value.length > 0],
  [/^storage\.(image_transformation|s3_protocol|analytics|vector)\.enabled$/, isTrue],
  [/^storage\.buckets\..+\.objects_path$/, () => true],
  [/^functions\.[^.]+\.entrypoint$|^functions\.[^.]+\.enabled$/, (value) => value !== false],
]

/** `auth.hook.custom_access_token`, where it is on and names a function of the database. */
export function accessTokenHook(values: Settings) {
  return values[HOOK_ENABLED] === true ? functionOf(values[HOOK_URI]) : undefined
}

/** 'pg-functions://postgres/public/hook' */
function functionOf(uri: TomlValue | undefined) {
  const [, schema, name] = /^pg-functions:\/\/[^/]+\/([^/]+)\/([^/]+)$/.exec(String(uri)) ?? []
  return schema && name ? { schema, name } : undefined
}

function isTrue(value: TomlValue): boolean {
  return value === true
}

/** Settings of a `config.toml` that ask for something which this stack does not do. */
export function unfollowedSettings(values: Settings): string[] {
  return Object.entries(values)
    .filter(([setting, value]) =>
      UNFOLLOWED.some(([pattern, missed]) => pattern.test(setting) && missed(value, values)),
    )
    .map(([setting]) => setting)
}
