/**
 * Every code that a {@link TertuliaError} can carry. `retryable` says whether the same call may succeed later without
 * anybody changing anything; `hint` is what to do when the failure itself brings no better word.
 */
export const errorCodes = {
  // The caller
  invalid_input: { retryable: false, hint: 'Correct the named field.' },
  invalid_cursor: { retryable: false, hint: 'Pass a cursor back unchanged, to the call that gave it.' },
  not_signed_in: { retryable: false, hint: 'Sign in and call again.' },
  session_expired: { retryable: false, hint: 'Refresh the session or sign in again.' },
  unsupported_identity: { retryable: false, hint: "The token's sub claim must be a UUID." },
  account_not_found: { retryable: false, hint: 'Sign in again.' },
  forbidden: { retryable: false, hint: 'The signed-in person may not do this.' },
  profile_not_found: { retryable: false, hint: 'Check the id.' },
  conversation_not_found: { retryable: false, hint: 'Check the id, or open the conversation first.' },
  song_not_found: { retryable: false, hint: 'Check the id.' },
  account_in_use: { retryable: false, hint: 'Remove what refers to the account first.' },
  handle_taken: { retryable: false, hint: 'Choose another handle.' },
  message_id_taken: { retryable: false, hint: 'Make a new UUID for each message.' },
  content_too_long: { retryable: false, hint: 'Shorten the text.' },
  closed: { retryable: false, hint: 'Open it again.' },
  // The project
  invalid_key: { retryable: false, hint: "Use the project's publishable key." },
  insecure_url: { retryable: false, hint: 'Use https; plain http is for localhost.' },
  schema_outdated: {
    retryable: false,
    hint: 'Run "npx tertulia upgrade" and push the migrations ("npx tertulia doctor" says what is missing).',
  },
  schema_conflict: { retryable: false, hint: 'Rename the tables that stand in the way.' },
  // The way there
  unreachable: { retryable: true, hint: 'Check the URL and the network.' },
  timeout: { retryable: true, hint: 'Try again; for writes with the same id.' },
  aborted: { retryable: false, hint: 'The signal that was passed in aborted the call.' },
  rate_limited: { retryable: true, hint: 'Wait for retryAfterMs.' },
  unavailable: { retryable: true, hint: 'Try again shortly.' },
  conflict: { retryable: true, hint: 'Two changes met; try again.' },
  invalid_answer: {
    retryable: false,
    hint: 'Check that the URL is a Supabase project and the versions fit.',
  },
  unknown: { retryable: false, hint: 'See the cause.' },
} as const satisfies Record<string, { retryable: boolean; hint: string }>

/** A stable error code; switch on it. */
export type ErrorCode = keyof typeof errorCodes
