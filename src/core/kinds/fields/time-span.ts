const UNITS_MS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const SPAN = /^(?:\d{1,6}(?:ms|s|m|h|d)){1,5}$/

/** Takes `60s`, `5m`, `1h30m`; gives milliseconds, or undefined for anything else (signs, fractions, nanoseconds). */
export function spanMs(text: string): number | undefined {
  if (!SPAN.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d{1,6})(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0)
  }
  return total
}
