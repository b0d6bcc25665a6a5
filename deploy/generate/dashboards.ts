import type { Dashboard, Panel, Query } from './grafana.ts'

/** METRICS 2.3, for the families that exist. */

const T = '{target=~"$target"}'
const TE = '{target=~"$target",endpoint=~"$endpoint"}'
const RATE = '[$__rate_interval]'

const TARGET = { name: 'target', query: 'label_values(verdigris_resources, target)' }
const ENDPOINT = {
  name: 'endpoint',
  query: 'label_values(verdigris_endpoint_info{target=~"$target"}, endpoint)',
}

function panel(
  type: Panel['type'],
  title: string,
  unit: string,
  description: string,
  queries: readonly Query[],
  width = 8,
): Panel {
  return { type, title, unit, description, queries, width }
}

function one(expr: string, legend = ''): readonly Query[] {
  return [{ expr, legend }]
}

function quantiles(metric: string, by: string): readonly Query[] {
  return ['0.5', '0.99'].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le, ${by}) (rate(${metric}_bucket${RATE})))`,
    legend: `p${Number(quantile) * 100} {{${by}}}`,
  }))
}

export const FLEET: Dashboard = {
  uid: 'verdigris-fleet',
  title: 'Verdigris / Fleet',
  variables: [TARGET],
  rows: [
    {
      title: 'Are workspaces as Git says?',
      panels: [
        panel(
          'stat',
          'Not in step',
          'short',
          'Things that differ from Git, by Application.',
          one(
            `sum by (target) (verdigris_resources{target=~"$target",sync!="synced"}) or sum by (target) (verdigris_resources${T}) * 0`,
            '{{target}}',
          ),
          6,
        ),
        panel(
          'stat',
          'Degraded',
          'short',
          'Things Azure gave up on.',
          one(
            `sum by (target) (verdigris_resources{target=~"$target",health="degraded"}) or sum by (target) (verdigris_resources${T}) * 0`,
            '{{target}}',
          ),
          6,
        ),
        panel(
          'stat',
          'Drifted',
          'short',
          'Things somebody else moved.',
          one(
            `sum by (target) (verdigris_drifted_resources${T}) or sum by (target) (verdigris_resources${T}) * 0`,
            '{{target}}',
          ),
          6,
        ),
        panel(
          'stat',
          'Errors in Git',
          'short',
          'Errors in the newest commit; the last good one stays in force.',
          one(
            `sum by (target) (verdigris_manifest_errors${T}) or sum by (target) (verdigris_manifests${T}) * 0`,
            '{{target}}',
          ),
          6,
        ),
        panel(
          'table',
          'Endpoints',
          'short',
          'State of each endpoint.',
          one(`verdigris_endpoint_info${T}`),
          12,
        ),
        panel(
          'timeseries',
          'Things by state',
          'short',
          'How many things are in which state.',
          one(`sum by (sync, health) (verdigris_resources${T})`, '{{sync}} {{health}}'),
          12,
        ),
      ],
    },
    {
      title: 'From commit to live',
      panels: [
        panel(
          'stat',
          'Age of the oldest commit not live',
          's',
          'Empty when every commit is live.',
          one(`time() - verdigris_target_unapplied_commit_timestamp_seconds${T}`, '{{target}}'),
        ),
        panel(
          'stat',
          'Last good tick',
          's',
          'Time since Git and Azure were last compared without a refusal.',
          one(`time() - verdigris_target_last_success_timestamp_seconds${T}`, '{{target}}'),
        ),
        panel(
          'bargauge',
          'Changes in the last plan',
          'short',
          'What the last plan would do.',
          one(`sum by (target, action) (verdigris_plan_changes${T})`, '{{target}} {{action}}'),
        ),
        panel(
          'timeseries',
          'Operations of Azure in progress',
          'short',
          'Long-running operations that were started and have not ended.',
          one('verdigris_lro_in_progress', '{{operation}}'),
          12,
        ),
        panel(
          'timeseries',
          'Errors by class',
          'short',
          'Errors a minute, by what can be done about them.',
          one(
            `sum by (error_class) (rate(verdigris_reconcile_errors_total${RATE})) * 60`,
            '{{error_class}}',
          ),
          12,
        ),
      ],
    },
  ],
}

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

export const DRIFT: Dashboard = {
  uid: 'verdigris-drift',
  title: 'Verdigris / Drift and governance',
  variables: [TARGET],
  rows: [
    {
      title: 'Drift',
      panels: [
        panel(
          'timeseries',
          'Drifted things',
          'short',
          'By kind and policy.',
          one(`sum by (kind, policy) (verdigris_drifted_resources${T})`, '{{kind}} {{policy}}'),
        ),
        panel(
          'timeseries',
          'Drifted fields',
          'short',
          'By kind and policy.',
          one(`sum by (kind, policy) (verdigris_drifted_fields${T})`, '{{kind}} {{policy}}'),
        ),
        panel(
          'stat',
          'Age of the oldest drift',
          's',
          'Empty when there is none.',
          one(`time() - verdigris_drift_first_seen_timestamp_seconds${T}`, '{{target}} {{kind}}'),
        ),
        panel(
          'timeseries',
          'Detected an hour',
          'short',
          'Drifts seen for the first time.',
          one(
            `sum by (kind) (rate(verdigris_drift_detected_total{target=~"$target"}${RATE})) * 3600`,
            '{{kind}}',
          ),
        ),
        panel(
          'timeseries',
          'Corrections an hour',
          'short',
          'Writes sent to undo drift.',
          one(
            `sum by (kind, result) (rate(verdigris_drift_corrections_total{target=~"$target"}${RATE})) * 3600`,
            '{{kind}} {{result}}',
          ),
        ),
        panel(
          'stat',
          'Fights',
          'short',
          'Another writer keeps undoing corrections.',
          one(`sum(verdigris_drift_fight_open${T}) or vector(0)`),
        ),
      ],
    },
    {
      title: 'What is held back, and what is removed',
      panels: [
        panel(
          'timeseries',
          'Blocked, by reason',
          'short',
          'Things that became blocked, an hour.',
          one(
            `sum by (reason) (rate(verdigris_plan_blocked_total{target=~"$target"}${RATE})) * 3600`,
            '{{reason}}',
          ),
        ),
        panel(
          'timeseries',
          'Deletions of what Git no longer declares',
          'short',
          'An hour, by result.',
          one(
            `sum by (kind, result) (rate(verdigris_prunes_total{target=~"$target"}${RATE})) * 3600`,
            '{{kind}} {{result}}',
          ),
        ),
        panel(
          'stat',
          'Suspended',
          'short',
          '1 while changes are held back because somebody suspended them.',
          one(`verdigris_suspended${T}`, '{{target}} {{scope}}'),
        ),
        panel(
          'bargauge',
          'Errors in Git, by reason',
          'short',
          'In the newest commit.',
          one(`sum by (target, reason) (verdigris_manifest_errors${T})`, '{{target}} {{reason}}'),
          12,
        ),
        panel(
          'bargauge',
          'Declared things',
          'short',
          'By kind.',
          one(`sum by (kind) (verdigris_manifests${T})`, '{{kind}}'),
          12,
        ),
      ],
    },
  ],
}

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
          'stat',
          'Since the source was read',
          's',
          'By source.',
          one('time() - verdigris_source_last_success_timestamp_seconds', '{{source}}'),
          24,
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
