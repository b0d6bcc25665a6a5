const ISO = /^P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,10}(?:\.\d{1,9})?)S)?)?$/

/** Takes milliseconds, gives ISO 8601 as the CLI writes it: 3000 is PT3S, 500 is PT0.5S, 180000 is PT3M. */
export function isoOf(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = (ms % 60_000) / 1000
  const parts = [
    hours > 0 ? `${hours}H` : '',
    minutes > 0 ? `${minutes}M` : '',
    seconds > 0 ? `${seconds}S` : '',
  ].join('')
  return parts === '' ? 'PT0S' : `PT${parts}`
}

/** Takes an ISO 8601 duration of days and less, gives milliseconds; undefined when it is none. */
export function msOf(iso: string): number | undefined {
  const match = ISO.exec(iso)
  if (match === null || iso === 'P' || iso.endsWith('T')) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((n) => Number(n ?? 0))
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}
