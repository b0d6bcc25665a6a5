import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createDataPlane, type DataPlane, deployment, endpoint } from './data-plane.ts'

const echo = `
import json, os
def init():
    global greeting
    greeting = os.environ.get("GREETING", "none")
    print("init says hello")
def run(raw_data):
    data = json.loads(raw_data)
    return {"data": data, "greeting": greeting}
`

let plane: DataPlane
beforeAll(() => {
  plane = createDataPlane()
})
afterAll(() => plane.runtime.close())

describe('a scoring script', () => {
  test('gets the body as text, and its result goes back as JSON with the headers of Azure', async () => {
    const code = await plane.upload('echo', { 'score.py': echo })
    await plane.show(endpoint([deployment(code, { environmentVariables: { GREETING: 'hei' } })]))
    const answer = await plane.post({ rows: [1, 'æ'] })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body)).toEqual({ data: { rows: [1, 'æ'] }, greeting: 'hei' })
    expect(answer.headers).toMatchObject({
      server: 'azureml-frontdoor',
      'content-type': 'application/json',
      'azureml-model-deployment': 'blue',
      'azureml-model-session': 'blue',
      'x-ms-run-function-failed': 'False',
      'x-ms-server-version': 'azmlinfsrv/1.4.0',
    })
    expect(answer.headers['x-request-id']).toBe(answer.headers['x-ms-request-id'])
    expect(Number(answer.headers['x-ms-run-fn-exec-ms'])).toBeGreaterThanOrEqual(0)
    expect(plane.told).toEqual(['blue 1 starting', 'blue 1 ready'])
    expect(plane.logs.join('')).toContain('init says hello')
  })

  test('imports from the root of its code and finds its model folder and files by their names', async () => {
    const code = await plane.upload('with-model', {
      'sub/score.py': `
import os
from neighbour import twice
def init():
    global model
    root = os.environ["AZUREML_MODEL_DIR"]
    model = open(os.path.join(root, "weights", "a.txt")).read()
    assert os.environ["AZUREML_ENTRY_SCRIPT"] == "sub/score.py"
    assert os.path.exists(os.path.join(os.environ["AML_APP_ROOT"], "sub", "score.py"))
    assert root.endswith("azureml-models/fraud/7")
def run(raw_data):
    return twice(model)
`,
      'neighbour.py': 'def twice(text):\n    return text + text\n',
    })
    await plane.upload('LocalUpload/1/weights', { 'a.txt': 'ab', 'deep/b.txt': '' })
    const modelUri =
      'azureml://subscriptions/s/resourceGroups/g/workspaces/w/datastores/workspaceblobstore/paths/LocalUpload/1/weights'
    const model = { modelUri, modelName: 'fraud', modelVersion: '7' }
    const view = deployment(code, { ...model, scoringScript: 'sub/score.py' })
    await plane.show(endpoint([{ ...view, name: 'model', containerGeneration: 1 }]))
    expect((await plane.post({})).body).toBe('"abab"')
  })

  test('finds a model that is one file directly in its model folder', async () => {
    const code = await plane.upload('one-file', {
      'score.py': `
import os
def init(): pass
def run(raw_data):
    return open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl")).read()
`,
    })
    await plane.upload('LocalUpload/2', { 'model.pkl': 'pickled' })
    const modelUri = 'azureml://datastores/workspaceblobstore/paths/LocalUpload/2/model.pkl'
    await plane.show(endpoint([deployment(code, { name: 'file', modelUri })]))
    expect((await plane.post({})).body).toBe('"pickled"')
  })

  test('sees nothing of the environment of the sandbox', async () => {
    const code = await plane.upload('env', {
      'score.py': 'import os\ndef init(): pass\ndef run(raw): return sorted(os.environ)\n',
    })
    process.env.VERDIGRIS_TEST_SECRET = 'not for scripts'
    await plane.show(endpoint([deployment(code, { name: 'env' })]))
    delete process.env.VERDIGRIS_TEST_SECRET
    const names: string[] = JSON.parse((await plane.post({})).body)
    expect(names).toContain('AZUREML_MODEL_DIR')
    expect(names).not.toContain('VERDIGRIS_TEST_SECRET')
  })
})

