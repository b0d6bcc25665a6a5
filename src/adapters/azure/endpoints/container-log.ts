import { cleanText, redact } from '../../../core/model/redact/redact.ts'
import type { Ref } from '../../../core/model/ref.ts'
import { type Clock, CloudError } from '../../../reconcile/ports.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorOf } from '../http/errors.ts'
import { objectOf } from '../http/whole-body.ts'
import { pathOf } from '../paths.ts'

/** Containers of an online deployment, by Azure's names. */
export type LogContainer = 'InferenceServer' | 'StorageInitializer'

interface Asked {
  readonly container: LogContainer
  /** Lines from the end. */
  readonly tail: number
}

interface Way {
  readonly client: Pick<ArmClient, 'write'>
  readonly clock: Clock
}

/** The last lines of one container, with Azure's own lines before them. Throws CloudError. */
export async function containerLog(
  { client, clock }: Way,
  deployment: Ref,
  { container: containerType, tail }: Asked,
  signal: AbortSignal,
): Promise<string> {
  const path = `${pathOf(deployment)}/getLogs`
  const response = await client.write('POST', path, { containerType, tail }, signal)
  if (response.status !== 200) throw cloudErrorOf(response, 'POST getLogs', clock.now())
  const { content } = objectOf(response, 'POST getLogs')
  if (typeof content === 'string') return content
  throw new CloudError({
    ...{ reason: 'UnreadableAnswer', message: 'POST getLogs: the answer has no content.' },
    ...{ errorClass: 'service', retry: 'Later' },
  })
}

const LINES = 4
/** What is looked at. */
const END_CHARACTERS = 50_000
const HEAD = 'Container logs:\n'
const LINE_CHARACTERS_MAX = 200
const CHARACTERS_MAX = 600
const TIMEOUT_MS = 5_000

/**
 * How the log of a deployment ends, on one line, without secrets and without what Azure's own `message` says already. Undefined
 * when it says nothing or cannot be read: the action is an optional one, and nobody waits long for it. Throws only when the
 * signal aborts.
 */
export async function endOfLog(
  way: Way,
  deployment: Ref,
  message: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const asked: Asked = { container: 'InferenceServer', tail: 4 * LINES }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  const content = await containerLog(way, deployment, asked, limit).catch((error: unknown) => {
    signal.throwIfAborted()
    if (error instanceof CloudError) return ''
    throw error
  })
  // As a whole, before lines are chosen: a key may go over several.
  const lines = redact(endOf(content))
    .split('\n')
    .map((line) => line.trim())
  const told = lines.filter((line) => !message.includes(line)).slice(-LINES)
  const text = told.map(shortened).join(' | ')
  if (text === '') return undefined
  return text.length > CHARACTERS_MAX ? `…${text.slice(-CHARACTERS_MAX)}` : text
}

/** What the container said last. Before it stand the states of the instance and its events (FACTS 1.8). */
function endOf(content: string): string {
  const head = content.indexOf(HEAD)
  const said = head === -1 ? '' : content.slice(head + HEAD.length)
  if (said.length <= END_CHARACTERS) return said
  const begin = said.indexOf('\n', said.length - END_CHARACTERS)
  return begin === -1 ? '' : said.slice(begin)
}

function shortened(line: string): string {
  const shown = cleanText(line)
  return shown.length > LINE_CHARACTERS_MAX ? `${shown.slice(0, LINE_CHARACTERS_MAX)}…` : shown
}
