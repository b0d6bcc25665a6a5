import { createMetrics } from '../../../src/adapters/telemetry/metrics.ts'
import type { Report } from '../../../src/core/model/report.ts'
import { START } from '../../support/report.ts'

export function metrics() {
  return createMetrics({ version: '0.1.0', commit: 'c0ffee', now: () => START })
}

/** `name{labels}` → value, for what follows the prefix. */
export async function seriesOf(subject: {
  render(): Promise<string>
}): Promise<Map<string, number>> {
  const lines = (await subject.render()).split('\n').filter((line) => /^[a-z]/.test(line))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at).replace('verdigris_', ''), Number(line.slice(at + 1))]
    }),
  )
}

/** The series that match after these reports. */
export async function shown(pattern: RegExp, ...reports: readonly Report[]) {
  const subject = metrics()
  for (const report of reports) subject.recordReport(report)
  const found = [...(await seriesOf(subject))].filter(([name]) => pattern.test(name))
  return Object.fromEntries(found)
}
