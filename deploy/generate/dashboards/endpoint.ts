import type { Dashboard } from '../grafana.ts'
import { ENDPOINT, one, panel, quantiles, TARGET, TE } from './parts.ts'
import { ROLLOUT_ROWS } from './rollout-rows.ts'

export const ENDPOINT_PAGE: Dashboard = {
  uid: 'verdigris-endpoint',
  title: 'Verdigris / Endpoint and rollout',
  variables: [TARGET, ENDPOINT],
  rows: [
    {
      title: 'Traffic',
      panels: [
        panel(
          'timeseries',
          'Weights, as wanted and as Azure holds them',
          'percentunit',
          'Share of traffic by role. Wanted is for this moment of a move.',
          [
            ...one(weightOf('configured'), '{{endpoint}} {{role}}'),
            ...one(weightOf('desired'), '{{endpoint}} {{role}} wanted'),
          ],
          16,
        ),
        panel(
          'timeseries',
          'Mirrored',
          'percentunit',
          'Share of traffic that is copied to the candidate, as the rollout wants it.',
          one(`verdigris_mirror_weight_ratio${TE}`, '{{endpoint}}'),
        ),
        panel(
          'stat',
          'Sum of the weights',
          'percentunit',
          'Anything but 100 % means failing callers.',
          one(`verdigris_traffic_weight_sum_ratio${TE}`, '{{endpoint}}'),
        ),
        panel('table', 'State', 'short', 'Sync and health.', one(`verdigris_endpoint_info${TE}`)),
        panel(
          'bargauge',
          'Deployments',
          'short',
          'By their part in the traffic.',
          one(`verdigris_deployments${TE}`, '{{endpoint}} {{role}}'),
        ),
      ],
    },
    ...ROLLOUT_ROWS,
    {
      title: 'Operations',
      panels: [
        panel(
          'timeseries',
          'Duration of operations',
          's',
          'From acceptance by Azure to the tick that saw the end.',
          quantiles('verdigris_lro_duration_seconds', 'operation'),
          6,
        ),
        panel(
          'stat',
          'Oldest operation in progress',
          's',
          'Empty when there is none.',
          one('time() - verdigris_lro_oldest_start_timestamp_seconds', '{{operation}}'),
          6,
        ),
        panel(
          'timeseries',
          'Operations that are overdue',
          'short',
          'Azure is at work for longer than it ever took in this workspace, by half.',
          one(
            'sum by (target, kind) (verdigris_overdue_operations{target=~"$target"})',
            '{{target}} {{kind}}',
          ),
          6,
        ),
        panel(
          'timeseries',
          'Drift of the Application',
          'short',
          'Fields of endpoints and deployments that somebody else moved.',
          one(
            `sum by (target, kind) (verdigris_drifted_fields{target=~"$target",kind=~"OnlineEndpoint|OnlineDeployment"})`,
            '{{target}} {{kind}}',
          ),
          6,
        ),
      ],
    },
  ],
}

function weightOf(source: string): string {
  return `verdigris_traffic_weight_ratio{target=~"$target",endpoint=~"$endpoint",source="${source}"}`
}
