import type { ContainerRequest } from '../../../src/sandbox/scoring/worker.ts'
import type { Code } from './inference-servers.ts'

const echo: Code = {
  files: {
    'score.py': `
import json
from neighbour import name
def init(): print("init says hello")
def run(raw_data):
    return {"kind": type(raw_data).__name__, "data": raw_data, "by": name}
`,
    'neighbour.py': 'name = "neighbour"\n',
  },
}

export const values: Code = {
  files: {
    'score.py': `
import json
ANSWERS = {
    "none": None, "text": "æ", "list": [1, 2.5, True, None], "nan": float("nan"), "empty": {},
    "tuple": (1, 2), "set": {1}, "bytes": b"x", "keys": {1: "a"},
}
def init(): pass
def run(data):
    if data == "raise": raise ValueError("not today")
    if data == "http": raise __import__("urllib.error").error.URLError("x")
    if data == "exit": raise SystemExit(3)
    return ANSWERS[data]
`,
  },
}

const raw: Code = {
  files: {
    'score.py': `
import json
from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request):
    what = request.args.get("do", "tell")
    if what == "tell":
        return AMLResponse({
            "method": request.method, "path": request.path, "args": request.args.to_dict(),
            "all": request.args.getlist("x"), "query": request.query_string.decode(),
            "data": request.get_data(as_text=True), "type": request.content_type,
            "mimetype": request.mimetype, "mine": request.headers.get("X-Mine"),
            "is_json": request.is_json, "json": request.get_json(silent=True),
            "form": request.form.to_dict(), "length": request.content_length,
            "files": {n: [f.filename, f.read().decode(), f.mimetype] for n, f in request.files.items()},
        }, 200, json_str=True)
    if what == "status": return AMLResponse("a body", int(request.args["code"]))
    if what == "none": return AMLResponse(None, 201)
    if what == "bytes": return AMLResponse(b"\\x00\\x01", 200, {"Content-Type": "image/png"})
    if what == "headers": return AMLResponse("x", 200, {"X-One": "1", "X-Many": "a, b,c"})
    if what == "json": return AMLResponse([1], 200, {"Allow": "GET"}, json_str=True)
    if what == "plain": return {"just": "data"}
    if what == "failed": return AMLResponse("x", 200, run_function_failed=True)
    if what == "must-json": return request.get_json()
`,
  },
}

export const oldNames: Code = {
  files: {
    'score.py': raw.files['score.py']?.replaceAll(
      'azureml_inference_server_http.api',
      'azureml.contrib.services',
    ) as string,
  },
}

const headers: Code = {
  files: {
    'score.py': `
def init(): pass
def run(data, request_headers):
    return {n: v for n, v in request_headers.items() if n.lower().startswith(("x-", "content-type"))}
`,
  },
}

const swaggered: Code = {
  files: { ...echo.files, 'swagger.json': '{"mine": 2}', 'swagger3.json': '{"mine": 3}' },
  env: { SERVICE_NAME: 'fraud', SERVICE_VERSION: '7', SERVICE_PATH_PREFIX: '/pre/' },
}

export const timed: Code = {
  files: { 'score.py': 'import time\ndef init(): pass\ndef run(data): time.sleep(float(data))\n' },
  env: { SCORING_TIMEOUT_MS: '300' },
}

type Sent = Partial<Omit<ContainerRequest, 'body'>> & { readonly body?: string | Buffer }

const json = { 'content-type': 'application/json' }
const long = 'x'.repeat(101)
const multipart =
  '--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhei\r\n--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\npixels\r\n--b--\r\n'

