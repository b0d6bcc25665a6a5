import { isObject } from '../../core/model/values/json.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'

export const APPLICATIONS = '/api/v1/applications'

const TIMEOUT_MS = 10_000
/** A lever waits for a tick, and for what Azure says to it. */
const LEVER_TIMEOUT_MS = 30_000
const MAX_BYTES = 16 * 1024 * 1024

export interface Items<Item> {
  readonly items: readonly Item[]
}

export type Ask = <Answer>(path: string) => Promise<Answer>

/** The API of a running controller; the token of the configuration goes along. Everything it throws is a CommandError. */
export interface Controller {
  readonly ask: Ask
  /** Sends what an operator says. */
  tell<Answer>(path: string, body: object): Promise<Answer>
}

export function openController(
  address: string,
  { config, signal }: Pick<CommandContext, 'config' | 'signal'>,
): Controller {
  const origin = originOf(address)
  async function send(path: string, timeoutMs: number, more: RequestInit = {}): Promise<Response> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const token = tokenOf(config)
    const headers = {
      ...more.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const init = { ...more, headers, signal: limit, redirect: 'error' } as const
    return fetch(`${origin}${path}`, init).catch((error: Error) => {
      throw new CommandError(
        `No controller answers at ${origin} (${reasonOf(error)}): is 'verdigris run' running there?`,
      )
    })
  }
  return {
    async ask<Answer>(path: string) {
      const response = await send(path, TIMEOUT_MS)
      if (response.status === 401 || response.status === 403)
        throw await refusedBy(response, origin)
      if (!response.ok)
        throw new CommandError(`${origin}${path} answered ${response.status}: is it a controller?`)
      return parsed(await textOf(response, origin), origin) as Answer
    },
    async tell<Answer>(path: string, body: object) {
      const response = await send(path, LEVER_TIMEOUT_MS, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      // A conflict is an answer too: the lever was refused, and why.
      if (!response.ok && response.status !== 409) throw await refusedBy(response, origin)
      return parsed(await textOf(response, origin), origin) as Answer
    },
  }
}

async function refusedBy(response: Response, origin: string): Promise<CommandError> {
  const answer = parsed(await textOf(response, origin), origin)
  const message = isObject(answer) && typeof answer.message === 'string' ? answer.message : ''
  const why = message === '' ? '' : `: ${message}`
  return new CommandError(`The controller at ${origin} refuses (${response.status})${why}.`)
}

/** Never repeats it, as those do who would have to send it. */
function tokenOf({ apiToken }: CommandContext['config']): string | undefined {
  let token: string | undefined
  try {
    token = apiToken?.()
  } catch (error) {
    throw new CommandError(
      `The token of the controller cannot be read (${(error as NodeJS.ErrnoException).code}): check the file that VERDIGRIS_API_TOKEN_FILE names.`,
    )
  }
  if (token === undefined || /^[\x21-\x7e]*$/.test(token)) return token
  throw new CommandError(
    'The token of the controller cannot be sent: it may have letters, digits and signs of ASCII, and no spaces or line ends. Check VERDIGRIS_API_TOKEN, or the file that VERDIGRIS_API_TOKEN_FILE names.',
  )
}

/**
 * What is made of the answers of the controller at this address. Throws CommandError where they are not what this version takes:
 * it may be of another one, or no controller.
 */
export async function understood<Made>(address: string, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make()
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    throw new CommandError(
      `What ${originOf(address)} answers is not understood (${error.message}): is a controller of this version running there?`,
    )
  }
}

/** The Applications that a person means: all, or the one of that name. Throws CommandError when there is none. */
export function wantedOf<Item extends { readonly name: string }>(
  items: readonly Item[],
  only: string | undefined,
  address: string,
): readonly Item[] {
  const wanted = items.filter(({ name }) => only === undefined || name === only)
  if (wanted.length > 0) return wanted
  throw new CommandError(
    only === undefined
      ? `The controller at ${address} has no Application.`
      : `The controller at ${address} has no Application '${only}'.`,
  )
}

/** https, or http that does not leave this machine: what is shown here decides what people do. */
function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isLoopback = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url?.hostname ?? '')
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return url.origin
  throw new CommandError(
    `'${address}' is not the address of a controller: write https://host, or http:// on loopback.`,
  )
}

async function textOf(response: Response, origin: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength
      if (bytes > MAX_BYTES) throw new CommandError('The answer of the controller is too long.')
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(
      `The answer of ${origin} broke off (${reasonOf(error as Error)}): ask again.`,
    )
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string, origin: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError(`What answers at ${origin} is not a controller.`)
  }
}

function reasonOf(error: Error): string {
  const { code, message } = (error.cause ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code === 'string') return code
  return typeof message === 'string' && message !== '' ? message : error.message
}
