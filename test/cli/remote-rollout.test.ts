import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createInbox } from '../../src/adapters/inbox/memory.ts'
import { createJournal } from '../../src/adapters/journal/memory.ts'
import type { IntentAnswer } from '../../src/core/model/rollout.ts'
import { samplesIn } from '../../src/core/report/samples.ts'
import { createServer } from '../../src/server/server.ts'
import * as a from '../support/report.ts'
import { createFolder, run } from './program.ts'

const folder = createFolder()
const open: { close(): Promise<unknown> }[] = []
afterAll(async () => {
  for (const server of open) await server.close()
  folder.remove()
})

const NO_LINE = { logPass: Number.NEGATIVE_INFINITY, passAt: Number.POSITIVE_INFINITY }

/** A controller whose Applications have these rollouts; the answer of every lever is the same. */
async function serve(endpoints: Record<string, string>, result: IntentAnswer['result']) {
  const pulled: string[] = []
  const applications = Object.entries(endpoints).map(([name, endpoint]) => {
    const journal = createJournal({ history: 3 })
    const inbox = createInbox()
    const { evidence } = a.judgement()
    const judgements = evidence && [a.judgement({ evidence: { ...evidence, ...NO_LINE } })]
    const rollout = a.rollout({ endpoint, ...(judgements === undefined ? {} : { judgements }) })
    journal.record(a.report({ application: name, resources: [a.rolling(rollout)] }))
    inbox.onPut(() => {
      pulled.push(...inbox.take().map((one) => `${name} ${one.endpoint} ${one.verb}`))
      inbox.answer(inbox.take().map((intent) => ({ intent, result, message: 'So be it.' })))
    })
    return { name, journal, inbox }
  })
  const limits = { leverWaitMs: 50 }
  const server = createServer({ applications, metrics: async () => '', version: '0.1.0', limits })
  open.push(server)
  return { url: await server.listen({ port: 0, host: '127.0.0.1' }), pulled }
}

let teams: Awaited<ReturnType<typeof serve>>
let slow: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  teams = await serve(
    { one: 'fraud', other: 'churn', third: 'shared', fourth: 'shared' },
    'accepted',
  )
  slow = await serve({ only: 'fraud' }, 'pending')
})

function rollout(...args: readonly string[]) {
  return run(folder.path, ['rollout', ...args])
}

test('a lever goes to the Application whose endpoint is meant', async () => {
  const { code, stdout } = await rollout('abort', 'churn', '--url', teams.url)
  expect([code, stdout]).toEqual([0, 'churn: abort accepted. So be it.\n'])
  expect(teams.pulled).toEqual(['other churn abort'])
})

test('a lever names the revision that is meant, when it is told to', async () => {
  const meant = await rollout(
    'abort',
    'churn',
    '--url',
    teams.url,
    '--of',
    '0123abcd',
    '-o',
    'json',
  )
  expect(JSON.parse(meant.stdout)).toMatchObject({ result: 'accepted', revision: '0123abcd' })
  const before = teams.pulled.length
  const version = await rollout('abort', 'churn', '--url', teams.url, '--of', 'v2')
  expect(version).toMatchObject({ code: 1, stderr: expect.stringContaining('8 hex digits') })
  expect(teams.pulled).toHaveLength(before)
})

test('where it is not clear whose is meant, nothing is pulled and the choice is shown', async () => {
  const before = teams.pulled.length
  const [shared, nobody] = await Promise.all([
    rollout('abort', 'shared', '--url', teams.url),
    rollout('abort', 'nobody', '--url', teams.url),
  ])
  expect(shared).toMatchObject({ code: 1, stderr: expect.stringContaining('(third, fourth)') })
  expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('--application') })
  expect(teams.pulled).toHaveLength(before)
  const chosen = ['--url', teams.url, '--application', 'fourth']
  expect((await rollout('abort', 'shared', ...chosen)).code).toBe(0)
  expect(teams.pulled.at(-1)).toBe('fourth shared abort')
})

test('a lever that waits is not done; with one Application it is sent there, whatever is seen of it', async () => {
  const { code, stdout } = await rollout('abort', 'unseen', '--url', slow.url)
  expect([code, stdout]).toEqual([
    ...[
      1,
      'unseen: abort pending. So be it. It is carried out as soon as it can be, if the revision that it was said of is still there then. A controller that is started anew does not know of it.\n',
    ],
  ])
  expect(slow.pulled).toEqual(['only unseen abort'])
})

