import type { Mutation } from '../mutation.ts'
import { inFile, rolloutTests, testsIn } from './rows.ts'

const DRY_RUN = rolloutTests('dry-run')

/** What a check may be told: that it is a dry run. */
export const ANALYSIS: readonly Mutation[] = [
  ...inFile('src/core/rollout/steps/analysis.ts', [
    [
      'a dry run fails a rollout',
      "deciding(judgements).find(({ outcome }) => outcome === 'fail')",
      "judgements.find(({ outcome }) => outcome === 'fail')",
      DRY_RUN,
    ],
    [
      'a dry run holds a step',
      "deciding(judgements).find(({ outcome }) => outcome !== 'pass')",
      "judgements.find(({ outcome }) => outcome !== 'pass')",
      DRY_RUN,
    ],
  ]),
  ...inFile('src/core/rollout/judgements.ts', [
    [
      'a dry run takes a share of the false aborts of others',
      "decidingChecks(rollout).filter(({ rule }) => rule.judge !== 'threshold')",
      "checksOf(rollout).filter(({ rule }) => rule.judge !== 'threshold')",
      DRY_RUN,
    ],
    [
      'a dry run without data is waited for',
      '!judging.hasTraffic || judgement.dryRun)',
      '!judging.hasTraffic)',
      DRY_RUN,
    ],
    [
      'users are taken off a candidate because a dry run has no answer',
      'UNANSWERED.has(reason) && dryRun === undefined',
      'UNANSWERED.has(reason)',
      DRY_RUN,
    ],
    [
      'a dry run says how often golden requests may fail',
      'const rates = decidingChecks(rollout).flatMap(',
      'const rates = checksOf(rollout).flatMap(',
      DRY_RUN,
    ],
    [
      'a bake is held against what a dry run counted',
      "rule.judge === 'errors' && dryRun === undefined",
      "rule.judge === 'errors' || dryRun !== undefined",
      DRY_RUN,
    ],
  ]),
  ...inFile('src/core/rollout/moving.ts', [
    [
      'a dry run takes users back to a stable revision that was lost',
      'deciding(situation.rollout.analysis.map(situation.judgementOf))',
      'situation.rollout.analysis.map(situation.judgementOf)',
      DRY_RUN,
    ],
  ]),
  ...inFile('src/core/manifests/analysis-template.ts', [
    [
      'a dry run and a check that decides are one and the same',
      'Object.keys(policy).length === 0 ? [] : [policy]',
      'Object.keys(policy).length === 0 ? [] : []',
      testsIn('core/manifests', 'rollout-templates'),
    ],
  ]),
]
