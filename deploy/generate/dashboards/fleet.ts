import type { Dashboard } from '../grafana.ts'
import { FLEET_ROLLOUT_ROWS } from './fleet-rollouts.ts'
import { one, panel, RATE, T, TARGET } from './parts.ts'

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
    ...FLEET_ROLLOUT_ROWS,
  ],
}
