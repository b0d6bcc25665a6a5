import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn } from './rows.ts'

const TRAFFIC = planTests('traffic')
const ATTACKS = testsIn('core/manifests', 'attacks')
const RESTORE = planTests('restore')

/** What a write carries, what a difference is, what a report says, and what a manifest may ask for. */
export const VALUES: readonly Mutation[] = [
  ...inFile('src/core/plan/compare/body.ts', [
    [
      'S10 a write leaves out what nobody declared',
      'const echoed = (kind.notEchoed ?? []).reduce(without, live)',
      'const echoed = createBody(kind, {}, context)',
      TRAFFIC,
    ],
    [
      'S10 a write without weights drops the traffic',
      "weights === undefined ? (valueAt(body, '/properties/traffic') ?? {}) : explicit",
      'weights === undefined ? {} : explicit',
      [...TRAFFIC, ...planTests('checks')],
    ],
    [
      'S10 a write without mirroring drops the mirror',
      "const kept = valueAt(body, '/properties/mirrorTraffic') ?? {}",
      'const kept = {}',
      TRAFFIC,
    ],
  ]),
  ...inFile('src/core/plan/compare/diff.ts', [
    [
      'S20 a number of instances that Git hands over is reset',
      "const NEVER_RELEASED = ['/sku', ",
      'const NEVER_RELEASED = [',
      planTests('release'),
    ],
    [
      'S17 values of environment variables are shown',
      'const isVariable = within(path, variables) || within(variables, path)',
      'const isVariable = false',
      planTests('diff'),
    ],
    [
      'S17 secrets in addresses, conda files and tags are shown',
      '|| isSecret(nameAt(path), value) ? HIDDEN : value',
      '? HIDDEN : value',
      planTests('diff'),
    ],
    [
      'what a rule ignores is written',
      'leavesOf(declared, wholes).filter(isIgnored).reduce(without, declared)',
      'declared',
      planTests('ignore'),
    ],
    [
      'a rule that ignores tags ignores the record of a rollout',
      '    !isRecord(leaf) &&\n    !(isMoved',
      '    !(isMoved',
      rolloutTests('hands'),
    ],
  ]),
  ...inFile('src/core/plan/traffic/traffic-plan.ts', [
    [
      'S3 mirrored traffic is no traffic',
      'new Set([...Object.keys(live), ...Object.keys(mirror)])',
      'new Set(Object.keys(live))',
      planTests('removal'),
    ],
    [
      'S1 a deployment has live and mirrored traffic',
      'const kept = wanted.filter(([name]) => (weights[name] ?? 0) === 0)',
      'const kept = wanted',
      TRAFFIC,
    ],
    [
      'S2 mirroring goes to what is not ready',
      'const usable = Object.keys(target).every((name) => ready.has(name))',
      'const usable = true',
      TRAFFIC,
    ],
  ]),
  ...inFile('src/core/rollout/direct.ts', [
    [
      'S2 without a Rollout traffic moves to what is not ready',
      'if (waitingFor.length === 0) return',
      'if (waitingFor.length >= 0) return',
      TRAFFIC,
    ],
    [
      'traffic that somebody moved stays while the new deployment is made',
      'weights: positive(canHold ? previous : input.live)',
      'weights: positive(input.live)',
      TRAFFIC,
    ],
  ]),
  ...inFile('src/core/kinds/online-endpoint/traffic.ts', [
    [
      'S1 weights that do not sum to 100 are declared',
      'if (sum !== 0 && sum !== 100) complain',
      'if (sum < 0) complain',
      ATTACKS,
    ],
    [
      'S1 more than half of the traffic is mirrored',
      'if (weight > 50) complain',
      'if (weight > 500) complain',
      ATTACKS,
    ],
    [
      'S1 two deployments get mirrored traffic',
      'if (copied.length > 1)\n',
      'if (copied.length > 99)\n',
      ATTACKS,
    ],
  ]),
  ...inFile('src/core/plan/ownership/restore.ts', [
    [
      'S16 what Git does not declare is taken back',
      'if (!scene.declared.has(placeOf(live).key)) return live\n',
      '',
      RESTORE,
    ],
    [
      'S16 what no applied commit declared is taken back',
      'return isOurs && isWhatItSays(live) ? fromCommit(live, tags, scene) : live',
      'return isWhatItSays(live) ? fromCommit(live, tags, scene) : live',
      RESTORE,
    ],
    [
      'S16 what is not at rest is taken back',
      'return isOurs && isWhatItSays(live) ? fromCommit(live, tags, scene) : live',
      'return isOurs ? fromCommit(live, tags, scene) : live',
      RESTORE,
    ],
    [
      'S16 a slot that its rollout has not filled is taken back',
      'const isOurs = wasApplied && (!isSlot || isNamedByRollout(live, scene))',
      'const isOurs = wasApplied',
      planTests('facts'),
    ],
    [
      'S16 anything under a declared name is taken back',
      'return isEqual ? declared : undefined',
      'return isEqual || declared !== undefined ? declared : undefined',
      RESTORE,
    ],
    [
      'S16 what another Application may still declare is taken over',
      'if (neighbour?.isFresh !== true || neighbour.declared.has(keyOf(live.ref))) return false\n',
      'if (neighbour === undefined) return false\n',
      testsIn('sim', 'ownership'),
      { only: 'another living Application' },
    ],
    [
      'P6 a copied tag is restored',
      'return tags[TAGS.owner] === undefined && (owner === undefined || owner === application)',
      'return owner === undefined || owner === application',
      RESTORE,
    ],
  ]),
  ...inFile('src/core/plan/ownership/adoption.ts', [
    [
      'S16 an operator takes over what another Application keeps, without force',
      'keeperOf(live, intent, asking) === undefined,',
      'keeperOf(live, intent, asking) !== null,',
      testsIn('sim', 'ownership'),
      { only: 'another living Application' },
    ],
  ]),
  ...inFile('src/core/plan/rollouts/abort-plan.ts', [
    [
      'without Git an abort is sent to an endpoint at work',
      "if (!isAtRest(live)) return answer('pending'",
      "if (live.phase === 'Deleting') return answer('pending'",
      planTests('take-back'),
    ],
    [
      'S2 without Git an abort goes to what is not there',
      '  if (homeOf(world, live, record.stable) === undefined)\n',
      "  if (homeOf(world, live, record.stable)?.phase === 'Deleting')\n",
      rolloutTests('refusals'),
    ],
    [
      'S16 without Git the record of another endpoint moves traffic',
      "return ownership === 'ours' ? recordIn(ref, body) : undefined",
      "return ownership === 'none' ? undefined : recordIn(ref, body)",
      planTests('take-back'),
    ],
    [
      'S27 without Git an abort that did not take effect is not repeated',
      'const all = [...decided.flatMap(({ action }) => action ?? []), ...owed, ...given]',
      'const all = [...decided.flatMap(({ action }) => action ?? []), ...owed.slice(9), ...given]',
      planTests('take-back'),
    ],
    [
      'S7 without Git an abort of nothing is carried out',
      'const isMoving = isUnderWay(record)',
      'const isMoving = record !== undefined',
      rolloutTests('refusals'),
    ],
  ]),
  ...inFile('src/core/plan/findings.ts', [
    [
      'S22 what differs is told to be in sync',
      'live !== undefined && reason === undefined && arrived',
      'live !== undefined && arrived',
      planTests('checks findings'),
    ],
    [
      'S22 a rollout on its way is told to be in sync',
      '(rolloutPlan === undefined || isComplete(rolloutPlan))',
      '(rolloutPlan !== null)',
      planTests('facts'),
    ],
    [
      'S22 what could not be read is missing',
      'if (unresolved.length > 0 || isUnread) return',
      'if (unresolved.length > 0) return',
      planTests('findings'),
    ],
  ]),
  ...inFile('src/core/report/conditions.ts', [
    [
      'S22 what waits is told to be ready',
      'ready(finding, stopped ?? waits, outcome)',
      'ready(finding, stopped, outcome)',
      testsIn('core/report', 'report conditions'),
    ],
    [
      'S22 what was just written is told to be ready',
      '  if (outcome !== undefined)\n',
      '  if (outcome === null)\n',
      testsIn('core/report', 'report conditions'),
    ],
  ]),
  ...inFile('src/core/model/redact/redact.ts', [
    [
      'S17 a value under a secret name is shown',
      'return withoutNamed(result).replace',
      'return result.replace',
      testsIn('adapters/azure', 'errors'),
    ],
  ]),
  ...inFile('src/core/model/redact/secrets.ts', [
    [
      'S17 a secret after another name is shown',
      '    if (value === undefined) continue\n',
      '    if (value === undefined) {\n      last = { ...last, passed: match.index + 40 }\n      continue\n    }\n',
      testsIn('adapters/azure', 'errors'),
    ],
  ]),
  ...inFile('src/core/model/redact/secret-values.ts', [
    [
      'S17 what follows a scheme is shown',
      'isHeader ? HEADER_VALUE : VALUE',
      'VALUE',
      testsIn('adapters/azure', 'errors'),
    ],
  ]),
  ...inFile('src/core/model/redact/secret-values.ts', [
    [
      'S17 a name of a secret hides the header that follows it',
      'open: isHeader ? to : from',
      'open: to',
      testsIn('core/model', 'redact'),
    ],
  ]),
  ...inFile('src/core/report/report.ts', [
    [
      'S17 a report has what a manifest tells',
      'return redacted(report, new Set([...shownResources, ...findings]))',
      'return report',
      testsIn('core/report', 'redacted'),
    ],
  ]),
  ...inFile('src/core/manifests/problems.ts', [
    [
      'S17 a problem repeats a secret',
      'message: cleanText(problem.message)',
      'message: problem.message',
      testsIn('core/manifests', 'attacks'),
    ],
  ]),
  ...inFile('src/core/manifests/import/import.ts', [
    [
      'S17 import writes secrets of fields that are no variables',
      'if (!looksSecret(name, value)) return undefined',
      'if (!isVariable || !looksSecret(name, value)) return undefined',
      testsIn('core/manifests', 'import'),
    ],
  ]),
  ...inFile('src/core/manifests/rollouts/rollout-checks.ts', [
    [
      'S6 weights of a Rollout may fall',
      'if (step.percent <= weight) {',
      'if (step.percent < 0) {',
      testsIn('core/manifests', 'rollout'),
    ],
    [
      'S4 a Rollout asks for weights that its instances cannot carry',
      'if (percent === 0 || has >= needs) return []',
      'if (percent >= 0) return []',
      testsIn('core/manifests', 'rollout rollout-forms'),
    ],
    [
      'a deadline is shorter than the steps',
      'if (neededMs < deadlineMs) return []',
      'if (neededMs > 0) return []',
      testsIn('core/manifests', 'rollout rollout-forms'),
    ],
    [
      'a step has a deadline that is never over before that of the rollout',
      'if (ms <= deadlineMs) return undefined',
      'if (ms > 0) return undefined',
      testsIn('core/manifests', 'rollout'),
    ],
  ]),
  ...inFile('src/core/manifests/documents/content.ts', [
    [
      'a path leads out of the repository',
      'else if (parts.pop() === undefined) {',
      'else if (parts.pop() === null) {',
      [...ATTACKS, ...testsIn('core/manifests', 'read')],
    ],
  ]),
  ...inFile('src/core/manifests/endpoint-checks.ts', [
    [
      'a misspelt endpoint is no warning',
      "if (hint === '') return []",
      'if (hint.length >= 0) return []',
      testsIn('core/manifests', 'read'),
    ],
  ]),
  ...inFile('src/core/manifests/read.ts', [
    [
      'a conda file is called unnamed beside a manifest that is not understood',
      'if (!hasErrors(problems)) return problems',
      'if (problems.length >= 0) return problems',
      testsIn('core/manifests', 'read'),
    ],
  ]),
  ...inFile('src/cli/rollout/pull-here.ts', [
    [
      'a lever for what is not there brings the workspace to what Git says',
      'if (isThere) return undefined',
      'if (isThere || !isThere) return undefined',
      testsIn('cli', 'mistakes'),
    ],
  ]),
  ...inFile('src/cli/check-local.ts', [
    [
      'validate does not say what a plan of the folder will refuse',
      'left.has(identityOf(problem))',
      'left.size >= 0',
      testsIn('cli', 'validate'),
    ],
  ]),
  ...inFile('src/core/manifests/secrets.ts', [
    [
      'S17 a secret in a tag is no warning',
      '    ...secretTexts(rest, beside),\n',
      '',
      testsIn('core/manifests', 'read'),
    ],
  ]),
  ...inFile('src/core/manifests/rollouts/rollouts.ts', [
    [
      'S17 a secret in a golden request is no warning',
      'goldenProblems(rollout?.steps ?? [], ',
      'goldenProblems([], ',
      testsIn('core/manifests', 'read'),
    ],
  ]),
  ...inFile('src/core/model/redact/secrets.ts', [
    [
      'S17 whatever stands behind a class of the SDK is shown',
      '(SDK_CLASS.test(name) && SDK_WORD.test(value))',
      'SDK_CLASS.test(name)',
      testsIn('core/model', 'redact'),
    ],
  ]),
  ...inFile('src/cli/applications.ts', [
    [
      'S17 an address with a password starts the embedded workspace before it is refused',
      'if (complaint !== undefined) throw new CommandError(`The source',
      'if (complaint === source) throw new CommandError(`The source',
      testsIn('cli', 'mistakes'),
    ],
    [
      'a workspace that is named beside --config is not the one that is written',
      'if (given === undefined) return',
      'return',
      testsIn('cli', 'mistakes'),
    ],
    [
      'an Application in Azure is written though the sandbox was named',
      'if (sandbox === undefined || chosen',
      'if (sandbox !== undefined || chosen',
      testsIn('cli', 'mistakes'),
    ],
    [
      'a workspace in Azure is written though the sandbox was named beside it',
      'if (flags.sandbox !== undefined)',
      'if (flags.sandbox === subscriptionId)',
      testsIn('cli', 'mistakes'),
    ],
  ]),
  ...inFile('src/cli/render/rollout.ts', [
    [
      'an earlier revision is called kept although the candidate has its slot',
      'previous?.deployment === candidate?.deployment ? undefined',
      'previous === undefined ? undefined',
      ['test/cli/render/rollout.test.ts'],
    ],
  ]),
  ...inFile('src/core/manifests/problems.ts', [
    [
      'more warnings than are shown hold a repository up',
      "hasErrors(distinct.slice(most)) ? 'error' : 'warning'",
      "distinct.length > 0 ? 'error' : 'warning'",
      testsIn('core/manifests', 'read'),
    ],
  ]),
  ...inFile('src/core/manifests/problems.ts', [
    [
      'an error that is not shown for want of room holds nothing up',
      "hasErrors(distinct.slice(most)) ? 'error' : 'warning'",
      "distinct.length > 0 ? 'warning' : 'error'",
      testsIn('core/manifests', 'read'),
    ],
  ]),
  ...inFile('src/config.ts', [
    [
      'a switch that is neither true nor false is off in silence',
      "if (!['', 'true', 'false'].includes(text))",
      "if (text === 'neither')",
      testsIn('cli', 'mistakes'),
    ],
  ]),
  ...inFile('src/core/manifests/documents/yaml.ts', [
    [
      'a bomb of nesting is read',
      'if (count.depth > 2 * limits.depth + 1) return',
      'if (count.depth > 1e9) return',
      ATTACKS,
    ],
  ]),
]
