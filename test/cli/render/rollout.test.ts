import { describe, expect, test } from '@jest/globals'
import { answerJson } from '../../../src/cli/render/json.ts'
import { planMarkdown, planText } from '../../../src/cli/render/plan.ts'
import { rolloutText } from '../../../src/cli/render/rollout.ts'
import { statusText } from '../../../src/cli/render/status.ts'
import { styleFor } from '../../../src/cli/render/style.ts'
import { fitted, frameOf } from '../../../src/cli/rollout/watch.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import { samplesOf } from '../../../src/core/report/samples.ts'
import * as a from '../../support/report.ts'

const plain = styleFor(false)

function drawn(rollout: RolloutStatus): string {
  return rolloutText({ application: 'fraud-prod', rollout }, a.START, plain)
}

describe('the numbers behind the verdicts of a rollout', () => {
  const drawnWith = (judgement: Parameters<typeof a.judgement>[0]): string => {
    const rollout = a.rollout({ judgements: [a.judgement(judgement)] })
    const samples = samplesOf(rollout, a.START + 10_000)
    const text = rolloutText({ application: 'fraud-prod', rollout, samples }, a.START, plain)
    return text.slice(text.indexOf('  samples of'))
  }
  const at = [a.START, a.START + 10_000, a.START + 20_000]

  test('are the query, its time, and what was counted from row to row', () => {
    const measured = {
      ...{ query: 'up', fromMs: a.START, toMs: a.START + 20_000, windowMs: 10_000, left: 3 },
      stable: { at, requests: [5, 455, 900], errors: [0, 5, 9] },
      candidate: { at: at.slice(1), requests: [50, 20], errors: [12, 3] },
    }
    expect(
      drawnWith({ measured }),
    ).toBe(`  samples of green (77aa1122), as judged at 2026-01-15T12:00:10Z
  errors  inconclusive (Undecided)
    up
    from 2026-01-15T12:00:00Z to 2026-01-15T12:00:20Z, samples each 10 s
    3 found no room; what they counted is in the row after them
    2026-01-15T12:00:10Z  stable 450 requests, 5 failed
    2026-01-15T12:00:20Z  stable 445 requests, 4 failed; candidate began to count anew`)
  })

  test('of latency are the requests beyond each bound', () => {
    const side = {
      at: at.slice(0, 2),
      requests: [0, 100],
      errors: [0, 0],
      within: [
        [0, 90],
        [0, 99],
      ],
    }
    const measured = { boundsMs: [20, 40], stable: side, candidate: side, left: 0 }
    expect(drawnWith({ measured })).toContain('stable 100 requests, 10 over 20 ms, 1 over 40 ms;')
  })

  test('of a threshold are its looks, and which of them counted', () => {
    const [first = 0, second = 0] = at
    const values = [
      { at: first, value: 0.5, requests: 40 },
      { at: second, value: 9, missed: true as const },
    ]
    const text = drawnWith({
      measured: { query: 'x', fromMs: second, toMs: second, values, left: 0 },
    })
    expect(text).toContain('    at 2026-01-15T12:00:10Z\n')
    expect(text).toContain('2026-01-15T12:00:00Z  0.5 of 40 requests\n')
    expect(text).toContain('2026-01-15T12:00:10Z  9  missed')
  })

  test('are the last thirty rows; all are in JSON', () => {
    const many = Array.from({ length: 100 }, (_, place) => place)
    const side = { at: many.map((n) => a.START + n * 10_000), requests: many, errors: many }
    const text = drawnWith({ measured: { stable: side, left: 0 } })
    expect(text).toContain('69 earlier rows are in --output json')
    expect(text.match(/stable 1 requests/g)).toHaveLength(30)
  })

  test('are in no JSON that did not ask for them', () => {
    const rollout = a.aborted({ judged: a.judged(), judgements: a.judged().judgements })
    const json = answerJson([a.report({ resources: [a.rolling(rollout)] })])
    expect(json).toContain('"judgements":[{')
    expect(json).not.toMatch(/"judged"|"measured"|"query"/)
  })

  test('that nobody knows are not invented', () => {
    const rollout = a.aborted()
    const samples = samplesOf(rollout, a.START)
    expect(rolloutText({ application: 'x', rollout, samples }, a.START, plain)).toContain(
      'No numbers are known',
    )
  })
})

