import type { Mutation } from '../mutation.ts'
import { inFile, testsIn } from './rows.ts'

const START = testsIn('adapters/azure', 'start')
const HOSTILE = testsIn('adapters/azure', 'hostile')
const BODIES = testsIn('adapters/azure', 'whole-body')
const RESTING = testsIn('adapters/azure', 'resting')
const UPLOAD = testsIn('adapters/azure', 'upload')
const TAKE_BACK = testsIn('adapters/azure', 'take-back')

/** The adapter of Azure: what is read, what is believed of it, and what is sent. */
export const AZURE: readonly Mutation[] = [
  ...inFile('src/adapters/azure/write/start.ts', [
    [
      'S9 a write is sent on ground that has moved',
      'if (isAsRead(live)) return live\n',
      'if (isAsRead !== undefined) return live\n',
      START,
    ],
    [
      'S26 any answer but 200 says that a thing is gone',
      'const isAbsent = response.status === 404',
      'const isAbsent = response.status !== 200',
      START,
    ],
    [
      'S26 an endpoint with deployments is made anew after a late 404',
      'if (live === undefined) await childless(starting, action.ref, signal)\n',
      '',
      START,
    ],
    [
      'S15 with an endpoint goes what somebody has deployed to it since it was read',
      'if (unknown.length === 0) return\n',
      'if (unknown.length >= 0) return\n',
      START,
    ],
    [
      'S26 what we wrote to is read in its turn',
      'disturb(starting, action.ref, true)\n',
      '',
      START,
    ],
    [
      'S26 an endpoint is made anew as soon as one look does not find it',
      'if (isChildless && !ages.isNewlyGone(ref)) return',
      'if (isChildless) return',
      START,
    ],
    [
      'S26 deployments that cannot be listed are none',
      'if (response.status !== 200) throw groundErrorOf(response, what, clock.now())\n  const { value } = objectOf(response, what)',
      'const { value = [] } = response.status === 200 ? objectOf(response, what) : {}',
      START,
    ],
    [
      'S12 a write is sent to what Azure is at work on',
      'if (live !== undefined && isBusy(action, live)) {',
      'if (live === null) {',
      START,
    ],
    [
      'S12 a create that is stuck may not be deleted',
      "(phase === 'Provisioning' && action.verb !== 'delete')",
      "phase === 'Provisioning'",
      START,
    ],
    [
      'S9 a list that was shown to lag is believed again',
      '  if (isAsRead(live)) return live\n  staleEntries.add(ref)\n',
      '  if (isAsRead(live)) return live\n',
      START,
    ],
    [
      'S9 the ground is not looked at again after an upload',
      '  if (action.upload) await checkGround(starting, action, signal)\n',
      '',
      testsIn('adapters/azure', 'upload'),
    ],
    [
      'R5 the endpoint beneath a deployment may have moved',
      'for (const { ref, lastWrite } of action.grounds ?? [])',
      'for (const { ref, lastWrite } of (action.grounds ?? []).slice(9))',
      TAKE_BACK,
    ],
    [
      'S27 a take-back is held by anything that has moved',
      'await (action.onto === undefined\n',
      'await (action.onto !== null\n',
      TAKE_BACK,
    ],
    [
      'S27 a take-back is made of what the plan saw, not of a fresh GET',
      'await send(starting, action, laidOver(live, onto), signal)',
      'await send(starting, action, action.body, signal)',
      TAKE_BACK,
    ],
    [
      'S11 a take-back is sent to what Azure is at work on',
      'if (isAtWork({ phase }))\n      throw refusal',
      "if (phase === 'Deleting')\n      throw refusal",
      TAKE_BACK,
    ],
    [
      'S27 a take-back goes out although the record is another one',
      'if (valueAt(live, path) !== value)',
      'if (valueAt(live, path) === null)',
      TAKE_BACK,
    ],
    [
      'S27 after a take-back was refused the next is made of the same list',
      '  } catch (error) {\n    staleEntries.add(action.ref)\n',
      '  } catch (error) {\n',
      TAKE_BACK,
    ],
    [
      'an asset is deleted when a plan says so',
      'if (ref.version !== undefined) throw',
      'if (ref.version === null) throw',
      [...testsIn('adapters/azure', 'batch'), ...START],
    ],
    [
      'S8 any answer is an acceptance',
      'const isAccepted = response.status >= 200 && response.status <= 204',
      'const isAccepted = response.status >= 200',
      START,
    ],
  ]),
  ...inFile('src/adapters/azure/observe/reading.ts', [
    [
      'S26 a GET that is refused says that a thing is gone',
      "if (response.status === 404) return 'absent'",
      "if (response.status >= 400) return 'absent'",
      [...testsIn('adapters/azure', 'unlisted'), ...HOSTILE],
    ],
    [
      'S26 a thing that could not be read is read completely',
      '? { live: undefined, complete: false }',
      '? { live: undefined, complete: true }',
      testsIn('adapters/azure', 'unlisted'),
    ],
  ]),
  ...inFile('src/adapters/azure/observe/observe.ts', [
    [
      'S26 what could not be read is absent',
      '    complete && live === undefined\n',
      '    live === undefined || !complete\n',
      testsIn('adapters/azure', 'unlisted'),
    ],
    [
      'S26 what the lists leave out is not read',
      'readUnlisted(reading, wanted.unlisted?.(listed) ?? [], signal)',
      'readUnlisted(reading, [], signal)',
      testsIn('adapters/azure', 'unlisted'),
    ],
    [
      'S15 the reading is whole though an asset could not be read',
      'const directly = [...unreadAssets, ...unlisted.unread].map(scopeOf)',
      'const directly = unlisted.unread.map(scopeOf)',
      [...BODIES, ...testsIn('adapters/azure', 'unlisted')],
    ],
  ]),
  ...inFile('src/adapters/azure/http/pages.ts', [
    [
      'S15 a page that fails ends a whole list',
      '    if (next === undefined) {\n      gathered.complete = false\n',
      '    if (next === undefined) {\n',
      HOSTILE,
    ],
    [
      'S15 a list without end is whole',
      '    if (gathered.links.has(link) || isTooLong) {\n      gathered.complete = false\n',
      '    if (gathered.links.has(link) || isTooLong) {\n',
      HOSTILE,
    ],
    [
      'S15 a page without a list is an empty one',
      'if (!Array.isArray(body.value)) gathered.complete = false\n',
      '',
      HOSTILE,
    ],
    [
      'S15 an item that cannot be understood is not there',
      '    } else {\n      gathered.complete = false\n    }\n',
      '    }\n',
      [...HOSTILE, ...BODIES],
    ],
    [
      'S15 a list that cannot be had is an empty one',
      'if (page.status !== 200) throw cloudErrorOf(page, what, now())\n',
      'if (page.status !== 200) return { items: [], complete: true }\n',
      [...START, ...HOSTILE],
    ],
  ]),
  ...inFile('src/adapters/azure/observe/trees.ts', [
    [
      'S28 one sort of endpoints that cannot be listed stops the other',
      'if (read instanceof CloudError) return treesKnown(',
      'if (read instanceof CloudError) throw read\n  if (read === undefined) return treesKnown(',
      HOSTILE,
    ],
    [
      'S15 what cannot be listed is missing',
      'unread: [ENDPOINT_OF[kind]], failure }',
      'unread: [], failure }',
      HOSTILE,
    ],
    [
      'an endpoint whose deployments cannot be read has none',
      "return { lives: [{ ...endpoint, phase: 'Provisioning' }], complete: false }",
      'return { lives: [endpoint], complete: true }',
      START,
    ],
    [
      'S26 what one list leaves out is gone',
      'if (complete) staleEntries.listed(',
      'if (!complete) staleEntries.listed(',
      testsIn('adapters/azure', 'unlisted'),
    ],
    [
      'S26 what a list shows as it was before is believed',
      'if (ages.isOutdated(ref, body)) staleEntries.add(ref)',
      'ages.isOutdated(ref, body)',
      testsIn('adapters/azure', 'unlisted'),
    ],
    [
      'S2 an answer of before is written on',
      "return ages.isOutdated(live.ref, live.body) ? { ...live, phase: 'Provisioning' } : live",
      'return live',
      testsIn('adapters/azure', 'unlisted'),
    ],
    [
      'a list is believed against a GET',
      '  if (stale.length === 0) return listing\n',
      '  if (stale.length >= 0) return listing\n',
      START,
    ],
  ]),
  ...inFile('src/adapters/analysis/kept.ts', [
    [
      'C14 what a provider forgets in the bake is gone',
      'return earlier.length === 0 ? now : [...earlier, ...now]',
      'return now',
      testsIn('adapters/analysis', 'kept'),
    ],
    [
      'what was measured of another rollout counts',
      'return JSON.stringify([id, windowMs, stable, candidate, startMs, baselineMs, query])',
      'return JSON.stringify([id, windowMs, stable, candidate, baselineMs, query])',
      testsIn('adapters/analysis', 'kept'),
    ],
  ]),
  ...inFile('src/adapters/azure/observe/ages.ts', [
    [
      'an older answer is never believed',
      'if (isOlder && now() - (known?.seenAt ?? 0) < DISBELIEVED_MS) return true',
      'if (isOlder) return true',
      testsIn('adapters/azure', 'ages'),
    ],
    [
      'what was made anew is taken for older',
      'known?.createdAt === createdAt && ',
      '',
      testsIn('adapters/azure', 'ages'),
    ],
    [
      'S26 what was not found once counts as gone since then, though it was found afterwards',
      'ages.set(key, { createdAt, modifiedMs, seenAt: now() })',
      'ages.set(key, { ...known, createdAt, modifiedMs, seenAt: now() })',
      testsIn('adapters/azure', 'ages'),
    ],
  ]),
  ...inFile('src/adapters/azure/http/errors.ts', [
    [
      'L1 a read that is refused blocks the write',
      "return error.retry === 'Later'\n    ? error\n    : new CloudError",
      'return error.retry !== undefined\n    ? error\n    : new CloudError',
      START,
    ],
  ]),
  ...inFile('src/adapters/azure/throttle/resting.ts', [
    [
      'a version of an asset is never read again',
      'return entry !== undefined && entry.until > now() ? entry : undefined',
      'return entry',
      RESTING,
    ],
    [
      'a reading that lags behind our own write is remembered',
      'known !== undefined && known.isMade !== true',
      'known === null',
      RESTING,
    ],
    [
      'a version that was just made is read at every look',
      'known !== undefined && known.isMade !== true',
      'known !== undefined',
      RESTING,
    ],
    [
      'what failed is remembered as if it were ready',
      "live.phase !== 'Ready' || (known",
      '(known',
      RESTING,
    ],
  ]),
  ...inFile('src/adapters/azure/write/upload.ts', [
    [
      'the key of a datastore is used for ever',
      'known === undefined || known.until <= now()',
      'known === undefined',
      UPLOAD,
    ],
    ['a key of a datastore is used again that was refused', '    shared.forget()\n', '', UPLOAD],
  ]),
]
