/** Hints for the codes that this library raises. The database sends a hint with each code that it raises. */
export const hints = {
  /** An argument, a field or an option is not as documented, or does not exist; `field` names it. */
  invalid_input: 'Correct the named field.',
  invalid_cursor: 'Pass cursors back unchanged.',
  not_signed_in: 'Sign in and call again.',
  session_expired: 'Sign in again.',
  unsupported_identity: 'Use a token whose sub claim is a UUID.',
  forbidden: 'Sign in as a user who may.',
  profile_not_found: 'Check the id.',
  song_not_found: 'Check the id.',
  conversation_not_found: 'Check the id.',
  attachment_not_found: 'Check the path.',
  link_not_found: 'Ask for another link.',
  version_conflict: 'Merge and save again.',
  closed: 'Open it again.',
  invalid_key: "Use the project's publishable key.",
  insecure_url: 'Use https or allowInsecureUrl.',
  missing_feature: 'Import a polyfill before supabase-js.',
  schema_outdated: 'Run "npx tertulia upgrade" and push the migrations.',
  unreachable: 'Check the URL and the network.',
  timeout: 'Try again with the same id.',
  aborted: 'Call again with a new signal.',
  rate_limited: 'Wait for retryAfterMs.',
  unavailable: 'Try again shortly.',
  conflict: 'Two changes met; try again.',
  invalid_answer: 'Check the URL and the versions.',
  unknown: 'See the cause.',
} as const

/**
 * Every code that a `TertuliaError` can have, each with a default hint. A database newer than this package may raise a code that is not
 * here yet.
 */
export const errorCodes = /* @__PURE__ */ Object.assign({}, hints, {
  account_not_found: 'Sign in again.',
  message_not_found: 'Check the id.',
  report_not_found: 'Check the id.',
  share_not_found: 'List the shares again.',
  transfer_not_found: 'List the transfers again.',
  setlist_not_found: 'Check the id.',
  entry_not_found: 'Get the setlist again.',
  too_many_entries: 'Remove some first.',
  version_not_found: 'List the versions.',
  account_in_use: 'Remove what refers to the account first.',
  handle_taken: 'Choose another handle.',
  message_id_taken: 'Make a new UUID for each message.',
  conversion_not_found: 'Record the conversion first.',
  review_not_found: 'Check the id.',
  review_exists: 'Remove that review first.',
  review_answered: 'List the reviews again.',
  group_id_taken: 'Make a new UUID for each group.',
  blocked: 'Unblock the user or choose another.',
  banned: 'Take the ban back first.',
  request_needed: 'Send a request first.',
  request_not_found: 'List the requests again.',
  last_owner: 'Make another user an owner first.',
  group_full: 'Make another group.',
  circle_not_found: 'Check the id.',
  circle_full: 'Ask an owner to make room.',
  too_many_circles: 'Leave one first.',
  too_many_invitations: 'Revoke one first.',
  invitation_not_found: 'Ask for another invitation.',
  invitation_expired: 'Ask for another invitation.',
  invitation_used: 'Ask for another invitation.',
  wrong_address: 'Sign in with the invited address.',
  comment_not_found: 'Check the id.',
  too_many_comments: 'Remove some first.',
  too_late: 'Send another message.',
  too_many_files: 'Send or remove some first.',
  too_many_pins: 'Unpin another message first.',
  too_many_reactions: 'Choose an emoji that is there already.',
  content_too_long: 'Shorten the text.',
  schema_conflict: 'Rename those tables.',
} as const)

/** A stable error code; switch on it. */
export type ErrorCode = keyof typeof errorCodes

/** A code as the database raised it. */
export const readCode = (code: unknown): ErrorCode =>
  typeof code === 'string' && /^[a-z_]+$/.test(code) ? (code as ErrorCode) : 'unknown'

/** Codes after which the same call may succeed later without anybody changing anything. */
export const retryableCodes: readonly ErrorCode[] = [
  'unreachable',
  'timeout',
  'rate_limited',
  'unavailable',
  'conflict',
]
