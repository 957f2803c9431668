/**
 * Whether a host is this machine, or can be reached from a private network alone: a private address (100.64.0.0/10 is Tailscale's too),
 * a name without a dot (a container), or a name that only a local network knows. Plain http is fine there.
 */
export const isLocalHost = (hostname: string) =>
  /^([^.:]+|(0|127|10|192\.168|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|172\.(1[6-9]|2\d|3[01]))(\.\d+)+|\[(::1?\]|f[cd]..:|fe[89ab].:).*|.+\.(local(host)?|internal|lan|test)\.?)$/.test(
    hostname,
  )
