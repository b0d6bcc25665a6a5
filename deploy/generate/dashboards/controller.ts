import type { Dashboard } from '../grafana.ts'
import { one, panel, quantiles, RATE } from './parts.ts'

export const CONTROLLER: Dashboard = {
  uid: 'verdigris-controller',
  title: 'Verdigris / Controller',
  variables: [],
  rows: [
    {
      title: 'Ticks',
      panels: [
        panel(
          'timeseries',
          'Reconciles a second',
          'ops',
          'By kind and result.',
          one(
            `sum by (kind, result) (rate(verdigris_reconcile_total${RATE}))`,
            '{{kind}} {{result}}',
          ),
        ),
        panel(
          'timeseries',
          'Duration of ticks',
          's',
          'A tick never waits for an operation of Azure.',
          quantiles('verdigris_reconcile_duration_seconds', 'kind'),
        ),
        panel(
          'timeseries',
          'Duration of plans',
          's',
          'Reading, observing and planning, where nothing had to be started.',
          quantiles('verdigris_plan_duration_seconds', 'trigger'),
        ),
        panel(
          'timeseries',
          'Plans',
          'ops',
          'By trigger and result.',
          one(
            `sum by (trigger, result) (rate(verdigris_plans_total${RATE}))`,
            '{{trigger}} {{result}}',
          ),
          12,
        ),
        panel(
          'timeseries',
          'Writes not needed',
          'ops',
          'Things compared and found equal.',
          one(`sum by (kind) (rate(verdigris_azure_writes_suppressed_total${RATE}))`, '{{kind}}'),
          12,
        ),
      ],
    },
    {
      title: 'Azure and Git',
      panels: [
        panel(
          'timeseries',
          'Requests to Azure',
          'reqps',
          'By status class.',
          one(
            `sum by (api, code) (rate(verdigris_azure_requests_total${RATE}))`,
            '{{api}} {{code}}',
          ),
        ),
        panel(
          'timeseries',
          'Time Azure takes',
          's',
          'By type of resource.',
          quantiles('verdigris_azure_request_duration_seconds', 'resource_type'),
        ),
        panel(
          'timeseries',
          'Throttled and repeated',
          'reqps',
          '429 answers, and requests sent again.',
          [
            ...one(
              `sum by (api) (rate(verdigris_azure_throttled_total${RATE}))`,
              'throttled {{api}}',
            ),
            ...one(
              `sum by (api, reason) (rate(verdigris_azure_retries_total${RATE}))`,
              'repeated {{api}} {{reason}}',
            ),
          ],
        ),
        panel(
          'stat',
          'Requests Azure still allows',
          'short',
          'As its last answer said.',
          one('verdigris_azure_rate_limit_remaining', '{{target}} {{limit}}'),
        ),
        panel(
          'timeseries',
          'Readings of sources',
          'ops',
          'By result.',
          one(
            `sum by (source, result) (rate(verdigris_source_fetch_total${RATE}))`,
            '{{source}} {{result}}',
          ),
        ),
        panel(
          'timeseries',
          'Time to read a source',
          's',
          'By source.',
          quantiles('verdigris_source_fetch_duration_seconds', 'source'),
        ),
        panel(
          'timeseries',
          'Time to read manifests',
          's',
          'Of the commit that was read last.',
          one('verdigris_manifests_read_duration_seconds', '{{source}}'),
        ),
        panel(
          'stat',
          'Since the source was read',
          's',
          'By source.',
          one('time() - verdigris_source_last_success_timestamp_seconds', '{{source}}'),
        ),
      ],
    },
    {
      title: 'Process',
      panels: [
        panel('table', 'Version', 'short', 'What runs.', one('verdigris_build_info')),
        panel('timeseries', 'Memory', 'bytes', 'Resident, and the heap in use.', [
          ...one('process_resident_memory_bytes', 'resident'),
          ...one('nodejs_heap_size_used_bytes', 'heap'),
        ]),
        panel(
          'timeseries',
          'Event loop lag',
          's',
          '99th percentile.',
          one('nodejs_eventloop_lag_p99_seconds', 'p99'),
        ),
        panel(
          'timeseries',
          'CPU',
          'percentunit',
          'Of one core.',
          one(`rate(process_cpu_seconds_total${RATE})`, 'cpu'),
        ),
        panel(
          'timeseries',
          'Requests to the API',
          'reqps',
          'By route and status class.',
          one(
            `sum by (route, code) (rate(verdigris_api_requests_total${RATE}))`,
            '{{route}} {{code}}',
          ),
          16,
        ),
      ],
    },
  ],
}
