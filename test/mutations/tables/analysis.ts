import type { Mutation } from '../mutation.ts'
import { inFile, rolloutTests, testsIn } from './rows.ts'

const DRY_RUN = rolloutTests('dry-run')
const NO_DATA = rolloutTests('no-data')
const MEASURED = rolloutTests('measured')
const TEMPLATES = testsIn('core/manifests', 'rollout-templates')
const PROMETHEUS = testsIn('adapters/analysis', 'prometheus')

/** What a check may be told: that it is a dry run, how long it may have no data, that what is absent is 0. */
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
  ...inFile('src/core/rollout/decide/moving.ts', [
    [
      'a dry run keeps users on a candidate though stable is up again',
      'deciding(analysis.map(input.judgementOf))',
      'analysis.map(input.judgementOf)',
      DRY_RUN,
    ],
  ]),
  ...inFile('src/core/manifests/rollouts/analysis-template.ts', [
    [
      'a dry run and a check that decides are one and the same',
      'Object.keys(policy).length === 0 ? [] : [policy]',
      'Object.keys(policy).length === 0 ? [] : []',
      TEMPLATES,
    ],
  ]),
  ...inFile('src/core/manifests/rollouts/check-policy.ts', [
    [
      'a check may fail before its provider can have data',
      'if (noDataMs >= firstMs) return undefined',
      'if (noDataMs >= 0) return undefined',
      TEMPLATES,
    ],
    [
      'percentiles that are absent are 0',
      'PROVIDERS[provider].zeroes.includes(wants)',
      'PROVIDERS[provider].zeroes.length >= 0',
      TEMPLATES,
    ],
  ]),
  ...inFile('src/core/rollout/no-data.ts', [
    [
      'a check without data fails at once',
      'if (noDataMs < mostMs) return',
      'if (noDataMs < 0) return',
      NO_DATA,
    ],
    [
      'a check never fails for want of data',
      'if (noDataMs < mostMs) return',
      'if (noDataMs < 1e15) return',
      NO_DATA,
    ],
    [
      'time in which nobody looked is time without data',
      'Math.max(GAP_MS, 2 * windowMs)',
      '1e15',
      NO_DATA,
    ],
    [
      'a check fails for want of data before users are on the candidate',
      "judgement.outcome !== 'noData' || !hasUsers)",
      "judgement.outcome !== 'noData')",
      NO_DATA,
    ],
  ]),
  ...inFile('src/core/rollout/decide/advance.ts', [
    [
      'S28 users stay on a candidate without data where failures hold',
      "const isGivenBack = rollout.onFailure === 'hold' && isBlind(input)",
      "const isGivenBack = rollout.onFailure === 'rollback' && isBlind(input)",
      NO_DATA,
    ],
  ]),
  ...inFile('src/core/plan/rollouts/judging.ts', [
    [
      'a failure for want of data stands when there are data',
      "one.outcome === 'fail' && one.noDataMs === undefined",
      "one.outcome === 'fail'",
      NO_DATA,
    ],
  ]),
  ...inFile('src/core/rollout/measured.ts', [
    [
      'what is kept with a verdict has no bound',
      'Buffer.byteLength(JSON.stringify(made)) <= bytesMax',
      'Buffer.byteLength(JSON.stringify(made)) <= 1e15',
      MEASURED,
    ],
    ['S17 a secret in a query is kept with the verdict', 'query: clean(query)', 'query', MEASURED],
    [
      'of a long rollout the samples that decided are left out first',
      '[...few, ...all.slice(all.length - whole)]',
      '[...few, ...all.slice(0, whole)]',
      MEASURED,
    ],
    [
      'a look that counted against the candidate is forgotten before others',
      'Number(a.missed ?? false) - Number(b.missed ?? false)',
      'Number(b.missed ?? false) - Number(a.missed ?? false)',
      MEASURED,
    ],
  ]),
  ...inFile('src/core/plan/rollouts/rollout-memory.ts', [
    [
      'what ended a rollout is forgotten when it is over',
      '(rolloutPlan.judged ?? judged)',
      'rolloutPlan.judged',
      testsIn('sim', 'rollout-samples'),
    ],
  ]),
  ...inFile('src/core/report/samples.ts', [
    [
      'a controller that was started anew does not look up what ended a rollout',
      '((await lastVerdict?.(known.endpoint)) ?? known)',
      'known',
      testsIn('cli', 'remote-rollout'),
    ],
  ]),
  ...inFile('src/adapters/journal/verdicts.ts', [
    [
      'what ended a rollout of another Application is shown',
      'found?.application === application && ',
      'found !== undefined && ',
      testsIn('adapters/journal', 'verdicts'),
    ],
    [
      'what ended a rollout is written down at every look',
      'before === undefined || before.judged !== undefined',
      'before === undefined',
      testsIn('adapters/journal', 'verdicts'),
    ],
  ]),
  ...inFile('src/adapters/analysis/prometheus/prometheus-series.ts', [
    [
      'S21 what nobody was asked for counts as 0',
      'const isZero = others.some(isSeen) && ',
      'const isZero = others.length > 0 && ',
      PROMETHEUS,
    ],
    [
      'S21 a gap in which a counter moved counts as 0',
      'return totals[isSeen.indexOf(true, place)] === totals[place]',
      'return isSeen.length >= totals.length',
      PROMETHEUS,
    ],
  ]),
  ...inFile('src/adapters/analysis/azure/minutes.ts', [
    [
      'S21 minutes that were counted count as 0',
      'if (!own.has(at)) filled.set',
      'filled.set',
      testsIn('adapters/analysis', 'minutes'),
    ],
  ]),
]
