import type { Row } from '../grafana.ts'
import { one, panel, quantiles, RATE, TE } from './parts.ts'

const CANDIDATE = '{target=~"$target",endpoint=~"$endpoint",role="candidate"}'

/** The rows of the endpoint page that speak of its rollout (METRICS 2.3, dashboard 2). */
export const ROLLOUT_ROWS: readonly Row[] = [
  {
    title: 'Rollout',
    panels: [
      panel(
        'state-timeline',
        'Phase',
        'short',
        'The phase the rollout is in.',
        one(`verdigris_rollout_phase${TE} == 1`, '{{endpoint}} {{phase}}'),
        12,
      ),
      panel(
        'bargauge',
        'Steps passed',
        'percentunit',
        'Of all steps; empty when there is no rollout.',
        one(`verdigris_rollout_step${TE} / verdigris_rollout_steps${TE}`, '{{endpoint}}'),
        6,
      ),
      panel(
        'stat',
        'Time in this phase',
        's',
        'Since the phase or the step began.',
        one(`time() - verdigris_rollout_phase_start_timestamp_seconds${TE}`, '{{endpoint}}'),
        6,
      ),
      panel(
        'stat',
        'The way back is one write',
        'short',
        '1 while it is.',
        one(`verdigris_rollback_ready${TE}`, '{{endpoint}}'),
        6,
      ),
      panel(
        'stat',
        'Until the deadline',
        's',
        'Then it is taken back; empty when there is no rollout.',
        one(`verdigris_rollout_deadline_timestamp_seconds${TE} - time()`, '{{endpoint}}'),
        6,
      ),
      panel(
        'table',
        'Revisions',
        'short',
        'Which deployment has which part, and the model it runs.',
        one(`verdigris_rollout_info${TE}`),
        12,
      ),
    ],
  },
  {
    title: 'Evidence',
    panels: [
      panel(
        'timeseries',
        'Evidence of a regression',
        'short',
        'Log e-values against the line at which the rollout is aborted.',
        [
          ...one(`verdigris_analysis_log_evidence${TE}`, '{{endpoint}} {{metric}}'),
          ...one(lineOf('fail'), '{{endpoint}} abort'),
        ],
        12,
        true,
      ),
      panel(
        'timeseries',
        'Evidence of being no worse',
        'short',
        'Log e-values against the line at which it may go on.',
        [
          ...one(`verdigris_analysis_log_pass_evidence${TE}`, '{{endpoint}} {{metric}}'),
          ...one(lineOf('pass'), '{{endpoint}} go on'),
        ],
        12,
        true,
      ),
      panel(
        'timeseries',
        'Metrics, candidate against stable',
        'short',
        'Ratio of failed or slow requests, or the number of a threshold.',
        one(`verdigris_analysis_metric_value${TE}`, '{{endpoint}} {{metric}} {{role}}'),
      ),
      panel(
        'timeseries',
        'Requests that count',
        'short',
        'What the verdicts rest on.',
        one(`verdigris_analysis_samples${TE}`, '{{endpoint}} {{metric}} {{role}}'),
      ),
      panel(
        'stat',
        'Requests of the candidate',
        'short',
        'By metric.',
        one(`verdigris_analysis_samples${CANDIDATE}`, '{{endpoint}} {{metric}}'),
      ),
      panel(
        'stat',
        'Dry runs',
        'short',
        'Metrics that decide nothing.',
        one(`verdigris_analysis_dry_run${TE}`, '{{endpoint}} {{metric}}'),
      ),
    ],
  },
  {
    title: 'Metric providers',
    panels: [
      panel('timeseries', 'Looks', 'ops', 'By provider and what they said.', [
        ...one(
          `sum by (provider, verdict) (rate(verdigris_analysis_measurements_total${RATE}))`,
          '{{provider}} {{verdict}}',
        ),
        ...one(
          `sum by (provider, verdict) (rate(verdigris_analysis_dry_run_measurements_total${RATE}))`,
          '{{provider}} {{verdict}} (dry run)',
        ),
      ]),
      panel(
        'timeseries',
        'Golden requests',
        'short',
        'Sent to new revisions before any traffic, an hour, by how they were answered.',
        one(
          `sum by (result) (rate(verdigris_golden_requests_total{target=~"$target"}[1h])) * 3600`,
          '{{result}}',
        ),
      ),
      panel(
        'timeseries',
        'Probes',
        'short',
        'Requests a minute that analysis steps sent to their endpoints, by how they were answered.',
        one(
          `sum by (result) (rate(verdigris_probe_requests_total{target=~"$target"}[5m])) * 60`,
          '{{result}}',
        ),
      ),
      panel(
        'timeseries',
        'Time to answer',
        's',
        'By provider.',
        quantiles('verdigris_analysis_query_duration_seconds', 'provider'),
      ),
      panel(
        'timeseries',
        'Providers that could not be asked',
        'ops',
        'By reason.',
        one(
          `sum by (provider, reason) (rate(verdigris_analysis_provider_errors_total${RATE}))`,
          '{{provider}} {{reason}}',
        ),
      ),
    ],
  },
]

function lineOf(verdict: string): string {
  return `verdigris_analysis_decision_line{target=~"$target",endpoint=~"$endpoint",verdict="${verdict}"}`
}
