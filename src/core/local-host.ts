/**
 * Whether a host is this machine, or can be reached from a private network alone: a private address, a name without a dot (a
 * container), or a name that only a local network knows. Plain http is fine there.
 */
export const isLocalHost = (hostname: string) =>
  /^([^.:]+|(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))(\.\d+)+|\[(::1\]|f[cd]..:|fe[89ab].:).*|.+\.(local(host)?|internal|lan))$/.test(
    hostname,
  )