describe('a rollout in full', () => {
  test('shows steps, weights, evidence against its lines, the time left and the reason', () => {
    const status = a.rollout({
      ...{ judgements: [a.judgement()], stepEndsAt: a.START + 485_000 },
      stepDeadlineAt: a.START + 900_000,
      power: 'at 40 requests/min and 10 % this needs about 3 h.',
      bandwidth: 'The copies of 20 % of the requests count.',
    })
    expect(drawn(status)).toBe(`fraud  analyzing, step 2 of 4  canary
  ✓ verify  ▸ setWeight  · analysis  · pause  · bake
  blue   ██████████████████░░  90 %  stable     fraud:7 (3f2a9c1e)
  green  ██░░░░░░░░░░░░░░░░░░  10 %  candidate  fraud:8 (77aa1122)
  errors  inconclusive  900 and 100 requests seen.
    abort  ███████░░░░░░░░░░░░░ 1.50 of 4.60
    pass   ███░░░░░░░░░░░░░░░░░ 0.50 of 3.00
    stable 900 requests, 9 errors; candidate 100 requests, 2 errors
  Analyzing: Watches for 60 s more.
  step ends in 8 min 5 s, deadline of the step in 15 min, deadline in 1 d, \`rollout abort\` is one write away
  at 40 requests/min and 10 % this needs about 3 h.
  The copies of 20 % of the requests count.`)
  })

  test.each([
    ['at its first step', { step: 0 }, '▸ verify  · setWeight  · analysis  · pause  · bake'],
    ['in its bake', { phase: 'baking', step: 4 }, '✓ analysis  ✓ pause  ▸ bake'],
    ['undone after its end', { phase: 'rolled_back', step: 5 }, '✓ analysis  ✓ pause  ✓ bake'],
    ['where it was aborted', { phase: 'rolled_back', step: 2 }, '✓ setWeight  ✗ analysis  · pause'],
  ] as const)('%s', (_, fields, steps) => {
    expect(drawn(a.rollout(fields))).toContain(steps)
  })

  test('evidence that is not there yet, or overshoots, stays within its bar', () => {
    const { evidence } = a.judgement()
    if (evidence === undefined) throw new Error('a judgement has evidence')
    const unborn = { ...evidence, logPass: Number.NEGATIVE_INFINITY }
    const passed = { ...evidence, logPass: 30 }
    const texts = [unborn, passed].map((one) =>
      drawn(a.rollout({ judgements: [a.judgement({ evidence: one })] })),
    )
    expect(texts[0]).toContain(`pass   ${'░'.repeat(20)} none of 3.00`)
    expect(texts[1]).toContain(`pass   ${'█'.repeat(20)} 30.00 of 3.00`)
  })

  test('a threshold has no evidence; mirrored traffic is named', () => {
    const { evidence: _, ...threshold } = a.judgement({ name: 'slo', message: '0.3 (at most 1).' })
    const text = drawn(a.rollout({ judgements: [threshold], mirror: { green: 20 } }))
    expect(text).toContain('  slo  inconclusive  0.3 (at most 1).\n  Analyzing')
    expect(text).toContain('candidate  fraud:8 (77aa1122)  mirrors 20 %')
  })

  test('a dry run is called one', () => {
    const text = drawn(a.rollout({ judgements: [a.judgement({ outcome: 'fail', dryRun: true })] }))
    expect(text).toContain('  errors  fail (dry run)  ')
  })

  test('for how long a check has had no data is said, where that fails it in the end', () => {
    const silent = a.judgement({ outcome: 'noData', noDataMs: 90_000 })
    expect(drawn(a.rollout({ judgements: [silent] }))).toContain(
      '  errors  noData for 1 min 30 s  ',
    )
  })

  test('at rest shows who serves and what is kept, and no steps', () => {
    const previous = { deployment: 'green', revision: '77aa1122', untilMs: a.START + 59_000 }
    const text = drawn(a.atRest({ previous }))
    expect(text).not.toContain('verify')
    expect(text).toContain('green  ░░░░░░░░░░░░░░░░░░░░   0 %  kept warm')
    expect(text).toContain('earlier revision kept for 59 s')
  })

  test('an earlier revision whose slot the candidate takes is not called kept', () => {
    const { candidate } = a.rollout()
    const deployment = candidate?.deployment ?? ''
    const previous = { deployment, revision: '0a0b0c0d', untilMs: a.START + 59_000 }
    expect(drawn(a.rollout({ previous }))).not.toContain('earlier revision kept')
  })

  test('is plain without a terminal, and painted on one', () => {
    expect(drawn(a.rollout())).not.toContain('\u001b')
    const seen = [{ application: 'fraud-prod', rollout: a.rollout() }]
    const frame = frameOf({ seen, now: a.START }, styleFor(true))
    expect(frame.startsWith('\u001b[1mfraud')).toBe(true)
    expect(frameOf({ seen, now: a.START }, plain)).not.toContain('\u001b')
  })
})

