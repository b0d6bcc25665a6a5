import { field, wrong } from './fields.ts'
import { spanMs } from './time-span.ts'

/** A time span such as `10m`, read as milliseconds, within bounds that are part of what a person is told. */
export function span(minMs: number, maxMs: number) {
  return field<number>({ type: 'string', examples: ['30s', '10m', '1h30m'] }, (value) => {
    const ms =
      value === 0 || value === '0' ? 0 : typeof value === 'string' ? spanMs(value) : undefined
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms
    const message = `must be a time span such as 30s, 10m or 1h30m, from ${textOf(minMs)} to ${textOf(maxMs)}`
    return wrong(message, 'InvalidDuration')
  })
}

function textOf(ms: number): string {
  if (ms % 86_400_000 === 0 && ms > 0) return `${ms / 86_400_000}d`
  if (ms % 3_600_000 === 0 && ms > 0) return `${ms / 3_600_000}h`
  return `${ms / 1000}s`
}
