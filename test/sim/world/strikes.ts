import { DEFAULT_LIMITS } from '../../../src/adapters/azure/limits.ts'
import type { OpenSandbox, SandboxRequest, SandboxResponse } from '../../../src/sandbox/index.ts'
import type { CallFault, CallFaultName } from './scenario.ts'

/** A call as faults aim at it. */
export interface Aimed {
  readonly controller: string
  /** The instant of Azure's clock in which it goes out. */
  readonly at: number
  /** The process's tick, counted from its start. */
  readonly tick: number
  readonly method: string
  /** `onlineEndpoints/deployments`: the path below the workspace without names; other services by a word. */
  readonly type: string
  readonly request: SandboxRequest
}

/** What becomes of a call. `silence`: the process that made it is dead. */
export type Fate =
  | { readonly is: 'answer'; readonly answer: SandboxResponse }
  | { readonly is: 'broken'; readonly code: string }
  | { readonly is: 'silence' }

interface Hands {
  readonly sandbox: OpenSandbox
  /** Lets Azure carry it out. */
  carry(): Promise<SandboxResponse>
  wait(ms: number): void
  die(): void
  /** Earlier answers to the same read, the newest last. */
  earlier(): readonly SandboxResponse[]
}

type Strike = (hands: Hands, fault: CallFault) => Promise<Fate>

interface Row {
  readonly on: 'any' | 'read' | 'list' | 'write' | 'operation'
  readonly strike: Strike
}

/** A call hangs until our own client gives it up. */
const TIMEOUT_MS = DEFAULT_LIMITS.readTimeoutMs

const ROWS: { readonly [Name in CallFaultName]: Row } = {
  crashBefore: {
    on: 'any',
    async strike({ die }) {
      die()
      return { is: 'silence' }
    },
  },
  crashAfter: {
    on: 'any',
    async strike({ carry, die }) {
      await carry()
      die()
      return { is: 'silence' }
    },
  },
  lost: {
    on: 'any',
    async strike({ carry }) {
      await carry()
      return { is: 'broken', code: 'socket hang up' }
    },
  },
  timeout: {
    on: 'any',
    async strike({ wait }) {
      wait(TIMEOUT_MS)
      return { is: 'broken', code: 'ETIMEDOUT' }
    },
  },
  stale: {
    on: 'read',
    async strike({ carry, earlier }, { with: back = 1 }) {
      const before = earlier()
      const answer = await carry()
      const old = before.at(-Math.min(Number(back), Math.max(1, before.length)))
      return { is: 'answer', answer: old ?? answer }
    },
  },
  omits: {
    on: 'list',
    strike: ({ carry }, { with: place = 0 }) =>
      withItems(carry, (items) => items.filter((_, at) => at !== Number(place) % items.length)),
  },
  repeats: {
    on: 'list',
    strike: ({ carry }) => withItems(carry, (items) => [...items, ...items.slice(0, 1)]),
  },
  400: answers(400, 'BadRequest', 'The request is invalid.'),
  401: answers(401, 'ExpiredAuthenticationToken', 'The access token expiry is earlier than now.'),
  404: answers(404, 'ResourceNotFound', 'The Resource was not found.'),
  409: { ...answers(409, 'Conflict', 'Conflict'), on: 'write' },
  412: { ...answers(412, 'PreconditionFailed', 'The condition was not met.'), on: 'write' },
  429: answers(429, 'SubscriptionRequestsThrottled', 'Number of requests exceeded.'),
  '429after': {
    on: 'any',
    async strike(_, { with: seconds = 30 }) {
      return { is: 'answer', answer: errorOf(429, 'TooManyRequests', 'Later.', Number(seconds)) }
    },
  },
  500: answers(500, 'InternalServerError', 'An internal error occurred.'),
  503: answers(503, 'ServiceUnavailable', 'The service is unavailable.'),
  fails: {
    on: 'operation',
    strike: (hands, { with: code = 'InternalServerError' }) =>
      withFault(hands, `OperationFails:code=${code},count=1`),
  },
  neverEnds: { on: 'operation', strike: (hands) => withFault(hands, 'NeverEnds:count=1') },
  late: {
    on: 'operation',
    strike: (hands, { with: factor = 10 }) =>
      withFault(hands, `OperationLate:factor=${factor},count=1`),
  },
}

export const CALL_FAULTS = Object.keys(ROWS) as readonly CallFaultName[]

/** Whether faults of this name strike lists, and no other call. */
export function isOfLists(name: CallFaultName): boolean {
  return ROWS[name].on === 'list'
}

/** Whether a fault of this name can strike such a call. */
export function canStrike(name: CallFaultName, { method, type, request }: Aimed): boolean {
  switch (ROWS[name].on) {
    case 'any':
      return true
    case 'read':
      return method === 'GET'
    case 'list':
      return method === 'GET' && isList(request.url)
    case 'write':
      return method !== 'GET' && type !== 'blob' && type !== 'score'
    case 'operation':
      return method !== 'GET' && /^(online|batch)Endpoints(\/deployments)?$/.test(type)
  }
}

/** A collection's path below the workspace has an odd number of segments. */
export function isList(url: string): boolean {
  const below = /\/workspaces\/[^/]+\/([^?]+)/.exec(url)?.[1]
  return below !== undefined && below.split('/').length % 2 === 1
}

export function strike(fault: CallFault, hands: Hands): Promise<Fate> {
  return ROWS[fault.is].strike(hands, fault)
}

function answers(status: number, code: string, message: string): Row {
  return {
    on: 'any',
    strike: async () => ({ is: 'answer', answer: errorOf(status, code, message) }),
  }
}

function errorOf(status: number, code: string, message: string, after?: number): SandboxResponse {
  const body = JSON.stringify({ error: { code, message } })
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(after === undefined ? {} : { 'retry-after': String(after) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {}),
    },
    body,
    bytes: Buffer.from(body),
  }
}

async function withItems(
  carry: () => Promise<SandboxResponse>,
  change: (items: readonly unknown[]) => readonly unknown[],
): Promise<Fate> {
  const answer = await carry()
  const parsed: unknown = answer.status === 200 ? JSON.parse(answer.body) : undefined
  const { value } = Object(parsed)
  if (!Array.isArray(value) || value.length === 0) return { is: 'answer', answer }
  const body = JSON.stringify({ ...Object(parsed), value: change(value) })
  return { is: 'answer', answer: { ...answer, body, bytes: Buffer.from(body) } }
}

async function withFault({ sandbox, carry }: Hands, text: string): Promise<Fate> {
  sandbox.injectFault(text)
  try {
    return { is: 'answer', answer: await carry() }
  } finally {
    sandbox.clearFaults()
  }
}
