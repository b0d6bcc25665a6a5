/** An instant as the service writes it: seven decimals and an explicit offset. */
export function serviceTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}0000+00:00`
}

/** An instant as ARM writes it in a workspace. */
export function armTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}0000Z`
}

/** An instant as the routing header has it: `20221003T235946Z`. */
export function compactTime(ms: number): string {
  return secondOf(ms).compact
}

/** An instant as the Date header has it. */
export function httpTime(ms: number): string {
  return secondOf(ms).http
}

interface Second {
  readonly number: number
  readonly compact: string
  readonly http: string
}

let last: Second | undefined

/** All that is answered within one second has the same. */
function secondOf(ms: number): Second {
  const number = Math.floor(ms / 1000)
  if (last?.number === number) return last
  const date = new Date(ms)
  const compact = `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  last = { number, compact, http: date.toUTCString() }
  return last
}

const DURATION = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/

/** Milliseconds of an ISO 8601 duration of hours, minutes and seconds; undefined when it is none. */
export function durationMs(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined
  const match = DURATION.exec(text)
  if (match === null || text === 'PT') return undefined
  const [, hours = '0', minutes = '0', seconds = '0'] = match
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}
