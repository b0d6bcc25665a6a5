import type { Row } from '../grafana.ts'
import { one, panel, quantiles, T } from './parts.ts'

const MOVING = '{target=~"$target",phase!~"idle|rolled_back"}'

/** The rows of the fleet page that speak of rollouts, and the four numbers of DORA. */
export const FLEET_ROLLOUT_ROWS: readonly Row[] = [
  {
    title: 'Rollouts',
    panels: [
      panel(
        'stat',
        'In progress',
        'short',
        'Endpoints on their way to another revision, or back.',
        one(`sum by (target) (verdigris_rollout_phase${MOVING})`, '{{target}}'),
        6,
      ),
      panel(
        'stat',
        'Approvals waiting, the oldest',
        's',
        'Empty when nothing waits for somebody.',
        one(
          `max by (target) (time() - verdigris_approval_pending_since_timestamp_seconds${T})`,
          '{{target}}',
        ),
        6,
      ),
      panel(
        'stat',
        'One write from the way back',
        'percentunit',
        'Share of endpoints with a rollout that could be back at once.',
        one(`avg by (target) (verdigris_rollback_ready${T})`, '{{target}}'),
        6,
      ),
      panel(
        'stat',
        'Ended in a day',
        'short',
        'By result.',
        one(
          `sum by (result) (increase(verdigris_rollouts_total{target=~"$target"}[1d]))`,
          '{{result}}',
        ),
        6,
      ),
      panel(
        'table',
        'On their way',
        'short',
        'Phase of each rollout in progress.',
        one(`verdigris_rollout_phase${MOVING} == 1`),
        12,
      ),
      panel(
        'bargauge',
        'Traffic on candidates',
        'percentunit',
        'As Azure holds it.',
        one(
          `verdigris_traffic_weight_ratio{target=~"$target",role="candidate",source="configured"}`,
          '{{target}} {{endpoint}}',
        ),
        12,
      ),
      panel(
        'timeseries',
        'Duration of rollouts',
        's',
        'From the first write to the last.',
        quantiles('verdigris_rollout_duration_seconds', 'result'),
        6,
      ),
      panel(
        'timeseries',
        'Of that, progress',
        's',
        'Without waits for somebody, for data or for quota.',
        quantiles('verdigris_rollout_progress_duration_seconds', 'result'),
        6,
      ),
      panel(
        'timeseries',
        'Of that, waits',
        's',
        'By reason.',
        quantiles('verdigris_rollout_wait_duration_seconds', 'reason'),
        6,
      ),
      panel(
        'timeseries',
        'Duration of rollbacks',
        's',
        'From the decision until all traffic was seen on the stable revision.',
        quantiles('verdigris_rollback_duration_seconds', 'trigger'),
        6,
      ),
    ],
  },
  {
    title: 'Delivery',
    panels: [
      panel(
        'stat',
        'Promotions a day',
        'short',
        'Deployment frequency.',
        one(`verdigris:deployment_frequency:1d${T}`, '{{target}}'),
        6,
      ),
      panel(
        'stat',
        'Failed changes',
        'percentunit',
        'Share of rollouts that were taken back, in 30 days.',
        one(`verdigris:change_failure_ratio:30d${T}`, '{{target}}'),
        6,
      ),
      panel(
        'stat',
        'Time to restore',
        's',
        'Median of 30 days, over all Applications.',
        one('verdigris:time_to_restore_seconds:p50_30d'),
        6,
      ),
      panel(
        'stat',
        'Lead time of changes',
        's',
        'Median from commit to live, in 30 days.',
        one(`verdigris:change_lead_time_seconds:p50_30d${T}`, '{{target}}'),
        6,
      ),
      panel(
        'timeseries',
        'Analyses',
        'short',
        'Judged rollouts that ended, an hour, by verdict.',
        one(
          `sum by (verdict) (rate(verdigris_analysis_runs_total{target=~"$target"}[1h])) * 3600`,
          '{{verdict}}',
        ),
        12,
      ),
      panel(
        'timeseries',
        'Lead time, as it goes',
        's',
        'From the commit to the tick that saw it live.',
        quantiles('verdigris_change_lead_time_seconds', 'target'),
        12,
      ),
    ],
  },
]