describe('a script that fails', () => {
  test('in run(): 424 with the status of the model, the body unchanged, the trace in the log', async () => {
    const code = await plane.upload('raises', {
      'score.py': 'def init(): pass\ndef run(raw): raise ValueError("not today")\n',
    })
    await plane.show(endpoint([deployment(code, { name: 'raises' })]))
    const answer = await plane.post({})
    expect(answer.status).toBe(424)
    expect(JSON.parse(answer.body)).toHaveProperty('message')
    expect(answer.headers).toMatchObject({
      'ms-azureml-model-error-statuscode': '500',
      'ms-azureml-model-error-reason': 'model_error',
      'x-ms-run-function-failed': 'True',
    })
    // The log comes by another way than the answer, and may come later.
    while (!plane.logs.join('').includes('not today')) await new Promise(setImmediate)
  })

  test('with what is no JSON: 424', async () => {
    const code = await plane.upload('no-json', {
      'score.py': 'def init(): pass\ndef run(raw): return {1, 2}\n',
    })
    await plane.show(endpoint([deployment(code, { name: 'no-json' })]))
    expect((await plane.post({})).status).toBe(424)
  })

  test.each([
    [
      'init() raises',
      { 'score.py': 'def init(): 1 / 0\ndef run(raw): pass\n' },
      'ResourceNotReady',
    ],
    ['it has no run()', { 'score.py': 'def init(): pass\n' }, 'ResourceNotReady'],
    ['it does not parse', { 'score.py': 'def init(:\n' }, 'ResourceNotReady'],
    ['it ends the process', { 'score.py': 'import os\nos._exit(3)\n' }, 'ResourceNotReady'],
    ['it is not there', { 'other.py': '' }, 'ResourceNotReady'],
    ['its code was never uploaded', {}, 'BadArgument'],
  ])(
    'at the start, because %s: the workspace is told, and requests get 424',
    async (why, files, code) => {
      const name = `start-${why.replaceAll(/\W+/g, '-')}`
      const uri = await plane.upload(name, files as Record<string, string>)
      await plane.show(endpoint([deployment(uri, { name })]))
      expect(plane.told.at(-1)).toBe(`${name} 1 crashed ${code}`)
      const answer = await plane.post({})
      expect(answer.status).toBe(424)
      expect(answer.headers['ms-azureml-model-error-reason']).toBe('model_not_ready')
    },
  )

  test('by ending its process: that request is 424 with 502, and the next ones are served again', async () => {
    const code = await plane.upload('exits', {
      'score.py': `
import os, json
def init(): pass
def run(raw):
    if json.loads(raw) == "die": os._exit(9)
    return "alive"
`,
    })
    await plane.show(endpoint([deployment(code, { name: 'exits' })]))
    const dead = await plane.post('die')
    expect(dead.status).toBe(424)
    expect(dead.headers['ms-azureml-model-error-statuscode']).toBe('502')
    await until(async () => (await plane.post('hello')).status === 200)
    expect(plane.told.filter((words) => words.startsWith('exits'))).toEqual([
      'exits 1 starting',
      'exits 1 ready',
    ])
  })
})

describe('limits', () => {
  const slow = `
import json, time
def init(): pass
def run(raw):
    time.sleep(json.loads(raw))
    return "done"
`

  test('slower than the request time-out is 408, and the time spent goes on', async () => {
    const code = await plane.upload('slow', { 'score.py': slow })
    await plane.show(endpoint([deployment(code, { name: 'slow', requestTimeoutMs: 150 })]))
    const answer = await plane.post(0.4)
    expect(answer).toMatchObject({ status: 408, body: 'upstream request timeout' })
    // The one place is still taken by the script, so the next waits for it in vain.
    expect((await plane.post(0)).status).toBe(408)
    await until(async () => (await plane.post(0)).status === 200)
  })

  test('twice what can be served at once may be pending; one more is 429 without a body', async () => {
    const code = await plane.upload('busy', { 'score.py': slow })
    const size = { instanceCount: 2, maxConcurrentRequestsPerInstance: 2 }
    await plane.show(endpoint([deployment(code, { name: 'busy', ...size })]))
    const answers = await Promise.all(Array.from({ length: 10 }, () => plane.post(0.2)))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(8)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(2)
    expect(refused[0]).toMatchObject({
      body: '',
      headers: { 'ms-azureml-model-error-reason': 'too_many_pending_request' },
    })
  })

  test('as many requests as allowed run at once', async () => {
    const code = await plane.upload('meet', {
      'score.py': `
import threading
def init():
    global together
    together = threading.Barrier(4, timeout=4)
def run(raw):
    together.wait()
    return "met"
`,
    })
    const size = { instanceCount: 2, maxConcurrentRequestsPerInstance: 2 }
    await plane.show(endpoint([deployment(code, { name: 'meet', ...size })]))
    const answers = await Promise.all(Array.from({ length: 4 }, () => plane.post({})))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })
})

