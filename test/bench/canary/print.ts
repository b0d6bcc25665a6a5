import type { Bar } from './bars.ts'
import type { Cell, Row } from './comparison-table.ts'

/** The results as Markdown, as they stand in docs/canary.md. */
export function barsTable(bars: readonly Bar[]): string {
  const lines = bars.map(barLine)
  return [
    '| id | what | value | 95 % interval | bar | |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

function barLine(bar: Bar): string {
  const { low, high, unit } = bar
  const isExact = low === undefined || high === undefined || low === high
  const interval = isExact ? '' : `${shown(low, unit)} – ${shown(high, unit)}`
  const sign = bar.holds === 'atLeast' ? '≥' : '≤'
  const line = bar.bar === undefined ? '' : `${sign} ${shown(bar.bar, unit)}`
  const cells = [bar.id, bar.title, shown(bar.value, unit), interval, line, metText(bar)]
  return `| ${cells.join(' | ')} |`
}

function metText({ bar, met }: Bar): string {
  if (!met) return '**missed**'
  return bar === undefined ? '' : 'met'
}

export function peersTableText(rows: readonly Row[]): string {
  const rules = rows[0]?.cells.map(({ rule }) => rule) ?? []
  const lines = rows.map(({ title, cells }) => `| ${[title, ...cells.map(cellText)].join(' | ')} |`)
  const header = `| aborted runs; mean candidate requests, failed ones | ${rules.join(' | ')} |`
  return [header, `|---|${'---|'.repeat(rules.length)}`, ...lines].join('\n')
}

function cellText({ runs, aborted, requests, failed }: Cell): string {
  if (runs === 0) return '–'
  if (requests === undefined || failed === undefined) return '0 %'
  const counts = [requests, failed].map((count) => Math.round(count).toLocaleString('en-US'))
  return `${shown(aborted, '%')}; ${counts.join(', ')}`
}

function shown(value: number, unit: Bar['unit']): string {
  if (unit === '%') return `${Number((value * 100).toFixed(value < 0.1 ? 3 : 2))} %`
  if (unit === 'x') return `${value.toFixed(3)} ×`
  if (unit === 's') return `${value.toFixed(0)} s`
  if (unit === 'requests') return Math.round(value).toLocaleString('en-US')
  if (unit === 'windows/s') return `${(value / 1e6).toFixed(1)} M/s`
  return String(Number(value.toPrecision(6)))
}