test('all rollouts are shown as the controller has them, with what is not known yet', async () => {
  const { code, stdout } = await rollout('status', '--url', teams.url)
  expect(code).toBe(0)
  expect(stdout.match(/^\w+ {2}analyzing, step 2 of 4 {2}canary$/gm)).toHaveLength(4)
  expect(stdout).toContain('none of none')
})

test('--samples shows the numbers behind verdicts, as text and as JSON; without it there are none', async () => {
  const journal = createJournal({ history: 3 })
  journal.record(a.report({ resources: [a.rolling(a.aborted({ judged: a.judged() }))] }))
  const application = { name: 'fraud-prod', journal, inbox: createInbox() }
  const server = createServer({
    applications: [application],
    ...{ metrics: async () => '', version: '0.1.0' },
  })
  open.push(server)
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  const [text, json, without] = await Promise.all([
    rollout('status', 'fraud', '--samples', '--url', url),
    rollout('status', 'fraud', '--samples', '--url', url, '-o', 'json'),
    rollout('status', 'fraud', '--url', url, '-o', 'json'),
  ])
  expect(text.stdout).toContain('samples of green (77aa1122), as judged at 2026-01-15T12:00:10Z')
  expect(text.stdout).toContain(
    '2026-01-15T12:00:10Z  stable 450 requests, 5 failed; candidate 50 requests, 12 failed',
  )
  expect(JSON.parse(json.stdout)).toMatchObject({
    rollout: { endpoint: 'fraud', phase: 'rolled_back' },
    samples: { revision: '77aa1122', items: [{ query: 'up', candidate: { errors: [0, 12] } }] },
  })
  expect(JSON.parse(without.stdout)).not.toHaveProperty('samples')
})

test('a controller that was started anew shows what ended the last rollout, as it was written down', async () => {
  const journal = createJournal({ history: 3 })
  journal.record(a.report({ resources: [a.rolling(a.aborted())] }))
  const lastVerdict = async (endpoint: string) => samplesIn(endpoint, a.judged())
  const applications = [{ name: 'fraud-prod', journal, inbox: createInbox(), lastVerdict }]
  const server = createServer({ applications, metrics: async () => '', version: '0.1.0' })
  open.push(server)
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  const { stdout } = await rollout('status', '--samples', '--url', url)
  expect(stdout).toContain('candidate 50 requests, 12 failed')
})

test('--samples is for a look, and not for watching', async () => {
  const { code, stderr } = await rollout('status', '--samples', '--watch', '--url', slow.url)
  expect([code, stderr]).toEqual([1, expect.stringContaining('cannot be used with')])
})

test.each(['status', 'abort'])(
  'before its first look a controller does not say to %s that there is no rollout',
  async (verb) => {
    const applications = ['one', 'two'].map((name) => ({
      name,
      journal: createJournal({ history: 3 }),
      inbox: createInbox(),
    }))
    const server = createServer({ applications, metrics: async () => '', version: '0.1.0' })
    open.push(server)
    const url = await server.listen({ port: 0, host: '127.0.0.1' })
    const { code, stderr } = await rollout(verb, 'fraud', '--url', url)
    expect(code).toBe(1)
    expect(stderr).toContain('one: The controller has not looked at it yet: ask again')
  },
)

test('where the controller could not read Git it does not say that there is no rollout', async () => {
  const journal = createJournal({ history: 3 })
  const message = 'Git is out of reach.'
  const source = a.condition({
    type: 'SourceReady',
    status: 'False',
    reason: 'Unreachable',
    message,
  })
  journal.record(a.report({ application: 'blind', conditions: [source], resources: [] }))
  const applications = [{ name: 'blind', journal, inbox: createInbox() }]
  const server = createServer({ applications, metrics: async () => '', version: '0.1.0' })
  open.push(server)
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  const { code, stderr } = await rollout('status', 'fraud', '--url', url)
  expect(code).toBe(1)
  expect(stderr).toContain('blind: Unreachable: Git is out of reach.')
  expect(stderr).toContain('verdigris rollout abort')
})
