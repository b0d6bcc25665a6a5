/** A recording rule with a story and what it gives in it. */
export interface Recording {
  readonly record: string
  readonly expr: string
  readonly series: Readonly<Record<string, string>>
  readonly at: string
  readonly gives: readonly { readonly labels: string; readonly value: number }[]
}

const ENDED = (result: string) =>
  `verdigris_rollouts_total{target="fraud-prod",strategy="canary",result="${result}"}`
const FAILED = 'aborted|rolled_back|fast_rolled_back'

/** DORA's four numbers (METRICS 2.2), from rollouts that ended. */
export const RECORDINGS: readonly Recording[] = [
  {
    record: 'verdigris:deployment_frequency:1d',
    expr: 'sum by (target) (increase(verdigris_rollouts_total{result=~"promoted|fast_promoted"}[1d]))',
    series: { [ENDED('promoted')]: '0+1x1440', [ENDED('aborted')]: '0+1x1440' },
    at: '1440m',
    gives: [{ labels: '{target="fraud-prod"}', value: 1440 }],
  },
  {
    record: 'verdigris:change_failure_ratio:30d',
    expr: `sum by (target) (increase(verdigris_rollouts_total{result=~"${FAILED}"}[30d])) / (sum by (target) (increase(verdigris_rollouts_total[30d])) > 0)`,
    series: {
      [ENDED('promoted')]: '0+3x120',
      [ENDED('aborted')]: '0+1x120',
      'verdigris_rollouts_total{target="quiet-prod",strategy="canary",result="promoted"}': '5x120',
    },
    at: '2h',
    gives: [{ labels: '{target="fraud-prod"}', value: 0.25 }],
  },
  {
    record: 'verdigris:time_to_restore_seconds:p50_30d',
    expr: 'histogram_quantile(0.5, sum by (le) (increase(verdigris_rollback_duration_seconds_bucket[30d])))',
    series: {
      'verdigris_rollback_duration_seconds_bucket{trigger="analysis",le="15"}': '0x120',
      'verdigris_rollback_duration_seconds_bucket{trigger="analysis",le="30"}': '0+1x120',
      'verdigris_rollback_duration_seconds_bucket{trigger="analysis",le="+Inf"}': '0+1x120',
    },
    at: '2h',
    gives: [{ labels: '{}', value: 22.5 }],
  },
  {
    record: 'verdigris:change_lead_time_seconds:p50_30d',
    expr: 'histogram_quantile(0.5, sum by (target, le) (increase(verdigris_change_lead_time_seconds_bucket[30d])))',
    series: {
      'verdigris_change_lead_time_seconds_bucket{target="fraud-prod",le="60"}': '0x120',
      'verdigris_change_lead_time_seconds_bucket{target="fraud-prod",le="300"}': '0+1x120',
      'verdigris_change_lead_time_seconds_bucket{target="fraud-prod",le="+Inf"}': '0+1x120',
    },
    at: '2h',
    gives: [{ labels: '{target="fraud-prod"}', value: 180 }],
  },
]
