import type { Dashboard } from '../grafana.ts'
import { ENDPOINT, one, panel, quantiles, TARGET, TE } from './parts.ts'

export const ENDPOINT_PAGE: Dashboard = {
  uid: 'verdigris-endpoint',
  title: 'Verdigris / Endpoint',
  variables: [TARGET, ENDPOINT],
  rows: [
    {
      title: 'Traffic',
      panels: [
        panel(
          'timeseries',
          'Weights Azure holds',
          'percentunit',
          'Share of traffic by role.',
          one(
            `verdigris_traffic_weight_ratio{target=~"$target",endpoint=~"$endpoint",source="configured"}`,
            '{{endpoint}} {{role}}',
          ),
          12,
        ),
        panel(
          'timeseries',
          'Weights Git wants',
          'percentunit',
          'Share of traffic by role, for this moment of a move.',
          one(
            `verdigris_traffic_weight_ratio{target=~"$target",endpoint=~"$endpoint",source="desired"}`,
            '{{endpoint}} {{role}}',
          ),
          12,
        ),
        panel(
          'stat',
          'Sum of the weights',
          'percentunit',
          'Anything but 100 % means failing callers.',
          one(`verdigris_traffic_weight_sum_ratio${TE}`, '{{endpoint}}'),
        ),
        panel(
          'table',
          'State',
          'short',
          'Sync and health.',
          one(`verdigris_endpoint_info${TE}`),
          16,
        ),
      ],
    },
    {
      title: 'Operations',
      panels: [
        panel(
          'timeseries',
          'Duration of operations',
          's',
          'From acceptance by Azure to the tick that saw the end.',
          quantiles('verdigris_lro_duration_seconds', 'operation'),
          12,
        ),
        panel(
          'stat',
          'Oldest operation in progress',
          's',
          'Empty when there is none.',
          one('time() - verdigris_lro_oldest_start_timestamp_seconds', '{{operation}}'),
          12,
        ),
      ],
    },
  ],
}
