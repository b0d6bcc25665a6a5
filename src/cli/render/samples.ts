import type { CountersShown, Sampled, Samples, ValueShown } from '../../core/report/samples.ts'
import type { Style } from './style.ts'

/** Rows of one check: JSON has all that are kept. */
const MOST_ROWS = 30

/** The numbers behind the verdicts of a rollout: for each check the query, its time, and what was counted from row to row. */
export function samplesText(
  { deployment, revision, at, items }: Samples,
  style: Style,
): readonly string[] {
  if (items.length === 0)
    return [
      '  No numbers are known: nothing was judged yet, or by a controller that has another data directory (--url).',
    ]
  return [
    `  ${style.bold('samples')} of ${deployment} (${revision}), as judged at ${at}`,
    ...items.flatMap((one) => sampledLines(one, style)),
  ]
}

function sampledLines(one: Sampled, style: Style): readonly string[] {
  const { name, outcome, reason, query, left } = one
  const rows = [...counterRows(one), ...(one.values ?? []).map(valueRow)]
  const over = Math.max(0, rows.length - MOST_ROWS)
  return [
    `  ${name}  ${outcome} (${reason})`,
    ...(query === undefined ? [] : query.split('\\n').map((line) => `    ${style.dim(line)}`)),
    ...timeLines(one, style),
    ...(left === 0
      ? []
      : [`    ${left} found no room; what they counted is in the row after them`]),
    ...(over === 0 ? [] : [`    ${over} earlier rows are in --output json`]),
    ...rows.slice(over).map((row) => `    ${row}`),
  ]
}

function timeLines({ from, to, windowMs }: Sampled, style: Style): readonly string[] {
  if (from === undefined || to === undefined) return []
  const each = windowMs === undefined ? '' : `, samples each ${windowMs / 1000} s`
  return [style.dim(`    ${from === to ? `at ${to}` : `from ${from} to ${to}`}${each}`)]
}

function counterRows({ stable, candidate, boundsMs }: Sampled): readonly string[] {
  const sides = { stable, candidate }
  const rows = new Map<string, string[]>()
  for (const [name, counters] of Object.entries(sides)) {
    for (const [at, text] of grown(counters, boundsMs))
      rows.set(at, [...(rows.get(at) ?? []), `${name} ${text}`])
  }
  const instants = [...rows.keys()].toSorted()
  return instants.map((at) => `${at}  ${(rows.get(at) ?? []).join('; ')}`)
}

/** What a side counted since the sample before, by instant. */
function grown(
  counters: CountersShown | undefined,
  boundsMs: readonly number[] | undefined,
): readonly (readonly [at: string, text: string])[] {
  if (counters === undefined) return []
  const { at, requests, errors, within } = counters
  const since = (column: readonly number[], place: number): number =>
    Number(((column[place] ?? 0) - (column[place - 1] ?? 0)).toPrecision(12))
  return at.flatMap((instant, place) => {
    if (place === 0) return []
    const all = since(requests, place)
    if (all < 0) return [[instant, 'began to count anew'] as const]
    const slow = (boundsMs ?? []).map((bound, index) => {
      const quick = since(within?.[index] ?? [], place)
      return `${all - quick} over ${bound} ms`
    })
    const bad = slow.length > 0 ? slow : [`${since(errors, place)} failed`]
    return [[instant, [`${all} requests`, ...bad].join(', ')] as const]
  })
}

function valueRow({ at, value, requests, missed }: ValueShown): string {
  const seen = requests === undefined ? '' : ` of ${requests} requests`
  return `${at}  ${value}${seen}${missed === true ? '  missed' : ''}`
}
