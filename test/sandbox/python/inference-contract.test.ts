import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ContainerRequest } from '../../../src/sandbox/scoring/worker.ts'
import { slowMs, tellSkipped, venvWith } from './index-venv.ts'
import {
  conversations,
  nameOf,
  oldNames,
  requestOf,
  timed,
  values,
} from './inference-conversations.ts'
import {
  type Asked,
  type Code,
  type InferenceServer,
  startMicrosofts,
  startOurs,
} from './inference-servers.ts'

/**
 * Where ours differs from Microsoft's server, and why. Everything else is to be the same.
 *
 * | what | why |
 * | --- | --- |
 * | `x-ms-server-version` | ours says 1.4.0, as recorded of Azure; its presence is compared |
 * | `x-ms-run-fn-exec-ms` | a duration; its presence and form are compared |
 * | ids that nobody sent | random GUIDs; their presence is compared |
 * | order within `allow` | a set of Python's, in another order from run to run |
 * | descriptions in swagger.json | our own words; the documents are compared without them |
 * | body of the 500 for sys.exit() | a page of gunicorn's; the status is compared |
 * | `SCORING_TIMEOUT_MS` | ours answers, and run() goes on unseen: there are threads where the server has processes |
 * | `date`, `server`, `connection`, `content-length` | the listener's, of which the sandbox has one for all |
 */

const venv = await venvWith(['azureml-inference-server-http==1.5.1'])
const python = 'python' in venv ? venv.python : ''
if ('reason' in venv) tellSkipped('our container beside azureml-inference-server-http', venv.reason)
const slow = 'reason' in venv ? describe.skip : describe

slow('slow: our container and azureml-inference-server-http answer the same', () => {
  describe.each(conversations)('$name', ({ code, sent }) => {
    let servers: readonly InferenceServer[] = []
    beforeAll(async () => {
      const starts = [startMicrosofts(code, python), startOurs(code, 'python3')]
      servers = await Promise.all([...starts, startOurs(code, python)])
    }, slowMs)
    afterAll(() => Promise.all(servers.map((server) => server.close())))

    test.each(sent.map((one) => [nameOf(one), requestOf(one)] as const))(
      '%s',
      async (_, request) => {
        const answers = await Promise.all(servers.map((server) => server.ask(request)))
        const [theirs, ours, hosted] = answers.map((answer) => comparable(answer, request))
        expect({ ours }).toEqual({ ours: theirs })
        // In a venv that has Microsoft's server the sandbox runs that one.
        if (code !== timed) expect({ hosted }).toEqual({ hosted: theirs })
      },
    )
  })

  test(
    'a script that calls sys.exit() gets a bare 500, and the process goes on',
    async () => {
      const starts = [startMicrosofts(values, python), startOurs(values, 'python3')]
      const servers = await Promise.all(starts)
      const ask = (body: string) =>
        Promise.all(servers.map((server) => server.ask(requestOf({ body }))))
      const [exits, lives] = [await ask('exit'), await ask('list')]
      await Promise.all(servers.map((server) => server.close()))
      expect(exits.map(({ status }) => status)).toEqual([500, 500])
      expect(lives.map(({ status }) => status)).toEqual([200, 200])
    },
    slowMs,
  )

  const init = 'def init(): pass\n'
  const run = 'def run(data): pass\n'
  test.each<[string, Code, boolean]>([
    ['has no init()', { files: { 'score.py': run } }, false],
    ['has no run()', { files: { 'score.py': init } }, false],
    ['does not parse', { files: { 'score.py': 'def init(:' } }, false],
    ['raises in init()', { files: { 'score.py': `def init(): 1 / 0\n${run}` } }, false],
    ['raises when imported', { files: { 'score.py': `1 / 0\n${init}${run}` } }, false],
    [
      'has a run() without parameters',
      { files: { 'score.py': `${init}def run(): pass\n` } },
      false,
    ],
    [
      'takes headers only',
      { files: { 'score.py': `${init}def run(request_headers): pass\n` } },
      false,
    ],
    ['takes *args', { files: { 'score.py': `${init}def run(*args): pass\n` } }, false],
    [
      'takes more, with defaults',
      { files: { 'score.py': `${init}def run(a, b=1): pass\n` } },
      true,
    ],
    ['is not there', { files: { 'other.py': '' } }, false],
    [
      'lies in a folder and imports from the root',
      {
        files: { 'sub/score.py': `import near\n${init}${run}`, 'near.py': '' },
        script: 'sub/score.py',
      },
      true,
    ],
    [
      'lies in a folder and imports from there',
      {
        files: { 'sub/score.py': `import near\n${init}${run}`, 'sub/near.py': '' },
        script: 'sub/score.py',
      },
      false,
    ],
  ])(
    'a script that %s starts in both or in neither',
    async (_, code, expected) => {
      const starts = [startMicrosofts(code, python), startOurs(code, 'python3')]
      const outcomes = await Promise.allSettled(starts)
      for (const outcome of outcomes)
        if (outcome.status === 'fulfilled') await outcome.value.close()
      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([expected, expected])
    },
    slowMs,
  )
})

test('the older names of the raw HTTP classes are there where Microsoft has no server', async () => {
  const server = await startOurs(oldNames, 'python3')
  const answer = await server.ask(requestOf({ target: '/score?do=status&code=418' }))
  await server.close()
  expect(answer).toMatchObject({ status: 418, body: 'a body' })
})

/** What is compared: status, body, and every header that is not among the differences. */
function comparable({ status, headers, body }: Asked, request: ContainerRequest) {
  const { date: _, server: __, connection: ___, 'content-length': ____, ...rest } = headers
  const shown: Record<string, string> = { ...rest }
  if (shown['x-ms-server-version']) shown['x-ms-server-version'] = 'a version'
  if (/^\d+\.\d{3}$/.test(shown['x-ms-run-fn-exec-ms'] ?? '')) shown['x-ms-run-fn-exec-ms'] = 'ms'
  if (shown.allow) shown.allow = shown.allow.split(', ').sort().join(', ')
  const sentIds = Object.values(request.headers)
  for (const name of ['x-request-id', 'x-ms-request-id']) {
    const value = shown[name]
    if (value !== undefined && !sentIds.includes(value)) shown[name] = 'a new id'
  }
  const isSwagger = request.target.startsWith('/swagger.json') && status === 200
  return { status, headers: shown, body: isSwagger ? withoutDescriptions(body) : body }
}

function withoutDescriptions(body: string): unknown {
  return JSON.parse(body, (name, value) => (name === 'description' ? undefined : value))
}
