import type { Mutation } from '../mutation.ts'
import { inFile, judgeTests } from './rows.ts'

const JUDGE = judgeTests('judge')
const BAKE = judgeTests('bake')
const EVIDENCE = judgeTests('evidence')
const WINDOWS = judgeTests('windows')

/** The judge of the metrics. */
export const JUDGING: readonly Mutation[] = [
  ...inFile('src/core/judge/bake/regression.ts', [
    [
      'θ leaves out the margin',
      'const theta = (n1 * this.margin) / (n1 * this.margin + n0)',
      'const theta = n1 / (n1 + n0)',
      judgeTests('validity'),
      { only: 'whatever|mean e-value of a regression|tempered' },
    ],
    [
      'windows of the candidate alone count as a regression at any rate',
      'if (n0 === 0) return -n1 * Math.log(this.alone)',
      'if (n0 === 0) return n1',
      EVIDENCE,
    ],
    [
      'a total failure is found as late as any other',
      'this.brokenGain(n0, x0, n1)',
      'Number.NEGATIVE_INFINITY',
      JUDGE,
    ],
    [
      'a bet is not tempered',
      'bet = Math.min(MOST, bet * Math.exp(eta * gain))',
      'bet = Math.min(MOST, bet * Math.exp(gain))',
      [...JUDGE, ...judgeTests('properties')],
      { only: 'tempers|tempered' },
    ],
    [
      'products of bets overflow',
      'export const MOST = 1e300',
      'export const MOST = Number.POSITIVE_INFINITY',
      EVIDENCE,
    ],
  ]),
  ...inFile('src/core/judge/bake/parity.ts', [
    [
      'a pass does not know how much worse is too much',
      'const theta = (n1 * this.worseBy) / (n1 * this.worseBy + n0)',
      'const theta = n1 / (n1 + n0)',
      EVIDENCE,
    ],
  ]),
  ...inFile('src/core/judge/judge.ts', [
    [
      'the line of an abort is that of twice the false aborts',
      'abortAt: Math.log(1 / rules.alpha)',
      'abortAt: Math.log(0.5 / rules.alpha)',
      EVIDENCE,
    ],
    [
      'S21 old evidence passes',
      'isStale: dueMs - (panel.endMs ?? about.startMs) > STALE_WINDOWS * series.windowMs',
      'isStale: false',
      JUDGE,
    ],
    [
      'S21 late samples are not waited for',
      'const inTime = since.filter(({ endMs }) => endMs <= dueMs)',
      'const inTime = since',
      WINDOWS,
    ],
    [
      'windows from before the start are evidence',
      'const since = windows.filter(({ startMs }) => startMs >= about.startMs)',
      'const since = windows',
      WINDOWS,
    ],
    [
      'thresholds of latency are learnt from what happens after the start',
      'thresholdsOf(series, before, rules)',
      'thresholdsOf(series, windows, rules)',
      judgeTests('latency'),
    ],
    [
      'the bound of a frozen reference costs no false aborts',
      'const abortAt = Math.log((hasControl ? 1 : 2) / alpha)',
      'const abortAt = Math.log(1 / alpha)',
      EVIDENCE,
    ],
    [
      'S21 a side without a histogram says something of latency',
      '...(candidate !== undefined && candidate.within.length > 0 ? { candidate } : {})',
      '...(candidate === undefined ? {} : { candidate })',
      judgeTests('latency'),
    ],
  ]),
  ...inFile('src/core/judge/reference.ts', [
    [
      'a frozen reference takes little of what stable did for enough',
      'if (this.isRecalled || this.since.requests >= ENOUGH) return this.since',
      'return this.since',
      EVIDENCE,
    ],
    [
      'the bound of stable’s rate is its mean',
      'return requests === 0 ? undefined : upperBound(errors * eta, requests * eta, chance)',
      'return requests === 0 || chance > 2 || eta > 2 ? undefined : errors / requests',
      EVIDENCE,
    ],
    [
      'clumps of errors tell as much as single ones',
      'upperBound(errors * eta, requests * eta, chance)',
      'upperBound(errors, requests, eta > 2 ? eta : chance)',
      EVIDENCE,
    ],
  ]),
  ...inFile('src/core/judge/dispersion.ts', [
    [
      'evidence is not tempered by how stable scatters',
      'return excess > 0 ? 1 / (1 + excess * Math.max(1, 2 * share)) : 1',
      'return excess > 9e9 ? share : 1',
      [...JUDGE, ...judgeTests('dispersion')],
    ],
    [
      'windows that do not touch are neighbours',
      'if (startMs === this.endMs && requests > 0',
      'if (requests > 0',
      judgeTests('dispersion'),
    ],
    [
      'a small share of the candidate is tempered like a large one',
      'Math.max(1, 2 * share)',
      '1',
      judgeTests('dispersion'),
    ],
  ]),
  ...inFile('src/core/judge/bake/bake.ts', [
    [
      'S28 in the bake nothing is learnt of the candidate alone',
      'this.ceiling.add(requests, events, this.eta)',
      'this.ceiling.add(0, events, this.eta)',
      BAKE,
    ],
    [
      'the part of the shift that stable still had counts as a bake without it',
      'if (stableRequests * FEW >= stableRequests + requests) return\n',
      '',
      BAKE,
    ],
    [
      'a tolerated rate is not tolerated in the bake',
      'this.ceiling = new Ceiling(margin * Math.max(upper, tolerate))',
      'this.ceiling = new Ceiling(margin * Math.max(upper, tolerate * 0))',
      BAKE,
    ],
  ]),
  ...inFile('src/core/judge/bake/comparison.ts', [
    [
      'a window weighs its own surprise',
      '    if (n1 > 0) {\n      this.eta = ',
      '    this.dispersion.add(window.startMs, window.endMs, n0, x0)\n    if (n1 > 0) {\n      this.eta = ',
      EVIDENCE,
    ],
  ]),
  ...inFile('src/core/judge/panel.ts', [
    [
      'S21 in a controlled bake windows without stable are used',
      'stable !== undefined || (this.bake?.hasControl === false && endMs > this.bake.fullMs)',
      'stable !== undefined || (this.bake !== undefined && endMs > this.bake.fullMs)',
      BAKE,
    ],
    [
      'a failure that was seen is taken back',
      'this.logAbort = Math.max(this.logAbort, abort,',
      'this.logAbort = Math.max(abort,',
      EVIDENCE,
    ],
    [
      'a pass stands when its evidence has gone',
      'this.passedAt = this.logPass >= passAt ? (this.passedAt ?? endMs) : undefined',
      'this.passedAt = this.logPass >= passAt ? (this.passedAt ?? endMs) : this.passedAt',
      EVIDENCE,
    ],
    [
      'stable’s rate goes on being learnt in the bake',
      'if (!isBake) comparison.reference.addSince',
      'comparison.reference.addSince',
      BAKE,
    ],
  ]),
  ...inFile('src/core/judge/verdict.ts', [
    [
      'S21 too few requests pass',
      'if (candidate.requests < rules.minRequests) {',
      'if (candidate.requests < 0) {',
      JUDGE,
    ],
    [
      'S21 a candidate without requests passes',
      'if (candidate.requests === 0) {',
      'if (candidate.requests < 0) {',
      JUDGE,
    ],
    [
      'S21 no window at all is no lack of data',
      'if (used === 0) return',
      'if (used < 0) return',
      JUDGE,
    ],
    [
      'S29 nothing to compare with is no lack of data',
      'facts.reference.requests === 0',
      'facts.reference.requests < 0',
      BAKE,
    ],
    [
      'a candidate that fails mostly passes beside a stable one that does',
      "if (rules.metric === 'errors' && candidate.errors > candidate.requests / 2) {",
      "if (rules.metric === 'errors' && candidate.errors < 0) {",
      JUDGE,
    ],
  ]),
  ...inFile('src/core/judge/windows.ts', [
    [
      'S21 NaN is a count',
      'return Number.isFinite(count) && count >= 0',
      'return !(count < 0)',
      WINDOWS,
    ],
    [
      'S21 more errors than requests are a count',
      ' || errors > requests) return false',
      ') return false',
      WINDOWS,
    ],
    [
      'S21 a counter that began anew is a count',
      'errors >= 0 && errors <= requests && isCumulative(within, requests)',
      'errors <= requests && isCumulative(within, requests)',
      WINDOWS,
    ],
    [
      'S21 of two samples of one instant any one counts',
      '(!found.has(sample.at) || isSame(found.get(sample.at), sample))',
      'sample.at > 0',
      WINDOWS,
    ],
    [
      'a histogram that is not cumulative counts',
      '  return isCumulative(within, requests)\n',
      '  return within !== undefined && requests !== -1\n',
      judgeTests('latency windows'),
    ],
  ]),
]