test('on a terminal a line is broken between words, and goes on further in', () => {
  const text = `fraud\n  Inconclusive: ${'errors '.repeat(30)}\n    ✓ verify`
  const lines = fitted(text, 80).split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(lines.every((line) => /^ *(fraud|Inconclusive:|errors|✓ verify)/.test(line))).toBe(true)
  expect(lines[2]).toMatch(/^ {4}errors/)
  expect(
    fitted(text, 1000)
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(text.split('\n').map((line) => line.trim()))
})

describe('a commit that is not applied is named, with the revision and why, by', () => {
  const status = a.aborted()
  const report = a.report({ converged: false, resources: [a.rolling(status)] })
  const sentence =
    'Commit c0ffee (revision 77aa1122) is not applied to fraud: ErrorsWorse: Errors are worse than stable.'

  test.each([
    ['plan', planText(report, plain)],
    ['plan as Markdown', planMarkdown(report)],
    ['status', statusText(report, plain)],
  ])('%s', (_, text) => {
    expect(text).toContain(sentence)
    expect(text).toContain('rollout fraud  rolled_back (RolloutAborted)')
  })
})

test('what the controller itself sends is said, with how it was answered', () => {
  const probe = { perMinute: 1, different: 1, sent: 240, failed: 3, unanswered: 1 }
  const problem = { reason: 'Throttled', message: 'No more for now.' }
  const said =
    'Probes: 1 request a minute, of 1 different one; 240 sent, 3 not answered as their files say, 1 without an answer (last: Throttled: No more for now).'
  const status = a.rollout({ probe: { ...probe, problem } })
  expect(drawn(status)).toContain(`\n  ${said}`)
  expect(statusText(a.report({ resources: [a.rolling(status)] }), plain)).toContain(said)
})

test('plan says what the first weight can see, and what mirroring costs', () => {
  const power =
    'at 40 requests/min and 5 % this needs about 3 h to see a doubled error rate of 1 %.'
  const bandwidth = "The copies of 20 % of the requests count to the endpoint's bandwidth."
  const report = a.report({ resources: [a.rolling(a.rollout({ power, bandwidth }))] })
  for (const said of [power, bandwidth]) {
    expect(planText(report, plain)).toContain(said)
    expect(planMarkdown(report)).toContain(said)
    expect(statusText(report, plain)).toContain(said)
  }
})
