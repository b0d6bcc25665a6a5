import { type Alert, E, ON_E, ON_T, T } from './alert.ts'
import { AZURE_ALERTS } from './azure-alerts.ts'
import { ROLLOUT_ALERTS } from './rollout-alerts.ts'

/** METRICS 2.4, for the families that exist. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'EndpointTrafficNotWhole',
    expr: 'verdigris_traffic_weight_sum_ratio != 1',
    for: '2m',
    severity: 'critical',
    summary: 'The weights of an endpoint that should serve do not sum to 100 percent',
    runbook:
      'Callers get errors. The next tick gives an endpoint without traffic its weights back, whatever `drift` says. If it does not, `verdigris status` has the reason at the endpoint, and `…/resources/OnlineEndpoint/<name>` of the API its differences.',
    fires: {
      series: { [`verdigris_traffic_weight_sum_ratio{${E}}`]: '1 0x10' },
      at: '5m',
      labels: ON_E,
    },
    silent: { series: { [`verdigris_traffic_weight_sum_ratio{${E}}`]: '1 0 1x10' }, at: '6m' },
  },
  {
    name: 'TrafficWeightMismatch',
    expr: 'abs(verdigris_traffic_weight_ratio{source="desired"} - ignoring(source) verdigris_traffic_weight_ratio{source="configured"}) > 0.005',
    for: '10m',
    severity: 'warning',
    summary: 'Azure holds other weights than Git wants',
    runbook:
      'A traffic write is refused, held back, or undone by somebody; or `drift: report` leaves it. See the conditions of the endpoint, and `…/drift` of the API.',
    fires: {
      series: {
        [`verdigris_traffic_weight_ratio{${E},role="stable",source="desired"}`]: '1x20',
        [`verdigris_traffic_weight_ratio{${E},role="stable",source="configured"}`]: '0.9x20',
      },
      at: '15m',
      labels: { ...ON_E, role: 'stable' },
    },
    silent: {
      series: {
        [`verdigris_traffic_weight_ratio{${E},role="stable",source="desired"}`]: '1x20',
        [`verdigris_traffic_weight_ratio{${E},role="stable",source="configured"}`]: '0.9x5 1x15',
      },
      at: '15m',
    },
  },
  {
    name: 'DriftOpenTooLong',
    expr: 'time() - verdigris_drift_first_seen_timestamp_seconds > 3600',
    for: '10m',
    severity: 'warning',
    summary: 'Somebody moved something an hour ago, and it still differs from Git',
    runbook:
      'Commit the change, undo it, or find out why the correction is held back. Where it is to stay: a rule in `sync.ignoreDifferences`, which has a reason, makes one field no difference, the annotation `verdigris.dev/drift: ignore` all drift of a resource.',
    fires: {
      series: { [`verdigris_drift_first_seen_timestamp_seconds{${T},kind="Model"}`]: '60x200' },
      at: '80m',
      labels: { ...ON_T, kind: 'Model' },
    },
    silent: {
      series: { [`verdigris_drift_first_seen_timestamp_seconds{${T},kind="Model"}`]: '60x200' },
      at: '30m',
    },
  },
  {
    name: 'DriftFight',
    expr: 'verdigris_drift_fight_open == 1',
    for: '0m',
    severity: 'critical',
    summary: 'Corrections are undone again and again; few are still made',
    runbook:
      'Two automations write the same field. After six corrections the next one is made 16 minutes later, then 32, then once an hour; what keeps users unserved is put right every two minutes. Find the other writer in the Activity Log; let one of them own the field (`ignoreDifferences`, or remove it from Git). Where status says that Azure did not take the corrections over, there is no other writer: look at the quota and the limits of what is written.',
    fires: {
      series: { [`verdigris_drift_fight_open{${T},kind="OnlineEndpoint"}`]: '1x5' },
      at: '1m',
      labels: { ...ON_T, kind: 'OnlineEndpoint' },
    },
    silent: {
      series: { [`verdigris_drift_fight_open{${T},kind="OnlineEndpoint"}`]: '0x5' },
      at: '1m',
    },
  },
  {
    name: 'CommitNotApplied',
    expr: '(time() - verdigris_target_unapplied_commit_timestamp_seconds > 1800) unless on(target) (verdigris_suspended{scope="target"} == 1) unless on(target) (verdigris_observing == 1)',
    for: '5m',
    severity: 'warning',
    summary: 'A commit is not live half an hour after it was made',
    runbook:
      '`verdigris status` says what it waits for: problems in the commit, something held back, or an operation of Azure that takes long.',
    fires: {
      series: { [`verdigris_target_unapplied_commit_timestamp_seconds{${T}}`]: '60x100' },
      at: '45m',
      labels: ON_T,
    },
    silent: {
      series: {
        [`verdigris_target_unapplied_commit_timestamp_seconds{${T}}`]: '60x100',
        [`verdigris_suspended{${T},scope="target"}`]: '1x100',
      },
      at: '45m',
    },
  },
  {
    name: 'ManifestErrors',
    expr: 'sum by (target) (verdigris_manifest_errors) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'The newest commit has errors; the last good one stays in force',
    runbook:
      '`verdigris status`, `…/problems` of the API and `verdigris validate` name file, line and column.',
    fires: {
      series: { [`verdigris_manifest_errors{${T},kind="other",reason="unknown_field"}`]: '2x40' },
      at: '20m',
      labels: ON_T,
    },
    silent: {
      series: {
        [`verdigris_manifest_errors{${T},kind="other",reason="unknown_field"}`]: '2x5 _x40',
      },
      at: '20m',
    },
  },
  {
    name: 'SourceStale',
    expr: 'time() - verdigris_source_last_success_timestamp_seconds > 900',
    for: '5m',
    severity: 'warning',
    summary: 'The repository has not been read for a quarter of an hour',
    runbook:
      'Desired state stays as last read and nothing is deleted. Check the network, the credential and the branch; the condition SourceReady has the reason.',
    fires: {
      series: { 'verdigris_source_last_success_timestamp_seconds{source="fraud-prod"}': '60x60' },
      at: '25m',
      labels: { source: 'fraud-prod' },
    },
    silent: {
      series: { 'verdigris_source_last_success_timestamp_seconds{source="fraud-prod"}': '0+60x60' },
      at: '25m',
    },
  },
  {
    name: 'TargetNotReconciled',
    expr: 'time() - verdigris_target_last_success_timestamp_seconds > 1800',
    for: '5m',
    severity: 'critical',
    summary:
      'For half an hour Git and Azure were not compared, or a write was refused in every tick',
    runbook:
      '`verdigris status` has the reason: at the Application when nothing could be read, else at the resource whose write is refused. The log has a line when such a state begins, and one for each refused write. Common causes: identity or role lost, Azure down, quota. While nothing can be read nothing is corrected; a write that is refused holds up only its own resource and what waits for it.',
    fires: {
      series: { [`verdigris_target_last_success_timestamp_seconds{${T}}`]: '60x60' },
      at: '40m',
      labels: ON_T,
    },
    silent: {
      series: { [`verdigris_target_last_success_timestamp_seconds{${T}}`]: '0+60x60' },
      at: '40m',
    },
  },
  {
    name: 'ReconcileErrors',
    expr: 'sum by (kind) (rate(verdigris_reconcile_errors_total{error_class!="user"}[15m])) / sum by (kind) (rate(verdigris_reconcile_total[15m])) > 0.2',
    for: '15m',
    severity: 'warning',
    summary: 'More than a fifth of the reconciles fail, and not for mistakes in Git',
    runbook:
      'Group the errors by class: auth, quota, capacity, conflict, service, retryable or bug.',
    fires: {
      series: {
        'verdigris_reconcile_errors_total{kind="OnlineEndpoint",error_class="service"}': '0+1x60',
        'verdigris_reconcile_total{kind="OnlineEndpoint",result="error"}': '0+1x60',
      },
      at: '45m',
      labels: { kind: 'OnlineEndpoint' },
    },
    silent: {
      series: {
        'verdigris_reconcile_errors_total{kind="OnlineEndpoint",error_class="user"}': '0+1x60',
        'verdigris_reconcile_errors_total{kind="OnlineEndpoint",error_class="service"}': '0x60',
        'verdigris_reconcile_total{kind="OnlineEndpoint",result="error"}': '0+1x60',
      },
      at: '45m',
    },
  },
  ...AZURE_ALERTS,
  {
    name: 'SuspendedTooLong',
    expr: 'verdigris_suspended == 1',
    for: '3d',
    severity: 'info',
    summary: 'Something has been suspended for three days',
    runbook:
      'Remove `suspend` of the Application or the annotation `verdigris.dev/suspend-until`, or silence the alert until the day on which it ends.',
    fires: {
      series: { [`verdigris_suspended{${T},scope="resource"}`]: '1x4400' },
      at: '73h',
      labels: { ...ON_T, scope: 'resource' },
    },
    silent: { series: { [`verdigris_suspended{${T},scope="resource"}`]: '1x4400' }, at: '48h' },
  },
  {
    name: 'ObservingTooLong',
    expr: 'verdigris_observing == 1',
    for: '3d',
    severity: 'info',
    summary: 'An Application has only observed for three days',
    runbook:
      'Nothing is written for it, and no commit is applied. When `verdigris plan` shows what you expect: `mode: apply` in its sync policy, and a restart. Where it is to observe for good, silence the alert for that target.',
    fires: {
      series: { [`verdigris_observing{${T}}`]: '1x4400' },
      at: '73h',
      labels: ON_T,
    },
    silent: { series: { [`verdigris_observing{${T}}`]: '1x4000 0x400' }, at: '73h' },
  },
  {
    name: 'ControllerAbsent',
    expr: 'absent(verdigris_build_info)',
    for: '5m',
    severity: 'critical',
    summary: 'No controller is scraped',
    runbook:
      'Endpoints go on serving; nothing is rolled out or corrected. Look at the pod, then at the scrape configuration.',
    fires: { series: {}, at: '10m', labels: {} },
    silent: { series: { 'verdigris_build_info{version="0.1.0"}': '1x20' }, at: '10m' },
  },
  {
    name: 'HeartbeatMissing',
    expr: 'absent(verdigris_reconcile_total) or sum(increase(verdigris_reconcile_total[30m])) == 0',
    for: '5m',
    severity: 'critical',
    summary: 'The controller is there but does not tick',
    runbook:
      'The rules above see nothing new meanwhile. Restart it: what a rollout is at is a tag in Azure.',
    fires: {
      series: { 'verdigris_reconcile_total{kind="Application",result="success"}': '5x60' },
      at: '45m',
      labels: {},
    },
    silent: {
      series: { 'verdigris_reconcile_total{kind="Application",result="success"}': '0+1x60' },
      at: '45m',
    },
  },
  ...ROLLOUT_ALERTS,
]
