import type { Dashboard } from '../grafana.ts'
import { one, panel, RATE, T, TARGET } from './parts.ts'

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
        panel(
          'timeseries',
          'Fields not taken over',
          'short',
          'Declared, written, and left out or changed by Azure.',
          one(`sum by (kind) (verdigris_not_taken_over_fields${T})`, '{{kind}}'),
        ),
        panel(
          'timeseries',
          'Fields left to others',
          'short',
          'Declared, different, and ignored by a rule or the policy.',
          one(`sum by (kind) (verdigris_ignored_fields${T})`, '{{kind}}'),
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
          'bargauge',
          'In no Git',
          'short',
          'Live in the workspace and declared nowhere that is known, by kind.',
          one(`sum by (target, kind) (verdigris_orphaned_resources${T})`, '{{target}} {{kind}}'),
        ),
        panel(
          'stat',
          'Suspended',
          'short',
          '1 while changes are held back because somebody suspended them.',
          one(`verdigris_suspended${T}`, '{{target}} {{scope}}'),
        ),
        panel(
          'stat',
          'Only observed',
          'short',
          '1 while the Application only observes, and nothing is written for it.',
          one(`verdigris_observing${T}`, '{{target}}'),
        ),
        panel(
          'timeseries',
          'Levers of operators',
          'short',
          'Pulled an hour, by verb and answer.',
          one(
            `sum by (action, result) (rate(verdigris_audit_events_total${RATE})) * 3600`,
            '{{action}} {{result}}',
          ),
        ),
        panel(
          'bargauge',
          'Errors in Git, by reason',
          'short',
          'In the newest commit.',
          one(`sum by (target, reason) (verdigris_manifest_errors${T})`, '{{target}} {{reason}}'),
        ),
        panel(
          'bargauge',
          'Declared things',
          'short',
          'By kind.',
          one(`sum by (kind) (verdigris_manifests${T})`, '{{kind}}'),
        ),
      ],
    },
  ],
}
