import { createJournal } from '../../../src/adapters/journal/memory.ts'
import { ROUTES } from '../../../src/server/routes.ts'
import { createServer } from '../../../src/server/server.ts'
import type { Random } from '../random.ts'
import type { Edge } from './edge.ts'
import { textOf } from './texts.ts'

const server = createServer({
  applications: [
    {
      name: 'fraud-prod',
      journal: createJournal({ history: 3 }),
      inbox: {
        put: async (intent) => ({ id: intent.id, result: 'pending', message: '' }) as never,
      },
    },
  ],
  metrics: async () => 'up 1\n',
  version: '0.1.0',
})
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const
const NAMES = [
  'host',
  'origin',
  'authorization',
  'content-type',
  'accept',
  'content-length',
  'x-a',
  'cookie',
  'range',
]
const VALUES = [
  '127.0.0.1',
  'evil.example',
  'null',
  'Bearer x',
  'application/json',
  'text/plain',
  '*/*',
  '0',
  '-1',
  '9e9',
  'gzip',
  '',
]

export const routes: Edge = {
  name: 'routes',
  asks: 'no answer of 500 and more but 503, JSON where it says so',
  make(random) {
    const request = {
      method: random.one(METHODS),
      url: pathOf(random),
      headers: Object.fromEntries(
        Array.from({ length: random.whole(4) }, () => [random.one(NAMES), headerOf(random)]),
      ),
      ...(random.whole(2) === 0 ? {} : { payload: bodyOf(random) }),
    }
    return {
      text: JSON.stringify(request),
      async run() {
        const { statusCode, headers, payload } = await server.inject(request)
        if (statusCode >= 500 && statusCode !== 503)
          return `it answers ${statusCode} ${payload.slice(0, 200)}`
        if (
          request.method !== 'HEAD' &&
          /json/.test(String(headers['content-type'])) &&
          payload !== ''
        )
          JSON.parse(payload)
        return undefined
      },
    }
  },
  close: async () => {
    await server.close()
  },
}

/** The stream of events has no end. */
const ENDING = ROUTES.filter(({ url }) => url !== '/api/v1/events')

function pathOf(random: Random): string {
  const known = random.one(ENDING).url
  const filled = known.replaceAll(/:\w+|\*/g, () =>
    random.whole(3) === 0 ? 'fraud-prod' : encoded(textOf(random, 300), random),
  )
  const query = random.whole(3) === 0 ? `?${encoded(textOf(random, 300), random)}` : ''
  const path =
    random.whole(10) === 0 ? `/${encoded(textOf(random, 3000), random)}` : `${filled}${query}`
  // The injector takes what begins with `//` for the address of a host, a backslash counting as a slash.
  return URL.canParse(path, 'http://127.0.0.1') ? path : `/.${path}`
}

/** What a client may send in a path: escaped, or as it is where it has no other form. */
function encoded(text: string, random: Random): string {
  const whole = text.toWellFormed()
  return random.whole(2) === 0 ? encodeURIComponent(whole) : whole.replaceAll(/[^!-~]/g, '%')
}

function headerOf(random: Random): string {
  const text = random.whole(2) === 0 ? random.one(VALUES) : textOf(random, 500)
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')
}

function bodyOf(random: Random): string {
  return random.one<() => string>([
    () => textOf(random, 3000),
    () =>
      JSON.stringify({
        verb: textOf(random, 30),
        endpoint: textOf(random, 60),
        why: textOf(random, 900),
      }),
    () =>
      JSON.stringify({
        verb: random.one(['abort', 'pause', 'undo', 'promote']),
        why: textOf(random, 200),
      }),
    () => '['.repeat(random.whole(3000)),
  ])()
}