/** Scripts, and the requests that they are sent. */
export const conversations: readonly { name: string; code: Code; sent: readonly Sent[] }[] = [
  {
    name: 'a plain script',
    code: echo,
    sent: [
      { body: '{"a": 1}', headers: json },
      { body: 'no json æ' },
      { body: '', headers: json },
      { body: Buffer.from([0xff, 0xfe]), headers: json },
      { body: 'a=1&b=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { method: 'GET', target: '/score?a=1&b=[1,2]&c=x&d=null&e=&a=z' },
      { method: 'GET', target: '/score' },
      { method: 'OPTIONS' },
      ...['PUT', 'DELETE', 'PATCH'].map((method) => ({ method, body: '{}' })),
    ],
  },
  {
    name: 'paths beside /score',
    code: echo,
    sent: [
      ...['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE'].map((method) => ({ method, target: '/' })),
      ...['', '?version=2', '?version=2.0', '?version=3', '?version=3.0', '?version=3.1'].map(
        (query) => ({ method: 'GET', target: `/swagger.json${query}` }),
      ),
      { method: 'GET', target: '/swagger.json?version=9' },
      { method: 'GET', target: '/swagger.json?version=' },
      { method: 'POST', target: '/swagger.json' },
      { method: 'GET', target: '/nowhere' },
      { method: 'POST', target: '/score/' },
      { method: 'GET', target: '/?x=1', headers: { 'x-request-id': 'mine' } },
    ],
  },
  {
    name: 'ids of requests',
    code: echo,
    sent: [
      { headers: { 'x-request-id': 'one' } },
      { headers: { 'x-ms-request-id': 'two' } },
      { headers: { 'x-ms-client-request-id': 'three' } },
      { headers: { 'x-request-id': 'a', 'x-ms-request-id': 'b', 'x-ms-client-request-id': 'c' } },
      { headers: { 'x-request-id': long } },
      { headers: { 'x-ms-request-id': long } },
      { headers: { 'x-ms-client-request-id': long, 'x-request-id': 'kept' } },
      { headers: { 'x-request-id': 'x'.repeat(100) } },
      { headers: { traceid: 'trace' } },
      { method: 'GET', target: '/', headers: { 'x-request-id': long } },
    ],
  },
  {
    name: 'what run() may answer or raise',
    code: values,
    sent: [
      ...['none', 'text', 'list', 'nan', 'empty', 'tuple', 'set', 'bytes', 'keys'],
      ...['raise', 'http', 'unknown'],
    ].map((body) => ({ body })),
  },
  {
    name: 'raw HTTP',
    code: raw,
    sent: [
      {
        target: '/score?x=1&x=2&y=%C3%A6',
        body: '{"a": [1]}',
        headers: { ...json, 'x-mine': 'me' },
      },
      { body: 'text', headers: { 'content-type': 'text/plain; charset=utf-8' } },
      { body: 'a=1&b=', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { body: multipart, headers: { 'content-type': 'multipart/form-data; boundary=b' } },
      ...['GET', 'OPTIONS', 'PUT'].map((method) => ({ method })),
      ...[200, 204, 400, 404, 418, 500, 503].map((code) => ({
        target: `/score?do=status&code=${code}`,
      })),
      ...['none', 'bytes', 'headers', 'json', 'plain', 'failed', 'must-json', 'nothing'].map(
        (what) => ({ target: `/score?do=${what}` }),
      ),
    ],
  },
  {
    name: 'headers given to run()',
    code: headers,
    sent: [{ body: '{}', headers: { ...json, 'x-one-two': '1', 'x-request-id': 'id' } }],
  },
  {
    name: "a script's own swagger, and the settings of the service",
    code: swaggered,
    sent: ['2', '3', '3.1'].map((version) => ({
      method: 'GET',
      target: `/swagger.json?version=${version}`,
    })),
  },
  { name: 'a time limit', code: timed, sent: [{ body: '0' }, { body: '1.5' }] },
]

/** The whole request: a POST to /score of nothing, unless it says otherwise. */
export function requestOf(sent: Sent): ContainerRequest {
  const body = Buffer.from(sent.body ?? '')
  const length = body.byteLength > 0 ? { 'content-length': String(body.byteLength) } : {}
  const headers = { host: 'localhost', ...length, ...sent.headers }
  return { method: sent.method ?? 'POST', target: sent.target ?? '/score', headers, body }
}

/** What a test of it is called. */
export function nameOf({
  method = 'POST',
  target = '/score',
  body = '',
  headers = {},
}: Sent): string {
  return `${method} ${target} ${JSON.stringify(String(body)).slice(0, 40)} ${Object.keys(headers)}`
}
