import type { Mutation } from '../mutation.ts'
import { inFile, testsIn } from './rows.ts'

const START = testsIn('adapters/azure', 'start')
const THROTTLE = testsIn('adapters/azure', 'throttle')
const FIRST_WRITES = testsIn('adapters/azure', 'first-writes')
const TOKEN = testsIn('adapters/azure', 'token')
const HOSTILE = testsIn('adapters/azure', 'hostile')
const ERRORS = testsIn('adapters/azure', 'errors')

/** The adapter of Azure: throttling, tokens, and what errors mean. */
export const AZURE_LIMITS: readonly Mutation[] = [
  ...inFile('src/adapters/azure/throttle/throttle.ts', [
    ['S18 the own bucket never empties', 'lane.level -= 1\n', '', THROTTLE],
    [
      'S18 after a window everybody probes',
      'const probe = gatesOf(way, gates).find((gate) => gate.probe)?.probe\n',
      'const probe = undefined as Promise<void> | undefined\n',
      THROTTLE,
    ],
    [
      'S18 an urgent request probes a window as often as it likes',
      'if (isFree) for (const lane of closed) lane.probedUntil = lane.closedUntil\n',
      '',
      testsIn('adapters/azure', 'throttle take-back'),
    ],
    [
      'S27 an urgent request waits for the window',
      'if (isUrgent && mayProbe(',
      'if (way.lanes.length < 0 && mayProbe(',
      testsIn('adapters/azure', 'throttle take-back'),
    ],
    [
      'L5 all wait for the one that is refused',
      'if (ownMs > 0) throw throttled(ownMs)',
      'if (ownMs > 600_000) throw throttled(ownMs)',
      THROTTLE,
    ],
    [
      'S18 the first PUTs of deployments of a process go all at once',
      'if (lane.isUntold) lane.first = answered\n',
      '',
      FIRST_WRITES,
    ],
    [
      'who waited for the first PUT of a deployment has no patience left',
      'await first\n        giveUp = giveUpAt(way, limits, context.now())\n',
      'await first\n',
      FIRST_WRITES,
    ],
    [
      'S18 where a refusal does not say what is left, all others are sent',
      'lane.isUntold = answer?.status === 429',
      'lane.isUntold = answer === null',
      FIRST_WRITES,
    ],
    [
      'S18 a process that dies leaves the tokens that it has just taken to the next one',
      '// Before it is sent: a process may end at any time.\n  lane.keep()\n',
      '',
      FIRST_WRITES,
    ],
  ]),
  ...inFile('src/adapters/azure/throttle/estimate.ts', [
    [
      'S18 what Azure is at work on when a process begins took no token',
      'lane.level = Math.max(0, lane.level - atWork)',
      'lane.level = Math.max(0, lane.level)',
      FIRST_WRITES,
    ],
    [
      'what the process before has kept counts less than a guess',
      'if (lane.isUntold && recalled === undefined) lane',
      'if (lane.isUntold) lane',
      FIRST_WRITES,
    ],
    [
      'the time between two processes fills no bucket',
      'tokens + (passedMs * perSecond) / 1000',
      'tokens + (0 * passedMs * perSecond) / 1000',
      FIRST_WRITES,
    ],
    [
      'S18 a Retry-After window ends with the process',
      'lane.closedUntil = now() + closedMs - passedMs\n',
      'lane.closedUntil = 0 * (closedMs - passedMs)\n',
      FIRST_WRITES,
    ],
  ]),
  ...inFile('src/adapters/azure/cloud.ts', [
    [
      'S18 what Azure is at work on takes a token at every look',
      '      isFirstLook = false\n',
      '',
      FIRST_WRITES,
    ],
  ]),
  ...inFile('src/adapters/journal/buckets.ts', [
    [
      'S18 a clock that was set between two processes fills a bucket',
      'Math.min(passedMs, uptimeMs - then.uptimeMs)',
      'passedMs',
      testsIn('adapters/journal', 'buckets'),
    ],
  ]),
  ...inFile('src/cli/session.ts', [
    [
      'what is left of a bucket is kept nowhere',
      'createBudgets(telemetry.clock, keptBuckets(config, telemetry))',
      'createBudgets(telemetry.clock)',
      testsIn('cli', 'refusals'),
    ],
  ]),
  ...inFile('src/adapters/azure/throttle/lanes.ts', [
    [
      'S18 a Retry-After window is not waited for',
      'Math.max(closedFor(lane, now), tokenAfter(lane, now, ahead(lane, request) + 1))',
      'tokenAfter(lane, now, ahead(lane, request) + 1)',
      THROTTLE,
    ],
    [
      'L5 the page of one operation closes all reads',
      '|locations\\/[^/]+\\/[a-z]+(?:\\/[^/]+)?)/i',
      ')/i',
      THROTTLE,
    ],
    [
      'S18 things of the same name in two workspaces are one',
      'const thing = THING.exec(path)?.[0]',
      "const thing = THING.exec(path)?.[0]?.replace(/^.*workspaces.[^/]+/, '')",
      testsIn('adapters/azure', 'budget'),
    ],
    [
      'who came first waits with those who came later',
      'if (!waiting.has(request)) return waiting.size\n',
      'return 0\n',
      testsIn('adapters/azure', 'budget'),
    ],
    [
      'S18 a 429 without Retry-After is answered by the same pace',
      '1000 * 2 ** Math.min(gate.strikes, 10)',
      '1000',
      THROTTLE,
    ],
  ]),
  ...inFile('src/adapters/azure/throttle/learning.ts', [
    [
      'S18 what the service says remains is not heard',
      'else lane.level = Math.min(lane.level, Number(value))\n',
      '',
      THROTTLE,
    ],
    [
      'S18 an answer to an earlier request ends a window',
      'if (now >= gate.closedUntil) gate.strikes = 0',
      'gate.strikes = 0',
      THROTTLE,
    ],
    [
      'what the service says remains for deployments only lowers ours',
      'lane.level = Math.min(lane.bucket.burst, left) - unanswered',
      'lane.level = Math.min(lane.level, left)',
      THROTTLE,
    ],
    [
      'deployments come back as slowly as was taken for granted',
      'if (told !== undefined && back >= ENOUGH && now - told.at >= 1000)\n',
      'if (told !== undefined && back >= Infinity && now - told.at >= 1000)\n',
      THROTTLE,
    ],
    [
      'S18 the bucket of deployments is taken to fill faster than it was seen to',
      '((back - 1) * 1000) / (now - told.at)',
      '(2 * back * 1000) / (now - told.at)',
      THROTTLE,
    ],
    [
      'S18 requests under way count as tokens that came back',
      '  if (unanswered === 0) {',
      '  if (unanswered >= 0) {',
      THROTTLE,
    ],
    [
      'L5 one thing that is refused closes all',
      '>= REFUSED_AT_ONCE) ? [own, ...lanes] : [own]',
      '>= REFUSED_AT_ONCE) ? [own, ...lanes] : [own, ...lanes]',
      THROTTLE,
    ],
    [
      'S18 when everything is refused, one thing after the other is tried',
      'refused.size >= REFUSED_AT_ONCE',
      'refused.size < 0',
      THROTTLE,
    ],
    [
      'S18 an answer that says that nothing is left closes one thing',
      'if (empty.length > 0) return empty',
      'if (empty.length < 0) return empty',
      THROTTLE,
    ],
    [
      'S18 an empty bucket of deployments holds the traffic',
      'const empty = lanes.filter(({ name }) => emptied.has(name))',
      'const empty = emptied.size > 0 ? lanes : []',
      THROTTLE,
    ],
    [
      'S18 a refusal of no single thing closes nothing',
      'if (thing === undefined) return lanes',
      'if (thing === undefined) return []',
      THROTTLE,
    ],
  ]),
  ...inFile('src/adapters/azure/http/retry-after.ts', [
    [
      'a Retry-After of years is waited for',
      'return Math.min(RETRY_AFTER_MAX_MS, Math.max(RETRY_AFTER_MIN_MS, Math.ceil(ms)))',
      'return Math.max(RETRY_AFTER_MIN_MS, Math.ceil(ms))',
      testsIn('adapters/azure', 'retry-after'),
    ],
  ]),
  ...inFile('src/adapters/azure/identity/token.ts', [
    [
      'S17 the token is sent to any host',
      'if (urlOf(request.url).origin !== options.origin) throw foreignAddress()\n',
      '',
      [...TOKEN, ...HOSTILE],
    ],
    [
      'a token that Azure refused is sent again for ever',
      'if (repeated.status === 401) close(holder, refused())\n',
      '',
      TOKEN,
    ],
    [
      'an identity that is down is asked at every request',
      'if (closed && holder.now() < closed.until) throw closed.error\n',
      '',
      TOKEN,
    ],
    [
      'a token is used until its last second',
      'held.expiresOnTimestamp - EARLY_MS > options.clock.now()',
      'held.expiresOnTimestamp > now - 1e12',
      TOKEN,
    ],
    [
      'many requests that meet one 401 renew as often',
      'if (holder.held && holder.held.token !== refusedToken.token) return holder.held\n',
      '',
      TOKEN,
    ],
  ]),
  ...inFile('src/adapters/azure/http/origin.ts', [
    [
      'S17 a link to another host is followed',
      "return url.origin === origin && url.username === '' && url.password === '' ? link : undefined",
      "return origin !== '' && url.username === '' ? link : undefined",
      testsIn('adapters/azure', 'origin'),
    ],
  ]),
  ...inFile('src/adapters/azure/http/taxonomy.ts', [
    [
      'an answer of a broken service is final',
      "if (status === 404 || isServiceFault(status)) return verdict.retry === 'Later'",
      'if (status === -1) return false',
      ERRORS,
    ],
    [
      'a 409 with the code of a user is final',
      "return status !== 409 || verdict.errorClass !== 'user' || verdict.reason === 'VersionInUse'",
      'return true',
      ERRORS,
    ],
    [
      'quota is final',
      "const quota = later('quota', 10 * MINUTE_MS)",
      "const quota = (reason: string): Verdict => ({ ...user(reason), errorClass: 'quota' })",
      ERRORS,
    ],
  ]),
  ...inFile('src/adapters/azure/http/immediate-retry.ts', [
    [
      'S11 a write is sent again at once',
      'const left = methods.includes(request.method) ? retries : 0',
      'const left = methods.length > 0 ? retries : 0',
      START,
    ],
  ]),
  ...inFile('src/adapters/azure/scoring/scoring.ts', [
    [
      'what a model answers may be as large as what Azure does',
      'wholeAnswerPolicy(limits.scoringBytesMax)',
      'wholeAnswerPolicy(limits.bodyBytesMax)',
      testsIn('adapters/azure', 'prober'),
    ],
  ]),
  ...inFile('src/adapters/azure/observe/live.ts', [
    [
      'a state that is no text fails the whole look',
      'textIn(state)',
      'String(state)',
      testsIn('adapters/azure', 'whole-body'),
    ],
  ]),
  ...inFile('src/adapters/azure/http/whole-body.ts', [
    [
      'a key that Azure answered stays in memory',
      'return isOfAction ? value : kept(text, value)',
      'return kept(text, value)',
      testsIn('adapters/azure', 'whole-body'),
    ],
    [
      'an answer without end is read into memory',
      'if (size > bytesMax) throw tooLarge(bytesMax)\n',
      '',
      HOSTILE,
    ],
    [
      'L1 an answer that stops in its body holds the controller for ever',
      '    isLate = true\n    giveUp()\n',
      '',
      HOSTILE,
    ],
    ['a request that failed keeps the process', '  request.timeout = 0\n', '', HOSTILE],
  ]),
  ...inFile('src/adapters/azure/identity/token.ts', [
    [
      'a token that nobody waits for keeps the process',
      '      question.gaveUp.abort()\n',
      '',
      HOSTILE,
    ],
    [
      'a token that nobody waited for counts as refused',
      'if (how.abortSignal?.aborted === true) throw error',
      'if (how.abortSignal === null) throw error',
      HOSTILE,
    ],
  ]),
  ...inFile('src/adapters/azure/endpoints/container-log.ts', [
    [
      'S17 the end of a log is shown with the secrets in it',
      'redact(endOf(content))',
      'endOf(content)',
      testsIn('adapters/azure', 'container-log'),
    ],
  ]),
  ...inFile('src/adapters/azure/identity/credential.ts', [
    [
      'L1 a login host that says nothing holds the controller for ever',
      '    timeLimitPolicy(timeoutMs),\n',
      '',
      HOSTILE,
    ],
  ]),
  ...inFile('src/core/model/basis.ts', [
    [
      'S9 the service’s own book-keeping moves the ground of a write',
      'const { systemData: _, ...kept } = body',
      'const kept = body',
      testsIn('core/model', 'basis'),
    ],
  ]),
]
