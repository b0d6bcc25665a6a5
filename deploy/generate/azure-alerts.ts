import { type Alert, ON_T, T } from './alert.ts'

/** METRICS 2.4, the rules that speak of what Azure takes long for, or refuses. */
export const AZURE_ALERTS: readonly Alert[] = [
  {
    name: 'LroOverdue',
    expr: 'time() - verdigris_lro_oldest_start_timestamp_seconds{operation="create_online_deployment"} > 5400',
    for: '5m',
    severity: 'warning',
    summary: 'The creation of a deployment takes longer than an hour and a half',
    runbook:
      'After two hours it is reported as `Stuck`, and waits for somebody. See the deployment logs: usually an image that does not build or a container that does not start.',
    fires: {
      series: {
        'verdigris_lro_oldest_start_timestamp_seconds{operation="create_online_deployment"}':
          '60x120',
      },
      at: '100m',
      labels: { operation: 'create_online_deployment' },
    },
    silent: {
      series: {
        'verdigris_lro_oldest_start_timestamp_seconds{operation="create_online_deployment"}':
          '60x120',
      },
      at: '60m',
    },
  },
  {
    name: 'OperationOverdue',
    expr: 'verdigris_overdue_operations > 0',
    for: '5m',
    severity: 'warning',
    summary: 'Azure is at work on something for longer than it ever took here, by half',
    runbook:
      '`verdigris status` names it and says how long it usually takes; `verdigris endpoint logs` says what the container does, the portal what the operation does. Nothing is sent meanwhile: Azure takes one operation for a resource at a time.',
    fires: {
      series: { [`verdigris_overdue_operations{${T},kind="OnlineDeployment"}`]: '0x5 1x20' },
      at: '15m',
      labels: { ...ON_T, kind: 'OnlineDeployment' },
    },
    silent: {
      series: { [`verdigris_overdue_operations{${T},kind="OnlineDeployment"}`]: '0x5 1x3 0x20' },
      at: '15m',
    },
  },
  {
    name: 'ArmThrottled',
    expr: 'increase(verdigris_azure_throttled_total[15m]) > 5',
    for: '15m',
    severity: 'warning',
    summary: 'Azure answers 429 again and again',
    runbook:
      'Something else in the subscription uses up the requests, or the interval is too short for the number of endpoints.',
    fires: {
      series: { 'verdigris_azure_throttled_total{api="arm"}': '0+1x60' },
      at: '45m',
      labels: { api: 'arm' },
    },
    silent: { series: { 'verdigris_azure_throttled_total{api="arm"}': '0x20 3x40' }, at: '45m' },
  },
]
