/**
 * A text that can be sent. PostgREST and PostgreSQL refuse half a surrogate pair and NUL without saying where they are; the
 * database judges everything else.
 */
export const wholeText = /^[^\0\ud800-\udfff]*$/u
