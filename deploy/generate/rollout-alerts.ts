import { type Alert, E, ON_E, ON_T } from './alert.ts'

const WHERE = 'and on(target,endpoint)'
const START = `verdigris_rollout_phase_start_timestamp_seconds{${E}}`

function phase(name: string): string {
  return `verdigris_rollout_phase{${E},phase="${name}"}`
}

/** METRICS 2.4, the rules that speak of rollouts. */
export const ROLLOUT_ALERTS: readonly Alert[] = [
  {
    name: 'RolloutAborted',
    expr: 'increase(verdigris_rollouts_total{result=~"aborted|rolled_back"}[15m]) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'A rollout was taken back; its commit is not live',
    runbook:
      '`verdigris rollout status` has the verdict and its numbers. The revision is not tried again by itself: revert the commit, change its content (or the golden requests, trial job or checks, where those said no), or say `verdigris rollout retry` once the cause is gone.',
    fires: {
      series: {
        'verdigris_rollouts_total{target="fraud-prod",strategy="canary",result="aborted"}':
          '0x5 1x10',
      },
      at: '8m',
      labels: { ...ON_T, strategy: 'canary', result: 'aborted' },
    },
    silent: {
      series: {
        'verdigris_rollouts_total{target="fraud-prod",strategy="canary",result="aborted"}': '1x20',
        'verdigris_rollouts_total{target="fraud-prod",strategy="canary",result="promoted"}':
          '0x5 1x15',
      },
      at: '18m',
    },
  },
  {
    name: 'RollbackFailed',
    expr: `(time() - verdigris_rollout_phase_start_timestamp_seconds > 600) ${WHERE} (verdigris_rollout_phase{phase="aborting"} == 1)`,
    for: '0m',
    severity: 'critical',
    summary: 'Traffic is still on a revision that was given up ten minutes ago',
    runbook:
      'Users are on a bad revision. The log names what Azure answers to the write. Move the traffic by hand (`az ml online-endpoint update --traffic`) to the stable deployment that `verdigris rollout status` names; Verdigris agrees with that.',
    fires: {
      series: { [START]: '60x30', [phase('aborting')]: '1x30' },
      at: '12m',
      labels: ON_E,
    },
    silent: {
      series: { [START]: '60x30', [phase('aborting')]: '1x5 0x25', [phase('rolled_back')]: '1x30' },
      at: '12m',
    },
  },
  {
    name: 'RolloutStuck',
    expr: `(time() - verdigris_rollout_phase_start_timestamp_seconds > 7200) ${WHERE} (verdigris_rollout_phase{phase=~"provisioning|shifting|analyzing"} == 1)`,
    for: '5m',
    severity: 'warning',
    summary: 'A rollout has been in the same step for two hours',
    runbook:
      '`verdigris rollout status` says what it waits for: a deployment that does not become ready, a write that is refused, or metrics that do not decide. When its deadline is over (`deadline`, 6 h; waits for people do not count) it is taken back, or with `onFailure: hold` stays and says so.',
    fires: {
      series: { [START]: '60x200', [phase('analyzing')]: '1x200' },
      at: '130m',
      labels: ON_E,
    },
    silent: {
      series: { [START]: '60x200', [phase('paused')]: '1x200', [phase('analyzing')]: '0x200' },
      at: '130m',
    },
  },
  {
    name: 'RolloutUndecidedNoData',
    expr: `(verdigris_rollout_phase{phase="analyzing"} == 1) ${WHERE} (changes(verdigris_analysis_samples{role="candidate"}[1h]) == 0 unless on(target,endpoint,metric) verdigris_analysis_dry_run)`,
    for: '1h',
    severity: 'warning',
    summary: 'The judge has seen no new request of the candidate for an hour',
    runbook:
      'Nothing is promoted without evidence. Either no user asks the endpoint, or the metric provider gives nothing: the queries per provider and their errors are on the endpoint dashboard.',
    fires: {
      series: {
        [phase('analyzing')]: '1x150',
        [`verdigris_analysis_samples{${E},metric="errors",role="candidate"}`]: '40x150',
      },
      at: '130m',
      labels: { ...ON_E, phase: 'analyzing' },
    },
    silent: {
      series: {
        [phase('analyzing')]: '1x150',
        [`verdigris_analysis_samples{${E},metric="errors",role="candidate"}`]: '0+3x150',
        [`verdigris_analysis_samples{${E},metric="errors",role="stable"}`]: '40x150',
        [`verdigris_analysis_samples{${E},metric="tried",role="candidate"}`]: '40x150',
        [`verdigris_analysis_dry_run{${E},metric="tried"}`]: '1x150',
      },
      at: '130m',
    },
  },
  {
    name: 'ApprovalWaiting',
    expr: 'time() - verdigris_approval_pending_since_timestamp_seconds > 86400',
    for: '0m',
    severity: 'info',
    summary: 'A rollout has waited a day for somebody to say promote',
    runbook:
      'Look at the evidence, then say `verdigris rollout promote` or `verdigris rollout abort`.',
    fires: {
      series: { [`verdigris_approval_pending_since_timestamp_seconds{${E}}`]: '60x1500' },
      at: '1443m',
      labels: ON_E,
    },
    silent: {
      series: { [`verdigris_approval_pending_since_timestamp_seconds{${E}}`]: '60x1500' },
      at: '1400m',
    },
  },
  {
    name: 'NotRollbackReady',
    expr: `(verdigris_rollback_ready == 0) ${WHERE} (verdigris_rollout_phase{phase=~"shifting|analyzing|promoting|baking"} == 1)`,
    for: '10m',
    severity: 'warning',
    summary: 'Users are on a new revision and the way back is not one write',
    runbook:
      'The stable deployment is gone or failed. Find out who removed it, or why; until it is up again, do not promote.',
    fires: {
      series: { [`verdigris_rollback_ready{${E}}`]: '0x20', [phase('analyzing')]: '1x20' },
      at: '15m',
      labels: ON_E,
    },
    silent: {
      series: { [`verdigris_rollback_ready{${E}}`]: '0x20', [phase('idle')]: '1x20' },
      at: '15m',
    },
  },
]