describe('paths of the container', () => {
  test.each([
    ['GET', '/', 200],
    ['GET', '/swagger.json', 200],
    ['GET', '/swagger.json?version=3.1', 200],
    ['GET', '/swagger.json?version=9', 424],
    ['OPTIONS', '/score', 200],
    ['DELETE', '/score', 424],
    ['GET', '/no-such-path', 424],
  ])('%s %s is %i', async (method, path, status) => {
    const code = await plane.upload('echo', { 'score.py': echo })
    await plane.show(endpoint([deployment(code, { name: 'paths' })]))
    expect((await plane.post({}, { method, path })).status).toBe(status)
  })

  test('a GET gives the script its query, each value read as JSON', async () => {
    const code = await plane.upload('echo', { 'score.py': echo })
    await plane.show(endpoint([deployment(code, { name: 'paths' })]))
    const answer = await plane.post(null, { method: 'GET', path: '/score?a=1&b=x' })
    expect(JSON.parse(answer.body).data).toEqual({ a: 1, b: 'x' })
  })
})

describe('an answer that HTTP has no form for', () => {
  const hostile = `
import json
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request):
    told = json.loads(request.get_data())
    return AMLResponse("sent", told["status"], told["headers"], json_str=True)
`

  test.each<[what: string, status: unknown, headers: Record<string, string>, sent: number]>([
    ['nothing of the kind', 200, { 'X-Cafe': 'café' }, 200],
    ['an arrow in a header', 200, { 'X-Way': 'café → new' }, 500],
    ['a line end in a header', 200, { 'X-Way': 'a\r\nX-Evil: 1' }, 500],
    ['a space in the name of a header', 200, { 'X Way': 'a' }, 500],
    ['a status that is none', 99, {}, 500],
    ['a status beyond all', 1000, {}, 500],
    ['a trailer without what carries it', 200, { Trailer: 'x' }, 200],
    ['an encoding of its own', 200, { 'Transfer-Encoding': 'chunked' }, 200],
    ['a length of its own', 200, { 'Content-Length': '7000' }, 200],
  ])('%s', async (_, status, headers, sent) => {
    const code = await plane.upload('hostile', { 'score.py': hostile })
    await plane.show(endpoint([deployment(code, { name: 'hostile' })]))
    const answer = await plane.post({ status, headers })
    // What is no 2xx of the container is a 424 of the service, which names it.
    expect(answer.status).toBe(sent === 200 ? 200 : 424)
    for (const value of Object.values(answer.headers))
      expect(value).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/)
    const named = ['trailer', 'transfer-encoding'].filter((name) => name in answer.headers)
    expect(named).toEqual([])
  })
})

describe('what the front door sends on to the container', () => {
  const tell = `
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request):
    told = {name.lower(): value for name, value in request.headers.items()}
    return AMLResponse({"method": request.method, "told": told}, int(request.args.get("code", 200)), {"X-Mine": "1"}, json_str=True)
`

  test('is the request itself, but for the key, and with ids that it has seen to', async () => {
    const code = await plane.upload('tell', { 'score.py': tell })
    await plane.show(endpoint([deployment(code, { name: 'tell' })]))
    const headers = {
      'x-mine': 'me',
      'x-request-id': 'mine',
      'x-ms-client-request-id': 'a b/c_1-2',
    }
    const answer = await plane.post({}, { headers })
    const { method, told } = JSON.parse(answer.body)
    expect({ status: answer.status, method }).toEqual({ status: 200, method: 'POST' })
    expect(told).toMatchObject({ 'x-mine': 'me', 'x-ms-client-request-id': 'abc_1-2' })
    expect(told).not.toHaveProperty('authorization')
    expect(told['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers).toMatchObject({
      'x-mine': '1',
      'x-request-id': told['x-request-id'],
      'x-ms-client-request-id': 'abc_1-2',
    })
  })

  test.each([
    ['a status of its own', { path: '/score?code=418' }, '418'],
    ['a request id that is too long', { headers: { 'x-ms-request-id': 'x'.repeat(101) } }, '431'],
    ['a path that it does not have', { path: '/score/x' }, '404'],
  ])('comes back as 424 when the container answers %s', async (_, sent, status) => {
    const code = await plane.upload('tell', { 'score.py': tell })
    await plane.show(endpoint([deployment(code, { name: 'tell' })]))
    const answer = await plane.post({}, sent)
    expect(answer.status).toBe(424)
    expect(answer.headers['ms-azureml-model-error-statuscode']).toBe(status)
  })
})

test('a deployment without a scoring script says that the sandbox cannot run it', async () => {
  const { codeUri: _, scoringScript: __, ...view } = deployment('', { name: 'mlflow' })
  await plane.show(endpoint([view]))
  expect(plane.told.at(-1)).toBe('mlflow 1 declared')
  const answer = await plane.post({})
  expect(answer.status).toBe(424)
  expect(answer.body).toContain('does not run')
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('It did not come to pass in 10 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
